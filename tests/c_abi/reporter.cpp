// Reports from C++, from several threads, with options in place of the environment's.
#include "check.h"

#include <cerrno>
#include <cstring>
#include <thread>
#include <ttmem.h>
#include <vector>

namespace {

// What a later version of the header may declare: with another field.
struct LaterAllocation {
    ttmem_allocation known{};
    std::uint64_t unknown = 0;
};

void report(ttmem_pool pool, std::uint64_t first) {
    for (std::uint64_t number = 0; number < 1000; number++) {
        ttmem_allocation made{};
        made.struct_size = sizeof made;
        made.pool = pool;
        made.buffer_type = TTMEM_L1;
        made.banks = 2;
        made.address = first + number % 10 * 64;
        made.requested = 50;
        made.per_bank = 32;
        CHECK(ttmem_alloc(&made) == TTMEM_DONE);
        if (number < 990) {
            CHECK(ttmem_free(pool, TTMEM_L1, made.address) == TTMEM_DONE);
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    CHECK(argc == 2);
    ttmem_options options{};
    options.struct_size = 0;
    CHECK(ttmem_attach(&options) == TTMEM_REJECTED);
    options.struct_size = sizeof options;
    options.dir = argv[1];
    // Tracking is not switched on by the environment, and nothing here insists yet.
    CHECK(ttmem_attach(&options) == TTMEM_OFF);
    options.always = 1;
    options.keep = 1;
    options.ring_records = UINT64_MAX;
    CHECK(ttmem_attach(&options) == TTMEM_FAILED);
    options.ring_records = 2048;
    options.live_slots = 1024;
    CHECK(ttmem_attach(&options) == TTMEM_DONE);

    const ttmem_pool pool = ttmem_register_pool(TTMEM_POOL_CHIP, UINT64_C(1) << 63, 63, 0);
    CHECK(pool != TTMEM_NO_POOL);
    std::vector<std::thread> threads;
    for (std::uint64_t number = 0; number < 4; number++) {
        threads.emplace_back(report, pool, number << 20);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }

    LaterAllocation later;
    later.known.struct_size = sizeof later;
    later.known.pool = pool;
    later.known.buffer_type = TTMEM_DRAM;
    later.known.banks = 1;
    later.known.requested = 60;
    later.known.per_bank = 64;
    CHECK(ttmem_alloc(&later.known) == TTMEM_DONE);
    LET_THE_TEST_LOOK();
    ttmem_detach();
    CHECK(!ttmem_attached());
    CHECK(ttmem_mark("late") == TTMEM_OFF);
    return 0;
}
