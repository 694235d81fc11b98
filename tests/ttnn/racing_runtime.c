/* A runtime that does nothing but call its own functions, as fast as threads can: what the real one takes
 * milliseconds for. Eight chips, a mesh of all of them and two submeshes; programs of which number N has
 * circular buffers of 64 N bytes and kernels of 16 N bytes on one core; workloads of one program, and of one for
 * each half of the mesh. Built as libtt_metal.so, and with MAIN as the program linked against it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INITIALIZE _ZN2tt8tt_metal6Device10initializeEhmmmSt4spanIKjLm18446744073709551615EEb
#define CLOSE _ZN2tt8tt_metal6Device5closeEv
#define ARCH _ZNK2tt8tt_metal6Device4archEv
#define DEVICE_IDS _ZNK2tt8tt_metal11distributed10MeshDevice14get_device_idsEv
#define VIEW _ZNK2tt8tt_metal11distributed10MeshDevice8get_viewEv
#define DEVICES _ZNK2tt8tt_metal11distributed14MeshDeviceView11get_devicesERKNS1_19MeshCoordinateRangeE
#define ENQUEUE \
    _ZN2tt8tt_metal11distributed19EnqueueMeshWorkloadERNS1_16MeshCommandQueueERNS1_12MeshWorkloadEb
#define PROGRAMS _ZN2tt8tt_metal11distributed12MeshWorkload12get_programsEv
#define LAY_OUT _ZN2tt8tt_metal6detail11ProgramImpl25allocate_circular_buffersEPKNS0_7IDeviceE
#define TRACK_CB _ZN2tt8tt_metal12GraphTracker17track_allocate_cbERKNS0_12CoreRangeSetEmmbPKNS0_7IDeviceE
#define RANGES _ZNK2tt8tt_metal12CoreRangeSet6rangesEv
#define DESTROY_PROGRAM _ZN2tt8tt_metal6detail11ProgramImplD1Ev
#define KERNELS _ZN2tt8tt_metal6detail11ProgramImpl11get_kernelsEj
#define PROGRAM_ID _ZNK2tt8tt_metal6detail11ProgramImpl6get_idEv
#define KERNEL_RANGES _ZNK2tt8tt_metal6Kernel18logical_corerangesEv
#define PACKED_SIZE _ZNK2tt8tt_metal6Kernel22get_binary_packed_sizeEPNS0_7IDeviceEi
#define BINARIES _ZNK2tt8tt_metal18DataMovementKernel21expected_num_binariesEv
#define COMPUTE_BINARIES _ZNK2tt8tt_metal13ComputeKernel21expected_num_binariesEv
#define ALLOCATE _ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE
#define DEALLOCATE _ZN2tt8tt_metal13AllocatorImpl17deallocate_bufferEPNS0_6BufferE
#define DESTROY_ALLOCATOR _ZN2tt8tt_metal13AllocatorImplD1Ev
#define BANKS _ZNK2tt8tt_metal13AllocatorImpl13get_num_banksERKNS0_10BufferTypeE
#define BUFFER_SIZE _ZNK2tt8tt_metal6Buffer4sizeEv
#define BUFFER_TYPE _ZNK2tt8tt_metal6Buffer11buffer_typeEv
#define BUFFER_DEVICE _ZNK2tt8tt_metal6Buffer6deviceEv
#define BUFFER_ADDRESS _ZNK2tt8tt_metal6Buffer7addressEv
#define BUFFER_PER_BANK _ZNK2tt8tt_metal6Buffer21aligned_size_per_bankEv

enum { CHIPS = 8, MESHES = 3, THREADS = 4, PARTS = 2 };

/* A C++ container's own memory, as far as it is looked at. */
struct vector {
    void *begin, *end, *limit;
};
struct map {
    void *buckets;
    size_t bucket_count;
    void *first;
    size_t count;
};
struct span {
    const uint32_t *begin;
    size_t length;
};
struct range {
    uint64_t start[2], end[2];
};

struct chip {
    void *const *vtable;
    int number;
};
struct mesh {
    void *const *vtable;
    void *none[3];
    int first, count;
};
struct queue {
    void *vtable;
    struct mesh *mesh;
};
struct kernel {
    void *const *vtable;
    uint32_t bytes;
};
struct kernel_node {
    void *next;
    size_t handle;
    struct kernel *kernel;
};
struct program {
    uint32_t number;
    /* Programs of its workload. */
    int parts;
    struct kernel kernel;
    struct kernel_node node;
    struct map kernels;
};
struct workload_node {
    void *next;
    /* The first of the mesh's chips that it is for, and how many. */
    uintptr_t range[30];
    struct program *program;
    void *rest[4];
};
struct workload {
    struct workload_node nodes[PARTS];
    struct map programs;
};
struct buffer {
    struct mesh *mesh;
    uint64_t size;
    uint32_t type, address;
};

bool INITIALIZE(struct chip *, uint8_t, size_t, size_t, size_t, struct span, bool);
bool CLOSE(struct chip *);
void ENQUEUE(struct queue *, struct workload *, bool);
void LAY_OUT(struct program *, const void *);
void TRACK_CB(void *, const struct vector *, uint64_t, uint64_t, bool, const void *);
void DESTROY_PROGRAM(struct program *);
uint64_t ALLOCATE(void *, struct buffer *);
void DEALLOCATE(void *, struct buffer *);
void DESTROY_ALLOCATOR(void *);

/* What an object begins with. Asked for: a program that names a table itself gets a copy of it. */
struct tables {
    void *const *chip, *const *mesh, *const *kernel;
};
struct tables tables(void);

#ifndef MAIN
static int number_of(const struct chip *chip) {
    return chip->number;
}
uint32_t ARCH(const struct chip *chip) {
    (void)chip;
    return 2;
}
/* As the runtime's: two words before the first function, and `id` after `arch`. */
void *const _ZTVN2tt8tt_metal6DeviceE[16] = {[4] = (void *)ARCH, [5] = (void *)number_of};
void *const _ZTVN2tt8tt_metal11distributed10MeshDeviceE[4] = {0};
void *const _ZTVN2tt8tt_metal18DataMovementKernelE[4] = {0};
void *const _ZTVN2tt8tt_metal13ComputeKernelE[4] = {0};

struct tables tables(void) {
    return (struct tables){&_ZTVN2tt8tt_metal6DeviceE[2], &_ZTVN2tt8tt_metal11distributed10MeshDeviceE[2],
                           &_ZTVN2tt8tt_metal18DataMovementKernelE[2]};
}

void _ZdlPv(void *memory) {
    free(memory);
}
bool INITIALIZE(struct chip *chip, uint8_t queues, size_t small, size_t trace, size_t worker, struct span remap,
                bool minimal) {
    (void)chip, (void)queues, (void)small, (void)trace, (void)worker, (void)remap, (void)minimal;
    return true;
}
bool CLOSE(struct chip *chip) {
    (void)chip;
    return true;
}

extern struct chip chips[CHIPS];

void DEVICE_IDS(struct vector *ids, const struct mesh *mesh) {
    int *list = malloc(mesh->count * sizeof *list);
    for (int chip = 0; chip < mesh->count; chip++)
        list[chip] = mesh->first + chip;
    *ids = (struct vector){list, list + mesh->count, list + mesh->count};
}
const void *VIEW(const struct mesh *mesh) {
    return mesh;
}
void DEVICES(struct vector *devices, const struct mesh *mesh, const uintptr_t *range) {
    struct chip **list = malloc(range[1] * sizeof *list);
    for (uintptr_t chip = 0; chip < range[1]; chip++)
        list[chip] = &chips[mesh->first + range[0] + chip];
    *devices = (struct vector){list, list + range[1], list + range[1]};
}
void ENQUEUE(struct queue *queue, struct workload *workload, bool blocking) {
    (void)queue, (void)workload, (void)blocking;
}
const struct map *PROGRAMS(const struct workload *workload) {
    return &workload->programs;
}

void TRACK_CB(void *tracker, const struct vector *cores, uint64_t address, uint64_t size, bool global,
              const void *device) {
    (void)tracker, (void)cores, (void)address, (void)size, (void)global, (void)device;
}
const struct vector *RANGES(const struct vector *cores) {
    return cores;
}
void LAY_OUT(struct program *program, const void *device) {
    struct range core = {{0, 0}, {0, 0}};
    struct vector cores = {&core, &core + 1, &core + 1};
    TRACK_CB(NULL, &cores, 4096, 64 * (uint64_t)program->number, false, device);
}
void DESTROY_PROGRAM(struct program *program) {
    memset(program, 0, sizeof *program);
}
const struct map *KERNELS(const struct program *program, uint32_t sort) {
    (void)sort;
    return &program->kernels;
}
uint64_t PROGRAM_ID(const struct program *program) {
    return program->number;
}
uint8_t BINARIES(const struct kernel *kernel) {
    (void)kernel;
    return 1;
}
uint8_t COMPUTE_BINARIES(const struct kernel *kernel) {
    (void)kernel;
    return 1;
}
uint32_t PACKED_SIZE(const struct kernel *kernel, const void *device, int binary) {
    (void)device, (void)binary;
    return kernel->bytes;
}
void KERNEL_RANGES(struct vector *cores, const struct kernel *kernel) {
    (void)kernel;
    struct range *core = calloc(1, sizeof *core);
    *cores = (struct vector){core, core + 1, core + 1};
}

uint64_t ALLOCATE(void *allocator, struct buffer *buffer) {
    (void)allocator;
    return buffer->address;
}
void DEALLOCATE(void *allocator, struct buffer *buffer) {
    (void)allocator, (void)buffer;
}
void DESTROY_ALLOCATOR(void *allocator) {
    (void)allocator;
}
uint32_t BANKS(const void *allocator, const uint32_t *type) {
    (void)allocator, (void)type;
    return 1;
}
uint64_t BUFFER_SIZE(const struct buffer *buffer) {
    return buffer->size;
}
uint64_t BUFFER_PER_BANK(const struct buffer *buffer) {
    return buffer->size;
}
uint32_t BUFFER_TYPE(const struct buffer *buffer) {
    return buffer->type;
}
struct mesh *BUFFER_DEVICE(const struct buffer *buffer) {
    return buffer->mesh;
}
uint32_t BUFFER_ADDRESS(const struct buffer *buffer) {
    return buffer->address;
}

#else
struct chip chips[CHIPS];
/* All chips, and two parts that have none in common. */
static struct mesh meshes[MESHES] = {{.first = 0, .count = 8}, {.first = 0, .count = 2}, {.first = 4, .count = 4}};
static struct queue queues[MESHES];
static char allocators[MESHES];
/* Meshes that are dispatched on, from the first. */
static int meshes_used;
/* Programs of a workload, each for an equal part of its mesh. They are alike, so that all chips have the same
 * circular buffers. */
static int parts;
static long rounds;
static atomic_uint numbers;
static int (*attach)(const void *);
static int (*mark)(const char *);

static struct program *build(struct workload *workload, const struct mesh *mesh) {
    uint32_t number = ++numbers;
    struct program *programs = malloc(parts * sizeof *programs);
    int chips = mesh->count / parts;
    for (int part = 0; part < parts; part++) {
        struct program *program = &programs[part];
        *program = (struct program){
            .number = number,
            .parts = parts,
            .kernel = {tables().kernel, 16 * number},
        };
        program->node.kernel = &program->kernel;
        program->kernels = (struct map){.first = &program->node, .count = 1};
        struct workload_node *next = part + 1 < parts ? &workload->nodes[part + 1] : NULL;
        workload->nodes[part] = (struct workload_node){next, {part * chips, chips}, program, {0}};
        LAY_OUT(program, mesh);
    }
    workload->programs = (struct map){.first = workload->nodes, .count = parts};
    return programs;
}

/* All of them wait here for the last one: not asleep, so that they go on at the same moment. */
static void meet(void) {
    static atomic_uint waiting, times;
    unsigned before = times;
    if (++waiting == THREADS) {
        waiting = 0;
        times = before + 1;
        return;
    }
    for (int looks = 0; times == before; looks++)
        if (looks > 1000)
            sched_yield();
}

/* The programs that a thread has cached, two for each mesh. */
enum { CACHED = 2 * MESHES };
struct thread {
    pthread_t id;
    uint32_t number;
    struct workload workloads[CACHED];
    struct program *programs[CACHED];
};

static void destroy(struct program **programs) {
    int count = *programs ? (*programs)->parts : 0;
    for (int part = 0; part < count; part++)
        DESTROY_PROGRAM(&(*programs)[part]);
    free(*programs);
    *programs = NULL;
}

static void *work(void *argument) {
    struct thread *self = argument;
    for (long round = 0; round < rounds; round++) {
        meet();
        /* So much at once; the thread whose turn it is ends by clearing a part of its cache. */
        for (long step = 0; step <= round % 3; step++) {
            int mesh = (round + step + self->number) % meshes_used;
            int at = 2 * mesh + (round + step) % 2;
            if (!self->programs[at])
                self->programs[at] = build(&self->workloads[at], &meshes[mesh]);
            struct buffer buffer = {&meshes[mesh], 4096, 1, 4096 * (self->number + 1)};
            ALLOCATE(&allocators[mesh], &buffer);
            ENQUEUE(&queues[mesh], &self->workloads[at], false);
            DEALLOCATE(&allocators[mesh], &buffer);
        }
        if (parts == 1 && round % (2 * THREADS) == self->number)
            destroy(&self->programs[round / (2 * THREADS) % CACHED]);
        meet();
        if (self->number == 0)
            mark("quiet");
    }
    return NULL;
}

/* Each thread attaches and opens some of the chips. One comes first: while it is still at it, the others are
 * told so and go on to their chips. */
static void *open_chips(void *argument) {
    struct thread *self = argument;
    meet();
    attach(NULL);
    for (int chip = self->number; chip < CHIPS; chip += THREADS)
        INITIALIZE(&chips[chip], 1, 0, 0, 0, (struct span){NULL, 0}, true);
    return NULL;
}

static struct thread threads[THREADS];

static void race(void *(*what)(void *)) {
    for (uint32_t number = 0; number < THREADS; number++) {
        threads[number].number = number;
        pthread_create(&threads[number].id, NULL, what, &threads[number]);
    }
    for (int number = 0; number < THREADS; number++)
        pthread_join(threads[number].id, NULL);
}

static void destroy_all(void) {
    for (int number = 0; number < THREADS; number++)
        for (int at = 0; at < CACHED; at++)
            destroy(&threads[number].programs[at]);
}

/* Usage: racing_runtime ROUNDS */
int main(int count, char **arguments) {
    rounds = count > 1 ? atol(arguments[1]) : 1000;
    *(void **)&attach = dlsym(RTLD_DEFAULT, "ttmem_attach");
    *(void **)&mark = dlsym(RTLD_DEFAULT, "ttmem_mark");
    if (!attach || !mark)
        return 2;
    for (int chip = 0; chip < CHIPS; chip++)
        chips[chip] = (struct chip){tables().chip, chip};
    for (int mesh = 0; mesh < MESHES; mesh++) {
        meshes[mesh].vtable = tables().mesh;
        queues[mesh].mesh = &meshes[mesh];
    }
    race(open_chips);
    mark("one mesh");
    meshes_used = parts = 1;
    race(work);
    destroy_all();
    mark("a program for each half");
    parts = PARTS;
    race(work);
    mark("each half goes");
    destroy_all();
    mark("submeshes");
    meshes_used = MESHES;
    parts = 1;
    race(work);
    destroy_all();
    mark("gone");
    return 0;
}
#endif
