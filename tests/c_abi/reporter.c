/* Reports by every function of the C interface and checks what each returns.
 * `off` as first argument: tracking is expected to be off. */
#include "check.h"

#include <errno.h>
#include <string.h>
#include <ttmem.h>

static ttmem_allocation allocation(ttmem_pool pool, uint32_t type, uint64_t address) {
    ttmem_allocation made;
    memset(&made, 0, sizeof made);
    made.struct_size = sizeof made;
    made.pool = pool;
    made.buffer_type = type;
    made.address = address;
    made.requested = 1000;
    made.per_bank = 1024;
    made.banks = 12;
    made.id = 7;
    return made;
}

static ttmem_device device(uint32_t chip) {
    ttmem_device made;
    memset(&made, 0, sizeof made);
    made.struct_size = sizeof made;
    made.chip = chip;
    made.unique_id = 0xabcdef;
    made.arch = "wormhole_b0";
    made.pci = "0000:01:00.0";
    made.l1_cores = 72;
    made.dram_capacity = 12884901888u;
    made.l1_capacity = 107937792;
    made.l1_core_capacity = 1499136;
    made.l1_banks.base = 103712;
    made.l1_banks.size = 1395424;
    made.l1_banks.count = 64;
    made.l1_banks.alignment = 32;
    return made;
}

/* Everything answers, nothing happens. */
static void report_while_off(void) {
    ttmem_allocation made = allocation(1, TTMEM_L1, 64);
    ttmem_device chip = device(0);
    CHECK(ttmem_report_device(&chip) == TTMEM_OFF);
    CHECK(ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL) == TTMEM_NO_POOL);
    CHECK(ttmem_alloc(&made) == TTMEM_OFF);
    CHECK(ttmem_alloc(NULL) == TTMEM_OFF);
    CHECK(ttmem_free(1, TTMEM_L1, 64) == TTMEM_OFF);
    CHECK(ttmem_cb_alloc(&made) == TTMEM_OFF);
    CHECK(ttmem_cb_free(1, 64) == TTMEM_OFF);
    CHECK(ttmem_kernel_load(&made) == TTMEM_OFF);
    CHECK(ttmem_kernel_unload(1, 64) == TTMEM_OFF);
    CHECK(ttmem_alloc_failed(1, TTMEM_L1, 64, "no room") == TTMEM_OFF);
    CHECK(ttmem_mark("phase") == TTMEM_OFF);
    CHECK(ttmem_set_cb_gauge(1, 1, 1, 1) == TTMEM_OFF);
    CHECK(ttmem_set_cb_steps(1, NULL, 0) == TTMEM_OFF);
    CHECK(ttmem_clear_pool(1) == TTMEM_OFF);
    CHECK(ttmem_retire_pool(1) == TTMEM_OFF);
    ttmem_detach();
    CHECK(!ttmem_attached());
}

static int rejected;

#define REFUSED(condition) \
    do {                   \
        CHECK(condition);  \
        rejected++;        \
    } while (0)

/* Arguments that no caller should pass: each is refused, and counted. */
static void report_nonsense(ttmem_pool pool) {
    ttmem_allocation made = allocation(pool, TTMEM_DRAM, 0x9000);
    ttmem_device chip = device(64);
    char newer[sizeof made + 8];

    REFUSED(ttmem_alloc(NULL) == TTMEM_REJECTED);
    REFUSED(ttmem_cb_alloc(NULL) == TTMEM_REJECTED);
    REFUSED(ttmem_kernel_load(NULL) == TTMEM_REJECTED);
    REFUSED(ttmem_report_device(NULL) == TTMEM_REJECTED);
    REFUSED(ttmem_report_device(&chip) == TTMEM_REJECTED);
    REFUSED(ttmem_mark(NULL) == TTMEM_REJECTED);
    REFUSED(ttmem_free(pool, 7, 0) == TTMEM_REJECTED);
    REFUSED(ttmem_free(pool, UINT32_MAX, 0) == TTMEM_REJECTED);
    REFUSED(ttmem_free(TTMEM_NO_POOL, TTMEM_DRAM, 0) == TTMEM_REJECTED);
    REFUSED(ttmem_free(500, TTMEM_DRAM, 0) == TTMEM_REJECTED);
    REFUSED(ttmem_free(UINT32_MAX, TTMEM_DRAM, 0) == TTMEM_REJECTED);
    REFUSED(ttmem_cb_free(UINT32_MAX, 0) == TTMEM_REJECTED);
    REFUSED(ttmem_kernel_unload(0, 0) == TTMEM_REJECTED);
    REFUSED(ttmem_alloc_failed(0, TTMEM_L1, 1, NULL) == TTMEM_REJECTED);
    REFUSED(ttmem_alloc_failed(pool, 99, 1, NULL) == TTMEM_REJECTED);
    REFUSED(ttmem_clear_pool(TTMEM_NO_POOL) == TTMEM_REJECTED);
    REFUSED(ttmem_retire_pool(UINT32_MAX) == TTMEM_REJECTED);
    REFUSED(ttmem_register_pool(0, 1, 0, 0) == TTMEM_NO_POOL);
    REFUSED(ttmem_register_pool(999, 1, 0, 0) == TTMEM_NO_POOL);
    REFUSED(ttmem_register_pool(TTMEM_POOL_CHIP, 0, 0, 0) == TTMEM_NO_POOL);

    made.buffer_type = 7;
    REFUSED(ttmem_alloc(&made) == TTMEM_REJECTED);
    made.buffer_type = TTMEM_DRAM;
    made.banks = 65536;
    REFUSED(ttmem_alloc(&made) == TTMEM_REJECTED);
    made.banks = 1;
    made.per_bank = UINT64_MAX;
    REFUSED(ttmem_alloc(&made) == TTMEM_REJECTED);
    made.per_bank = 1024;
    made.struct_size = 0;
    REFUSED(ttmem_alloc(&made) == TTMEM_REJECTED);
    made.struct_size = UINT32_MAX;
    REFUSED(ttmem_alloc(&made) == TTMEM_REJECTED);

    /* A later version's structure, which asks for what this version does not know. */
    made.struct_size = sizeof newer;
    memset(newer, 0, sizeof newer);
    memcpy(newer, &made, sizeof made);
    newer[sizeof newer - 1] = 1;
    REFUSED(ttmem_alloc((const ttmem_allocation *)(const void *)newer) == TTMEM_REJECTED);
}

int main(int argc, char **argv) {
    int off = argc > 1 && strcmp(argv[1], "off") == 0;
    ttmem_allocation made;
    ttmem_device chip = device(0);
    ttmem_pool mesh, programs, gone;

    CHECK(strchr(ttmem_version(), '.') != NULL);
    errno = 4711;
    CHECK(ttmem_switched_on() == !off);
    CHECK(ttmem_attach(NULL) == (off ? TTMEM_OFF : TTMEM_DONE));
    CHECK(errno == 4711);
    if (off) {
        report_while_off();
        CHECK(errno == 4711);
        return 0;
    }
    CHECK(ttmem_attach(NULL) == TTMEM_DONE);
    CHECK(ttmem_attached());

    CHECK(ttmem_report_device(&chip) == TTMEM_DONE);
    mesh = ttmem_register_pool(TTMEM_POOL_MESH, 3, 5, TTMEM_NO_POOL);
    programs = ttmem_register_pool(TTMEM_POOL_PROGRAMS, 1, 0, mesh);
    gone = ttmem_register_pool(TTMEM_POOL_SUBMESH, 2, 6, mesh);
    CHECK(mesh != TTMEM_NO_POOL && programs != TTMEM_NO_POOL && gone != TTMEM_NO_POOL);

    /* Two buffers stay, one of them with two references; the rest comes and goes. */
    made = allocation(mesh, TTMEM_DRAM, 0);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_alloc(&made) == TTMEM_REFERENCED);
    made = allocation(mesh, TTMEM_L1, 0x100);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    made.requested = 2000;
    made.per_bank = 2048;
    CHECK(ttmem_alloc(&made) == TTMEM_REPLACED);
    made = allocation(mesh, TTMEM_TRACE, 0x200);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_free(mesh, TTMEM_TRACE, 0x200) == TTMEM_DONE);
    CHECK(ttmem_free(mesh, TTMEM_TRACE, 0x200) == TTMEM_DOUBLE_FREE);
    CHECK(ttmem_free(mesh, TTMEM_TRACE, 0x300) == TTMEM_UNKNOWN_FREE);

    /* The types of these come from the function, whatever the structure says. */
    made = allocation(programs, 99, 0x400);
    made.banks = 8;
    CHECK(ttmem_cb_alloc(&made) == TTMEM_DONE);
    made.address = 0x500;
    CHECK(ttmem_cb_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_cb_free(programs, 0x500) == TTMEM_DONE);
    CHECK(ttmem_kernel_load(&made) == TTMEM_DONE);
    made.address = 0x600;
    CHECK(ttmem_kernel_load(&made) == TTMEM_DONE);
    CHECK(ttmem_kernel_unload(programs, 0x600) == TTMEM_DONE);
    CHECK(ttmem_set_cb_gauge(1, 4096, 8192, 3) == TTMEM_DONE);
    CHECK(ttmem_set_cb_steps(1, &(ttmem_cb_step){0x12000, 3, 1, 2}, 1) == TTMEM_DONE);

    made = allocation(gone, TTMEM_L1, 0);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_clear_pool(gone) == TTMEM_DONE);
    CHECK(ttmem_alloc(&made) == TTMEM_DONE);
    CHECK(ttmem_retire_pool(gone) == TTMEM_DONE);

    CHECK(ttmem_alloc_failed(mesh, TTMEM_L1, 1 << 20, "Out of Memory: 1 MiB") == TTMEM_DONE);
    CHECK(ttmem_mark("decode \xff step") == TTMEM_DONE);

    report_nonsense(mesh);
    printf("rejected %d\n", rejected);
    CHECK(errno == 4711);
    LET_THE_TEST_LOOK();
    return 0;
}
