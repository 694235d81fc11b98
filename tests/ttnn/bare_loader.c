/* Loads a bare runtime the way Python loads the real one, with RTLD_LOCAL, whatever its file is called,
 * and opens a device in it: the runtime's call goes to whoever is first to define the function.
 * Usage: bare_loader LIBRARY */
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments) {
    void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*run)(void) = library ? (int (*)(void))dlsym(library, "run") : NULL;
    if (!run) {
        fprintf(stderr, "bare_loader: %s\n", dlerror());
        return 2;
    }
    return run();
}
