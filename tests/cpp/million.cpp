// A million events from four threads, by owners, wrappers and the old names, with another thread that looks
// on at the peaks and marks what it sees.
#include "../c_abi/check.h"

#include <atomic>
#include <functional>
#include <thread>
#include <ttmem.hpp>
#include <ttmem/allocation_client.hpp>
#include <ttmem/instrumented.hpp>
#include <vector>

using tt::tt_metal::AllocationClient;
using namespace tt::tt_metal::instrumented;
using ttmem::BufferType;

namespace {

struct Object {
    std::uint64_t address() const { return at; }
    std::uint64_t size() const { return 512; }
    std::uint64_t at;
};

// Ten events a turn, all of them ended but those of the last turn.
void report(const ttmem::Pool &pool, std::uint64_t thread, std::uint64_t turns) {
    for (std::uint64_t turn = 0; turn < turns; turn++) {
        const std::uint64_t address = thread << 32 | (turn % 100) << 12;
        const ttmem::Buffer buffer{pool, {BufferType::DRAM, address, 1000, 12}};
        const ttmem::CircularBuffer circular{pool, {address, 64, 8}};
        const auto held = ttmem::tracked_buffer(pool, {BufferType::L1, 512},
                                                [&] { return Object{address}; });
        // Of one device in all threads, so that they meet.
        AllocationClient::report_allocation(1, 256, 0, address);
        AllocationClient::report_deallocation(1, address);
        CHECK(send_memory_event(KERNEL_LOAD, 1, 128));
        CHECK(send_memory_event(KERNEL_UNLOAD, 1, 128));
    }
    pool.alloc({BufferType::TRACE, thread << 32, 4096});
}

}  // namespace

int main() {
    CHECK(ttmem::attach() == ttmem::Outcome::Done);
    // Never retired: the test looks at what is left.
    static const ttmem::Pool &pool = *new ttmem::Pool{ttmem::Pool::mesh({0, 1})};
    constexpr std::uint64_t turns = 25000;
    std::atomic<bool> done{false};
    std::thread observer{[&] {
        while (!done) {
            ttmem::Peaks peaks;
            CHECK(peaks.reset(0, BufferType::DRAM) <= 4 * 1008);
            const ttmem::Phase phase{"observed"};
            const ttmem::Pool other = ttmem::Pool::chip(0);
        }
    }};
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < 4; thread++) {
        threads.emplace_back(report, std::cref(pool), thread, turns);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    done = true;
    observer.join();
    return 0;
}
