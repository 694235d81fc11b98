/* Reporting from C: a chip, its allocator, two buffers and a phase.
 *
 *     cc report.c $(pkg-config --cflags --libs ttmem) -o report
 *     TTMEM=1 TTMEM_KEEP=1 ./report && ttmem dump
 *
 * Without TTMEM=1 every call is two branches and nothing is written anywhere.
 */
#include <string.h>
#include <ttmem.h>

#define L1_BANKS 64

/* A buffer of `size` bytes, spread over the chip's L1 banks. */
static ttmem_allocation in_l1(ttmem_pool pool, uint64_t address, uint64_t size) {
    ttmem_allocation made;
    /* What is not needed is zero, also in later versions with more fields. */
    memset(&made, 0, sizeof made);
    made.struct_size = sizeof made;
    made.pool = pool;
    made.buffer_type = TTMEM_L1;
    made.address = address;
    made.requested = size;
    made.banks = L1_BANKS;
    made.per_bank = (size + L1_BANKS - 1) / L1_BANKS;
    return made;
}

int main(void) {
    ttmem_device device;
    ttmem_allocation weights, activations;
    ttmem_pool pool;

    /* Whatever this returns, the program goes on: tracking never stands in its way. */
    ttmem_attach(NULL);

    /* What the chip is. Optional: it gives the figures their share of a capacity. */
    memset(&device, 0, sizeof device);
    device.struct_size = sizeof device;
    device.chip = 0;
    device.arch = "wormhole_b0";
    device.l1_cores = L1_BANKS;
    device.l1_capacity = 95944704;
    device.l1_core_capacity = 1499136;
    ttmem_report_device(&device);

    /* The chip's allocator: addresses mean something only within it. */
    pool = ttmem_register_pool(TTMEM_POOL_CHIP, 1u << 0, 0, TTMEM_NO_POOL);

    weights = in_l1(pool, 0x20000, 1 << 20);
    ttmem_alloc(&weights);

    ttmem_mark("decode");
    activations = in_l1(pool, 0x24000, 1 << 18);
    ttmem_alloc(&activations);
    /* A free is reported before the memory is really given back. */
    ttmem_free(pool, TTMEM_L1, activations.address);

    /* The weights are still held: with TTMEM_KEEP=1, `ttmem dump` lists them after the end. */
    ttmem_detach();
    return 0;
}
