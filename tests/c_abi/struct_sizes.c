/* Structures as programs of other versions pass them: each lies in a block of its own size, so that a
 * sanitizer sees a read behind its end. */
#include "check.h"

#include <stddef.h>
#include <string.h>
#include <ttmem.h>

/* The first of a device's fields that the first version did not have. */
#define FIRST_DEVICE offsetof(ttmem_device, dram_banks)

/* `known` bytes of a structure and `beyond` bytes of another value, with their sum as its size. */
static void *of_size(const void *structure, size_t known, size_t beyond, int value) {
    uint32_t size = (uint32_t)(known + beyond);
    char *block = malloc(known + beyond);
    CHECK(block != NULL);
    memcpy(block, structure, known);
    memset(block + known, value, beyond);
    memcpy(block, &size, sizeof size);
    return block;
}

static ttmem_outcome attach(const ttmem_options *options, size_t known, size_t beyond, int value) {
    void *block = of_size(options, known, beyond, value);
    ttmem_outcome outcome = ttmem_attach(block);
    free(block);
    return outcome;
}

static ttmem_outcome alloc(const ttmem_allocation *one, size_t known, size_t beyond, int value) {
    void *block = of_size(one, known, beyond, value);
    ttmem_outcome outcome = ttmem_alloc(block);
    free(block);
    return outcome;
}

static ttmem_outcome report(const ttmem_device *device, size_t known, size_t beyond, int value) {
    void *block = of_size(device, known, beyond, value);
    ttmem_outcome outcome = ttmem_report_device(block);
    free(block);
    return outcome;
}

int main(void) {
    ttmem_options options;
    ttmem_allocation one;
    ttmem_device device;
    ttmem_pool pool;
    size_t size;

    memset(&options, 0, sizeof options);
    for (size = 4; size < sizeof options; size += 4)
        CHECK(attach(&options, size, 0, 0) == TTMEM_REJECTED);
    CHECK(attach(&options, sizeof options, 8, 1) == TTMEM_REJECTED);
    CHECK(attach(&options, sizeof options, 4093 - sizeof options, 0) == TTMEM_DONE);
    ttmem_detach();
    CHECK(attach(&options, sizeof options, 4097 - sizeof options, 0) == TTMEM_REJECTED);
    CHECK(attach(&options, sizeof options, 0, 0) == TTMEM_DONE);
    pool = ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL);

    memset(&one, 0, sizeof one);
    one.pool = pool;
    one.buffer_type = TTMEM_L1;
    one.banks = 2;
    one.address = 0x100;
    one.requested = 1000;
    one.per_bank = 512;
    one.id = 7;
    CHECK(alloc(&one, sizeof one, 0, 0) == TTMEM_DONE);
    CHECK(alloc(&one, sizeof one, 16, 0) == TTMEM_REFERENCED);
    CHECK(alloc(&one, sizeof one, 16, 1) == TTMEM_REJECTED);
    for (size = 4; size < sizeof one; size += 4)
        CHECK(alloc(&one, size, 0, 0) == TTMEM_REJECTED);

    memset(&device, 0, sizeof device);
    device.chip = 7;
    device.unique_id = 0xabcdef;
    device.arch = "wormhole_b0";
    device.l1_core_capacity = 1499136;
    device.l1_banks.base = 103712;
    device.l1_banks.size = 1395424;
    device.l1_banks.count = 64;
    device.l1_banks.alignment = 32;
    CHECK(report(&device, FIRST_DEVICE, 0, 0) == TTMEM_DONE);
    device.chip = 8;
    CHECK(report(&device, sizeof device, 64, 0) == TTMEM_DONE);
    CHECK(report(&device, sizeof device, 1, 1) == TTMEM_REJECTED);
    /* Of a size that no version had, which may end in the middle of a pointer. */
    device.chip = 9;
    for (size = 4; size < sizeof device; size += 4)
        if (size != FIRST_DEVICE) CHECK(report(&device, size, 0, 0) == TTMEM_REJECTED);
    for (size = 0; size < 4; size++) {
        uint32_t words[48];
        memset(words, 0, sizeof words);
        words[0] = (uint32_t)size;
        CHECK(ttmem_report_device((const ttmem_device *)(const void *)words) == TTMEM_REJECTED);
        CHECK(ttmem_alloc((const ttmem_allocation *)(const void *)words) == TTMEM_REJECTED);
    }
    LET_THE_TEST_LOOK();
    return 0;
}
