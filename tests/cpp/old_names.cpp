// The old client's calls, in what used to go wrong: addresses used again, the same address in two memories,
// frees of what is not there, device ids that are none, calls without an id, a forked child. `off` as first
// argument: nothing happens; `attached`: only a forked child, of a process that was attached before;
// `again`: only a process that detaches and attaches again.
#include "../c_abi/check.h"

#include <string>
#include <sys/wait.h>
#include <thread>
#include <ttmem/allocation_client.hpp>
#include <ttmem/instrumented.hpp>
#include <unistd.h>
#include <vector>

using tt::tt_metal::AllocationClient;
using namespace tt::tt_metal::instrumented;

namespace {

enum class BufferType : std::uint8_t { DRAM, L1, SYSTEM_MEMORY, L1_SMALL, TRACE };

void allocate(int device, std::uint64_t size, BufferType type, std::uint64_t id) {
    AllocationClient::report_allocation(device, size, static_cast<std::uint8_t>(type), id);
}

// From every thread at once, with nothing attached and no pool registered yet.
void first_use(std::uint64_t thread) {
    for (std::uint64_t number = 0; number < 100; number++) {
        const std::uint64_t id = thread << 32 | number << 12;
        const int device = static_cast<int>(number % 8);
        allocate(device, 4096, BufferType::DRAM, id);
        send_memory_event(CB_ALLOC, device, 1024);
        if (number >= 8) {
            AllocationClient::report_deallocation(device, id);
            CHECK(send_memory_event(MemoryEventType::CB_FREE, device, 1024));
        }
    }
}

void buffers() {
    // An address that is used again, with another size and in another memory.
    for (std::uint64_t turn = 1; turn <= 10; turn++) {
        allocate(0, turn * 100, turn % 2 == 0 ? BufferType::L1 : BufferType::TRACE, 0x7000);
        AllocationClient::report_deallocation(0, 0x7000);
    }
    // The same address in two memories: a free without a type takes the younger, then the other.
    allocate(1, 2000, BufferType::L1_SMALL, 0x7000);
    allocate(1, 3000, BufferType::SYSTEM_MEMORY, 0x7000);
    AllocationClient::report_deallocation(1, 0x7000);
    // The oldest call says neither the device nor the type.
    allocate(2, 500, BufferType::L1_SMALL, 0x8000);
    allocate(3, 600, BufferType::L1_SMALL, 0x8000);
    AllocationClient::report_deallocation(0x8000);
    // What is not live.
    AllocationClient::report_deallocation(3, 0x8000);
    AllocationClient::report_deallocation(3, 0xdead0000);
    AllocationClient::report_deallocation(0xbeef0000);
    // What is no device and no type.
    allocate(-1, 4096, BufferType::DRAM, 0x9000);
    allocate(64, 4096, BufferType::DRAM, 0x9000);
    allocate(0, 4096, static_cast<BufferType>(9), 0x9000);
    AllocationClient::report_deallocation(-1, 0x9000);
    CHECK(!send_memory_event(CB_ALLOC, 1000000, 64));
    CHECK(!send_memory_event(CB_FREE, -7, 64));
    CHECK(!send_memory_event(static_cast<MemoryEventType>(1), 0, 64));
}

void on_cores() {
    AllocationClient::report_cb_allocation(4, 65536, 0x1a000);
    AllocationClient::report_cb_allocation(4, 32768, 0x2a000);
    AllocationClient::report_cb_deallocation(4, 65536, 0x1a000);
    AllocationClient::report_kernel_load(4, 2048, 1);
    AllocationClient::report_kernel_load(4, 1024, 2, 1);
    AllocationClient::report_kernel_unload(4, 2048, 1);

    // Without an id: as many as were begun and not ended, of every size.
    for (int turn = 0; turn < 5; turn++) {
        CHECK(send_memory_event(KERNEL_LOAD, 5, 100));
    }
    CHECK(send_memory_event(KERNEL_LOAD, 5, 200));
    CHECK(send_memory_event(KERNEL_UNLOAD, 5, 100));
    CHECK(send_memory_event(KERNEL_UNLOAD, 5, 100));
    CHECK(send_memory_event(KERNEL_UNLOAD, 5, 200));
    CHECK(!send_memory_event(KERNEL_UNLOAD, 5, 200));
    // With one.
    CHECK(send_memory_event(KERNEL_LOAD, 5, 300, 0x5000));
    CHECK(send_memory_event(KERNEL_UNLOAD, 5, 300, 0x5000));
}

// A child reports what it allocates itself, and not the end of what it inherited.
void forking() {
    allocate(6, 700, BufferType::L1, 0x6000);
    if (fork() == 0) {
        AllocationClient::report_deallocation(6, 0x6000);
        AllocationClient::report_deallocation(0x6000);
        send_memory_event(CB_FREE, 0, 1024);
        CHECK(!ttmem_attached());
        allocate(6, 800, BufferType::L1, 0x6000);
        CHECK(AllocationClient::is_enabled());
        CHECK(send_memory_event(CB_ALLOC, 6, 1024));
        _exit(0);
    }
    int status = 0;
    CHECK(wait(&status) > 0 && status == 0);
}

// The same where something else has attached the process before the first old call.
void forking_attached() {
    CHECK(ttmem_attach(nullptr) == TTMEM_DONE);
    allocate(6, 700, BufferType::L1, 0x6000);
    if (fork() == 0) {
        allocate(6, 800, BufferType::L1, 0x6000);
        CHECK(ttmem_free_any(TTMEM_ANY_POOL, 0x6000) == TTMEM_DONE);
        _exit(0);
    }
    int status = 0;
    CHECK(wait(&status) > 0 && status == 0);
}

// What is reported after another attach has nothing to do with what was before it.
void attaching_again() {
    allocate(1, 64, BufferType::L1, 0x1000);
    CHECK(send_memory_event(CB_ALLOC, 1, 512));
    ttmem_detach();
    CHECK(ttmem_attach(nullptr) == TTMEM_DONE);
    const ttmem_pool other = ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL);
    allocate(1, 64, BufferType::L1, 0x2000);
    CHECK(ttmem_free(other, TTMEM_L1, 0x2000) == TTMEM_UNKNOWN_FREE);
    AllocationClient::report_deallocation(1, 0x2000);
    CHECK(ttmem_free_any(TTMEM_ANY_POOL, 0x2000) == TTMEM_DOUBLE_FREE);
    CHECK(!send_memory_event(CB_FREE, 1, 512));
    CHECK(send_memory_event(CB_ALLOC, 1, 512));
    CHECK(send_memory_event(CB_FREE, 1, 512));
}

}  // namespace

int main(int argc, char **argv) {
    if (argc > 1 && std::string{argv[1]} == "off") {
        CHECK(!AllocationClient::is_enabled());
        allocate(0, 4096, BufferType::DRAM, 0x1000);
        AllocationClient::report_deallocation(0, 0x1000);
        AllocationClient::report_deallocation(0x1000);
        CHECK(!send_memory_event(KERNEL_LOAD, 0, 64));
        CHECK(!send_memory_event(KERNEL_UNLOAD, 0, 64));
        return 0;
    }
    if (argc > 1 && std::string{argv[1]} == "attached") {
        forking_attached();
        return 0;
    }
    if (argc > 1 && std::string{argv[1]} == "again") {
        attaching_again();
        return 0;
    }
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < 8; thread++) {
        threads.emplace_back(first_use, thread);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(AllocationClient::is_enabled());
    buffers();
    on_cores();
    forking();
    return 0;
}
