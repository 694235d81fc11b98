/* Asks for tracking where there can be none, and reports all the same. */
#include "check.h"

#include <errno.h>
#include <ttmem.h>

int main(void) {
    errno = 4711;
    CHECK(ttmem_attach(NULL) == TTMEM_FAILED);
    CHECK(!ttmem_attached());
    CHECK(ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL) == TTMEM_NO_POOL);
    CHECK(ttmem_free(1, TTMEM_L1, 0) == TTMEM_OFF);
    CHECK(ttmem_mark("on") == TTMEM_OFF);
    CHECK(errno == 4711);
    return 0;
}
