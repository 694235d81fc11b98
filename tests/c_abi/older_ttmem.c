/* What a copy of ttmem of long ago could do: attach, and note marks. */
#include "ttmem.h"

static bool attached_now;

ttmem_outcome ttmem_attach(const ttmem_options *options) {
    (void)options;
    attached_now = true;
    return TTMEM_DONE;
}

bool ttmem_attached(void) {
    return attached_now;
}

ttmem_outcome ttmem_mark(const char *name) {
    return name ? TTMEM_DONE : TTMEM_REJECTED;
}
