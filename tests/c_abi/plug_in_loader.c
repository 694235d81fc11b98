/* Loads a copy of ttmem and then a plug-in with another, as Python loads its modules: neither sees the
 * other by the linker's order.
 * Usage: plug_in_loader LIBRARY PLUG_IN full|bare */
#include "check.h"
#include "ttmem.h"

#include <dlfcn.h>
#include <string.h>

static void *load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fprintf(stderr, "%s\n", dlerror());
    CHECK(library);
    return library;
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    void *library = load(arguments[1]);
    int full = strcmp(arguments[3], "full") == 0;
    const char *segment = "";
    if (full) {
        ttmem_outcome (*attach)(const ttmem_options *);
        const char *(*path)(void);
        *(void **)&attach = dlsym(library, "ttmem_attach");
        *(void **)&path = dlsym(library, "ttmem_segment");
        CHECK(attach(NULL) == TTMEM_DONE);
        segment = path();
    }
    int (*report)(int, const char *);
    *(void **)&report = dlsym(load(arguments[2]), "report");
    int wrong = report(full, segment);
    if (wrong)
        fprintf(stderr, "call %d of the plug-in\n", wrong);
    CHECK(!wrong);
    LET_THE_TEST_LOOK();
    return 0;
}
