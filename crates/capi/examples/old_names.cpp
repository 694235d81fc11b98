// A program that was written against the old client, with nothing changed but its includes.
//
//     c++ -std=c++17 old_names.cpp $(pkg-config --cflags --libs ttmem) -o old_names
//     TT_ALLOC_TRACKING_ENABLED=1 TTMEM_KEEP=1 ./old_names && ttmem dump
#include <cstdio>
#include <ttmem/allocation_client.hpp>
#include <ttmem/instrumented.hpp>

using tt::tt_metal::AllocationClient;
using namespace tt::tt_metal::instrumented;

int main() {
    // Attaches by itself; there is no server to start first.
    if (!AllocationClient::is_enabled()) {
        std::printf("tracking is off: set TT_ALLOC_TRACKING_ENABLED=1\n");
    }
    const std::uint8_t dram = 0, l1 = 1;
    for (int device = 0; device < 8; device++) {
        AllocationClient::report_allocation(device, 1 << 20, dram, 0x1000);
        // The same address in another memory is another buffer.
        AllocationClient::report_allocation(device, 4096, l1, 0x1000);
        AllocationClient::report_deallocation(device, 0x1000);
        // The address again, as an allocator hands it out again.
        AllocationClient::report_allocation(device, 8192, l1, 0x1000);

        send_memory_event(CB_ALLOC, device, 65536, 0x1a000);
        send_memory_event(KERNEL_LOAD, device, 2048, 0x8000);
        send_memory_event(KERNEL_UNLOAD, device, 2048, 0x8000);
        send_memory_event(CB_FREE, device, 65536, 0x1a000);
    }
    return 0;
}
