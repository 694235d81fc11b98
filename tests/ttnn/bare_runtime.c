/* A runtime that has next to nothing: opening a device, and not one function besides. Built as
 * libtt_metal.so, and with MAIN as a program linked against it. With ALLOCATES there are buffers too,
 * and nothing that could be asked of them. With ATTACHES the
 * program attaches by itself before it opens a device. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct span {
    const uint32_t *begin;
    size_t length;
};

bool _ZN2tt8tt_metal6Device10initializeEhmmmSt4spanIKjLm18446744073709551615EEb(
    void *device, uint8_t queues, size_t small, size_t trace, size_t worker, struct span remap, bool minimal);
uint64_t _ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE(void *allocator, void *buffer);

/* What a program does with it. */
int run(void) {
    static const uint32_t remap[] = {7, 8, 9};
    void *vtable[16] = {0};
    void *device[64] = {vtable};
    /* Twice: what is missing is said once. */
    for (int round = 0; round < 2; round++)
        if (!_ZN2tt8tt_metal6Device10initializeEhmmmSt4spanIKjLm18446744073709551615EEb(
                device, 2, 3, 4, 5, (struct span){remap, 3}, true))
            return 1;
#ifdef ALLOCATES
    for (int round = 0; round < 3; round++)
        if (_ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE(vtable, device) != 4096)
            return 1;
#endif
    return 0;
}

#ifdef MAIN
int main(void) {
#ifdef ATTACHES
    int (*attach)(const void *);
    *(void **)&attach = dlsym(RTLD_DEFAULT, "ttmem_attach");
    if (attach && attach(NULL) != 1)
        return 1;
#endif
    return run();
}
#else
bool _ZN2tt8tt_metal6Device10initializeEhmmmSt4spanIKjLm18446744073709551615EEb(
    void *device, uint8_t queues, size_t small, size_t trace, size_t worker, struct span remap, bool minimal) {
    printf("%d %d %zu %zu %zu %u %zu %d\n", device != NULL, queues, small, trace, worker, remap.begin[2],
           remap.length, minimal);
    return true;
}

#ifdef ALLOCATES
uint64_t _ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE(void *allocator, void *buffer) {
    return allocator != NULL && buffer != NULL ? 4096 : 0;
}
#endif
#endif
