/* Calls the runtime's own tracker, in the runtime's own library. Preloaded, so that it sees which buffer
 * the runtime reports to the tracker; the same buffer is then reported again and again. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BYTES 24576
#define DRAM 0

typedef void report(void *tracker, void *buffer);
typedef void create(void *provider, uint64_t chip, int device, bool disabled, bool verbose);
typedef void record(void *provider, pid_t pid, uint64_t bytes, uint8_t type, uint32_t chip);

static report *allocate, *deallocate;
static create *create_provider;
static record *record_allocation, *record_deallocation;
static void *tracker, *buffer, *provider;

/* In place of the runtime's function. */
void _ZN2tt8tt_metal12GraphTracker14track_allocateEPKNS0_6BufferE(void *its_tracker, void *its_buffer) {
    tracker = its_tracker;
    buffer = its_buffer;
    if (allocate)
        allocate(its_tracker, its_buffer);
}

/* Finds the tracker in the library of this path. Returns what is missing, or NULL. */
const char *peer_find(const char *path) {
    void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
        return "the runtime";
    const struct {
        const char *name;
        void *place;
    } wanted[] = {
        {"_ZN2tt8tt_metal12GraphTracker14track_allocateEPKNS0_6BufferE", &allocate},
        {"_ZN2tt8tt_metal12GraphTracker16track_deallocateEPNS0_6BufferE", &deallocate},
        {"_ZN2tt8tt_metal25SharedMemoryStatsProviderC1Emibb", &create_provider},
        {"_ZN2tt8tt_metal25SharedMemoryStatsProvider17record_allocationEimNS0_13ShmBufferTypeEj",
         &record_allocation},
        {"_ZN2tt8tt_metal25SharedMemoryStatsProvider19record_deallocationEimNS0_13ShmBufferTypeEj",
         &record_deallocation},
    };
    for (size_t one = 0; one < sizeof wanted / sizeof *wanted; one++) {
        void *found = dlsym(library, wanted[one].name);
        if (!found)
            return wanted[one].name;
        *(void **)wanted[one].place = found;
    }
    return NULL;
}

/* Creates what keeps the totals of a chip of this number, one that no machine has. */
void peer_create(uint64_t chip) {
    /* Much more than it has: its size is in no header. */
    provider = calloc(1, 4096);
    create_provider(provider, chip, 0, false, false);
}

/* Whether the runtime reported a buffer. */
int peer_has_buffer(void) {
    return buffer != NULL;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

/* Nanoseconds an event takes: the whole of what the runtime does for its tracker. */
double peer_hook(long pairs) {
    double start = now();
    for (long pair = 0; pair < pairs; pair++) {
        allocate(tracker, buffer);
        deallocate(tracker, buffer);
    }
    return (now() - start) / (2 * pairs);
}

/* Nanoseconds an event takes: adding to the totals of one chip, and nothing around it. */
double peer_record(long pairs) {
    pid_t pid = getpid();
    double start = now();
    for (long pair = 0; pair < pairs; pair++) {
        record_allocation(provider, pid, BYTES, DRAM, 0);
        record_deallocation(provider, pid, BYTES, DRAM, 0);
    }
    return (now() - start) / (2 * pairs);
}
