/* Stands in for three of the runtime's functions, behind the preload library: preloaded after it, so that
 * what the library takes for the runtime's function is the one here. Passes every call on, except in its
 * own loops: there nothing is done, and what is left is the library's own work, on the runtime's real
 * objects. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALLOCATE _ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE
#define DEALLOCATE _ZN2tt8tt_metal13AllocatorImpl17deallocate_bufferEPNS0_6BufferE
#define ENQUEUE \
    _ZN2tt8tt_metal11distributed19EnqueueMeshWorkloadERNS1_16MeshCommandQueueERNS1_12MeshWorkloadEb
#define NAME_OF(symbol) NAME(symbol)
#define NAME(symbol) #symbol

typedef uint64_t allocate_function(void *allocator, void *buffer);
typedef void deallocate_function(void *allocator, void *buffer);
typedef void enqueue_function(void *queue, void *workload, bool blocking);

/* The last buffers allocated, and the last two workloads dispatched that differ, up to when it was told
 * that it has seen enough: from then on they have to stay. */
static bool seen_enough;
#define BUFFERS 64
static struct {
    void *allocator, *buffer;
    uint64_t address;
} buffers[BUFFERS];
static unsigned long allocated;
static struct {
    void *queue, *workload;
} dispatches[2];
static unsigned long dispatched;

/* In a loop, and which buffer it is at. */
static bool looping;
static unsigned long at;

static int note_path(struct dl_phdr_info *object, size_t size, void *paths) {
    (void)size;
    if (strstr(object->dlpi_name, "libtt_metal.so"))
        ((const char **)paths)[0] = object->dlpi_name;
    if (strstr(object->dlpi_name, "_ttnncpp.so"))
        ((const char **)paths)[1] = object->dlpi_name;
    return 0;
}

/* Python loads the runtime where RTLD_NEXT finds nothing. */
static void *real(const char *name) {
    const char *paths[2] = {NULL, NULL};
    dl_iterate_phdr(note_path, paths);
    for (int one = 0; one < 2; one++) {
        void *library = paths[one] ? dlopen(paths[one], RTLD_LAZY | RTLD_NOLOAD) : NULL;
        void *found = library ? dlsym(library, name) : NULL;
        if (found)
            return found;
    }
    fprintf(stderr, "stand_in: the runtime has no %s\n", name);
    exit(1);
}

uint64_t ALLOCATE(void *allocator, void *buffer) {
    static allocate_function *allocate;
    if (looping)
        return buffers[at].address;
    if (!allocate)
        allocate = (allocate_function *)real(NAME_OF(ALLOCATE));
    uint64_t address = allocate(allocator, buffer);
    if (seen_enough)
        return address;
    unsigned long next = allocated++ % BUFFERS;
    buffers[next].allocator = allocator;
    buffers[next].buffer = buffer;
    buffers[next].address = address;
    return address;
}

void DEALLOCATE(void *allocator, void *buffer) {
    static deallocate_function *deallocate;
    if (looping)
        return;
    if (!deallocate)
        deallocate = (deallocate_function *)real(NAME_OF(DEALLOCATE));
    deallocate(allocator, buffer);
}

void ENQUEUE(void *queue, void *workload, bool blocking) {
    static enqueue_function *enqueue;
    if (looping)
        return;
    if (!enqueue)
        enqueue = (enqueue_function *)real(NAME_OF(ENQUEUE));
    if (!seen_enough && dispatches[(dispatched + 1) % 2].workload != workload) {
        dispatches[dispatched % 2].queue = queue;
        dispatches[dispatched++ % 2].workload = workload;
    }
    enqueue(queue, workload, blocking);
}

void stand_in_has_seen_enough(void) {
    seen_enough = true;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

/* Nanoseconds that a free and an allocation take, together. */
double stand_in_buffers(unsigned long times) {
    allocate_function *allocate = (allocate_function *)dlsym(RTLD_DEFAULT, NAME_OF(ALLOCATE));
    deallocate_function *deallocate = (deallocate_function *)dlsym(RTLD_DEFAULT, NAME_OF(DEALLOCATE));
    double start = now();
    looping = true;
    for (unsigned long time = 0; time < times; time++) {
        at = time % BUFFERS;
        deallocate(buffers[at].allocator, buffers[at].buffer);
        allocate(buffers[at].allocator, buffers[at].buffer);
    }
    looping = false;
    return (now() - start) / times;
}

/* Nanoseconds that a dispatch takes; how many workloads there are to take turns. */
static double dispatch(unsigned long times, unsigned long workloads) {
    enqueue_function *enqueue = (enqueue_function *)dlsym(RTLD_DEFAULT, NAME_OF(ENQUEUE));
    double start = now();
    looping = true;
    for (unsigned long time = 0; time < times; time++) {
        unsigned long turn = time % workloads;
        enqueue(dispatches[turn].queue, dispatches[turn].workload, false);
    }
    looping = false;
    return (now() - start) / times;
}

double stand_in_same_program(unsigned long times) {
    return dispatch(times, 1);
}

double stand_in_programs_in_turn(unsigned long times) {
    return dispatch(times, 2);
}
