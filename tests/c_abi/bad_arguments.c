/* Arguments that no caller should pass. Each has an answer, and leaves what is recorded exact. */
#include "check.h"

#include <string.h>
#include <ttmem.h>

static int rejected;

/* Refused, and counted. */
#define REFUSED(call)                    \
    do {                                 \
        CHECK((call) == TTMEM_REJECTED); \
        rejected++;                      \
    } while (0)

#define NO_SUCH_POOL(call)              \
    do {                                \
        CHECK((call) == TTMEM_NO_POOL); \
        rejected++;                     \
    } while (0)

static const uint64_t MOST = ((uint64_t)1 << 40) - 1;

static ttmem_allocation allocation(ttmem_pool pool, uint32_t type, uint64_t address) {
    ttmem_allocation made;
    memset(&made, 0, sizeof made);
    made.struct_size = sizeof made;
    made.pool = pool;
    made.buffer_type = type;
    made.address = address;
    made.requested = 1000;
    made.per_bank = 512;
    made.banks = 2;
    return made;
}

static void null_pointers(void) {
    REFUSED(ttmem_alloc(NULL));
    REFUSED(ttmem_cb_alloc(NULL));
    REFUSED(ttmem_kernel_load(NULL));
    REFUSED(ttmem_report_device(NULL));
    REFUSED(ttmem_mark(NULL));
}

static void unknown_chips(void) {
    static const uint32_t chips[] = {64, 65, 1u << 31, UINT32_MAX};
    size_t at;
    for (at = 0; at < sizeof chips / sizeof *chips; at++) {
        ttmem_device device;
        memset(&device, 0, sizeof device);
        device.struct_size = sizeof device;
        device.chip = chips[at];
        REFUSED(ttmem_report_device(&device));
        CHECK(ttmem_peak(TTMEM_PROCESS_PEAKS, chips[at], TTMEM_L1) == 0);
        CHECK(ttmem_reset_peak(TTMEM_PROCESS_PEAKS, chips[at], TTMEM_L1) == 0);
    }
    NO_SUCH_POOL(ttmem_register_pool(TTMEM_POOL_CHIP, 0, 0, TTMEM_NO_POOL));
    /* Of no chip, nothing is said. */
    CHECK(ttmem_set_cb_gauge(0, 1, 2, 3) == TTMEM_DONE);
    CHECK(ttmem_set_cb_steps(0, NULL, 9) == TTMEM_DONE);
}

static void unknown_types(ttmem_pool pool) {
    static const uint32_t types[] = {7, 9, 256, 261, UINT32_MAX};
    size_t at;
    for (at = 0; at < sizeof types / sizeof *types; at++) {
        ttmem_allocation made = allocation(pool, types[at], 0x9000);
        REFUSED(ttmem_alloc(&made));
        REFUSED(ttmem_free(pool, types[at], 0x9000));
        REFUSED(ttmem_alloc_failed(pool, types[at], 1, "no room"));
        if (types[at] != TTMEM_L1_CORE) {
            CHECK(ttmem_peak(TTMEM_PROCESS_PEAKS, 0, types[at]) == 0);
        }
    }
    {
        /* Those of programs have functions of their own. */
        ttmem_allocation made = allocation(pool, TTMEM_CB, 0x9000);
        REFUSED(ttmem_alloc(&made));
        made.buffer_type = TTMEM_KERNEL;
        REFUSED(ttmem_alloc(&made));
        REFUSED(ttmem_free(pool, TTMEM_CB, 0x9000));
        REFUSED(ttmem_free(pool, TTMEM_KERNEL, 0x9000));
    }
    NO_SUCH_POOL(ttmem_register_pool(0, 1, 0, TTMEM_NO_POOL));
    NO_SUCH_POOL(ttmem_register_pool(5, 1, 0, TTMEM_NO_POOL));
    NO_SUCH_POOL(ttmem_register_pool(257, 1, 0, TTMEM_NO_POOL));
}

/* A buffer of no bytes is a buffer; one on no bank is none. */
static void no_bytes(ttmem_pool pool) {
    ttmem_allocation made = allocation(pool, TTMEM_DRAM, 0x1000);
    made.requested = 0;
    made.per_bank = 0;
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    made.address = 0x2000;
    made.requested = 0;
    made.per_bank = 64;
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    made.address = 0x3000;
    made.banks = 0;
    REFUSED(ttmem_alloc(&made));
    CHECK(ttmem_alloc_failed(pool, TTMEM_L1, 0, "") == TTMEM_DONE);
}

static void enormous(ttmem_pool pool, ttmem_pool huge) {
    static const uint64_t sizes[] = {(uint64_t)1 << 40, (uint64_t)1 << 62, UINT64_MAX};
    size_t at;
    ttmem_allocation made;
    for (at = 0; at < sizeof sizes / sizeof *sizes; at++) {
        made = allocation(pool, TTMEM_DRAM, 0x9000);
        made.per_bank = sizes[at];
        REFUSED(ttmem_alloc(&made));
        made.per_bank = 512;
        made.requested = sizes[at];
        REFUSED(ttmem_alloc(&made));
        /* What failed is kept as it was asked for: it explains the failure. */
        CHECK(ttmem_alloc_failed(pool, TTMEM_DRAM, sizes[at], "no room") == TTMEM_DONE);
    }
    made = allocation(pool, TTMEM_DRAM, 0x9000);
    made.banks = 65536;
    REFUSED(ttmem_alloc(&made));
    made.banks = UINT32_MAX;
    REFUSED(ttmem_alloc(&made));

    /* As large as can be, and at the highest address. Hundreds of them are more than a counter holds. */
    made = allocation(huge, TTMEM_DRAM, UINT64_MAX);
    made.requested = MOST;
    made.per_bank = MOST;
    made.banks = 65535;
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    for (made.address = 0; made.address < 300; made.address++) CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    for (made.address = 0; made.address < 300; made.address++)
        CHECK(ttmem_free(huge, TTMEM_DRAM, made.address) == TTMEM_DONE);
}

static void addresses_used_again(ttmem_pool pool) {
    ttmem_allocation made = allocation(pool, TTMEM_L1, 0x100);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_alloc(&made) == TTMEM_REFERENCED);
    CHECK(ttmem_free(pool, TTMEM_L1, 0x100) == TTMEM_REFERENCED);
    made.requested = 900;
    CHECK(ttmem_alloc(&made) == TTMEM_REPLACED);
    CHECK(ttmem_free(pool, TTMEM_L1, 0x100) == TTMEM_DONE);
    CHECK(ttmem_free(pool, TTMEM_L1, 0x100) == TTMEM_DOUBLE_FREE);
    CHECK(ttmem_free_any(pool, 0x100) == TTMEM_DOUBLE_FREE);
    CHECK(ttmem_free(pool, TTMEM_L1, 0x777) == TTMEM_UNKNOWN_FREE);
    CHECK(ttmem_free_any(pool, 0x778) == TTMEM_UNKNOWN_FREE);
    CHECK(ttmem_cb_free(pool, 0x100) == TTMEM_UNKNOWN_FREE);
    CHECK(ttmem_kernel_unload(pool, 0x100) == TTMEM_UNKNOWN_FREE);
}

static void pools_that_are_none(ttmem_pool pool) {
    static const ttmem_pool none[] = {TTMEM_NO_POOL, 400, 512, 513, 65535, 65536, 65537};
    size_t at;
    ttmem_allocation made;
    for (at = 0; at < sizeof none / sizeof *none; at++) {
        made = allocation(none[at], TTMEM_L1, 0x100);
        REFUSED(ttmem_alloc(&made));
        REFUSED(ttmem_cb_alloc(&made));
        REFUSED(ttmem_kernel_load(&made));
        REFUSED(ttmem_free(none[at], TTMEM_L1, 0x100));
        REFUSED(ttmem_free_any(none[at], 0x100));
        REFUSED(ttmem_cb_free(none[at], 0x100));
        REFUSED(ttmem_kernel_unload(none[at], 0x100));
        REFUSED(ttmem_alloc_failed(none[at], TTMEM_L1, 1, NULL));
        REFUSED(ttmem_clear_pool(none[at]));
        REFUSED(ttmem_retire_pool(none[at]));
        if (none[at] != TTMEM_NO_POOL) {
            NO_SUCH_POOL(ttmem_register_pool(TTMEM_POOL_SUBMESH, 1, 0, none[at]));
        }
    }
    REFUSED(ttmem_clear_pool(UINT32_MAX));
    CHECK(ttmem_clear_pool(pool) == TTMEM_DONE);
}

static void a_retired_pool(void) {
    ttmem_pool gone = ttmem_register_pool(TTMEM_POOL_CHIP, 1 << 5, 5, TTMEM_NO_POOL);
    ttmem_allocation made = allocation(gone, TTMEM_L1, 0x100);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_retire_pool(gone) == TTMEM_DONE);
    REFUSED(ttmem_alloc(&made));
    REFUSED(ttmem_alloc_failed(gone, TTMEM_L1, 1, "no room"));
    REFUSED(ttmem_clear_pool(gone));
    REFUSED(ttmem_retire_pool(gone));
    CHECK(ttmem_free(gone, TTMEM_L1, 0x100) == TTMEM_DOUBLE_FREE);
    CHECK(ttmem_free_any(gone, 0x999) == TTMEM_UNKNOWN_FREE);
    /* A submesh may outlive what it was carved from. */
    CHECK(ttmem_register_pool(TTMEM_POOL_SUBMESH, 1 << 6, 0, gone) != TTMEM_NO_POOL);
    CHECK(ttmem_register_pool(TTMEM_POOL_CHIP, 1 << 5, 5, TTMEM_NO_POOL) == gone);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_retire_pool(gone) == TTMEM_DONE);
}

static void texts(ttmem_pool pool) {
    static char endless[100000];
    ttmem_device device;
    memset(endless, 'x', sizeof endless - 1);
    CHECK(ttmem_mark("") == TTMEM_DONE);
    CHECK(ttmem_mark("\xff\xfe\x80 not text \xc3") == TTMEM_DONE);
    CHECK(ttmem_mark(endless) == TTMEM_DONE);
    CHECK(ttmem_alloc_failed(pool, TTMEM_L1, 1, endless) == TTMEM_DONE);
    CHECK(ttmem_alloc_failed(pool, TTMEM_L1, 1, NULL) == TTMEM_DONE);
    memset(&device, 0, sizeof device);
    device.struct_size = sizeof device;
    device.chip = 3;
    device.arch = endless;
    device.pci = "\xff\xff";
    CHECK(ttmem_report_device(&device) == TTMEM_DONE);
    CHECK(ttmem_mark("the end") == TTMEM_DONE);
}

static void observers(void) {
    ttmem_peaks opened = ttmem_open_peaks();
    CHECK(opened != TTMEM_NO_PEAKS);
    /* Not counted: nothing is missing from what is recorded. */
    CHECK(ttmem_close_peaks(TTMEM_PROCESS_PEAKS) == TTMEM_REJECTED);
    CHECK(ttmem_close_peaks(TTMEM_NO_PEAKS) == TTMEM_REJECTED);
    CHECK(ttmem_close_peaks(opened) == TTMEM_DONE);
    CHECK(ttmem_close_peaks(opened) == TTMEM_REJECTED);
    CHECK(ttmem_peak(opened, 0, TTMEM_L1) == 0);
    CHECK(ttmem_reset_peak(TTMEM_NO_PEAKS, 0, TTMEM_L1) == 0);
}

static void after_detach(ttmem_pool pool) {
    ttmem_allocation made = allocation(pool, TTMEM_L1, 0x100);
    ttmem_detach();
    CHECK(ttmem_alloc(&made) == TTMEM_OFF);
    CHECK(ttmem_free(pool, TTMEM_L1, 0x100) == TTMEM_OFF);
    CHECK(ttmem_free_any(pool, 0x100) == TTMEM_OFF);
    CHECK(ttmem_alloc(NULL) == TTMEM_OFF);
    CHECK(ttmem_mark(NULL) == TTMEM_OFF);
    CHECK(ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, pool) == TTMEM_NO_POOL);
    CHECK(ttmem_retire_pool(pool) == TTMEM_OFF);
    CHECK(ttmem_open_peaks() == TTMEM_NO_PEAKS);
    CHECK(ttmem_close_peaks(1) == TTMEM_OFF);
    CHECK(ttmem_segment()[0] == '\0');
    ttmem_detach();

    /* The pools of before are none of the next segment's. */
    CHECK(ttmem_attach(NULL) == TTMEM_DONE);
    CHECK(ttmem_alloc(&made) == TTMEM_REJECTED);
    CHECK(ttmem_free(pool, TTMEM_L1, 0x100) == TTMEM_REJECTED);
    ttmem_detach();
}

int main(void) {
    ttmem_options options;
    ttmem_pool pool, huge;
    memset(&options, 0, sizeof options);
    CHECK(ttmem_attach(&options) == TTMEM_REJECTED);
    options.struct_size = UINT32_MAX;
    CHECK(ttmem_attach(&options) == TTMEM_REJECTED);
    options.struct_size = sizeof options;
    options.mode = 0666;
    CHECK(ttmem_attach(&options) == TTMEM_REJECTED);
    CHECK(!ttmem_attached());
    CHECK(ttmem_attach(NULL) == TTMEM_DONE);

    pool = ttmem_register_pool(TTMEM_POOL_MESH, 3, 0, TTMEM_NO_POOL);
    huge = ttmem_register_pool(TTMEM_POOL_CHIP, (uint64_t)1 << 63, 63, TTMEM_NO_POOL);
    CHECK(pool != TTMEM_NO_POOL && huge != TTMEM_NO_POOL);
    null_pointers();
    unknown_chips();
    unknown_types(pool);
    addresses_used_again(pool);
    pools_that_are_none(pool);
    no_bytes(pool);
    enormous(pool, huge);
    a_retired_pool();
    texts(pool);
    observers();

    printf("rejected %d\n", rejected);
    LET_THE_TEST_LOOK();
    after_detach(pool);
    return 0;
}
