// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The old client's names. A program that was written against them is tracked with this include in place
// of the old one, linked to libttmem, and switched on by TT_ALLOC_TRACKING_ENABLED=1 (or TTMEM=1) as
// before. There is no server to start: the process attaches by itself at its first allocation.
//
// The old calls say nothing of banks: what they report in L1 is taken to lie on one core, so that the
// figures of the fullest core come out too high. Totals are exact.
//
// New code is better served by ttmem.hpp, where a free says which memory it frees.
#ifndef TTMEM_ALLOCATION_CLIENT_HPP
#define TTMEM_ALLOCATION_CLIENT_HPP

#if __cplusplus < 201703L
#error "this header of ttmem is C++17: compile with -std=c++17 or later"
#endif

#include "../ttmem.h"
#include "device_pools.hpp"

#include <cstdint>

namespace tt::tt_metal {

// Every call may come from any thread, never throws, and does nothing while tracking is off. A device
// id that is none (outside 0 to 63) or an unknown buffer type is rejected and counted.
//
//     device_id    the runtime's device number.
//     size         bytes, on this device.
//     buffer_type  the runtime's number, `static_cast<uint8_t>(buffer->buffer_type())`: DRAM 0, L1 1,
//                  SYSTEM_MEMORY 2, L1_SMALL 3, TRACE 4.
//     buffer_id    the buffer's address. An address that is used again is a new buffer, and the same
//                  address in DRAM and in L1 are two.
class AllocationClient {
public:
    static void report_allocation(int device_id, std::uint64_t size, std::uint8_t buffer_type,
                                  std::uint64_t buffer_id) noexcept {
        if (ttmem::detail::ready()) {
            const ttmem_allocation made = allocation(device_id, buffer_type, size, buffer_id);
            (void)ttmem_alloc(&made);
        }
    }

    // What is freed is the youngest buffer with this id on the device, whatever its type. Freeing what
    // is not live is counted, and changes nothing else.
    static void report_deallocation(int device_id, std::uint64_t buffer_id) noexcept {
        // Of a process that has reported nothing, a forked child above all, nothing is live.
        if (ttmem_attached()) {
            (void)ttmem_free_any(ttmem::detail::device_pool(device_id), buffer_id);
        }
    }

    // The youngest with this id on any device.
    static void report_deallocation(std::uint64_t buffer_id) noexcept {
        (void)ttmem_free_any(TTMEM_ANY_POOL, buffer_id);
    }

    // Circular buffers and kernels end by their id; the size given again is not looked at.
    static void report_cb_allocation(int device_id, std::uint64_t size,
                                     std::uint64_t cb_id) noexcept {
        if (ttmem::detail::ready()) {
            const ttmem_allocation made = allocation(device_id, TTMEM_CB, size, cb_id);
            (void)ttmem_cb_alloc(&made);
        }
    }

    static void report_cb_deallocation(int device_id, std::uint64_t /*size*/,
                                       std::uint64_t cb_id) noexcept {
        if (ttmem_attached()) {
            (void)ttmem_cb_free(ttmem::detail::device_pool(device_id), cb_id);
        }
    }

    // The kind of kernel is not recorded.
    static void report_kernel_load(int device_id, std::uint64_t size, std::uint64_t kernel_id,
                                   std::uint8_t /*kernel_type*/ = 0) noexcept {
        if (ttmem::detail::ready()) {
            const ttmem_allocation made = allocation(device_id, TTMEM_KERNEL, size, kernel_id);
            (void)ttmem_kernel_load(&made);
        }
    }

    static void report_kernel_unload(int device_id, std::uint64_t /*size*/,
                                     std::uint64_t kernel_id) noexcept {
        if (ttmem_attached()) {
            (void)ttmem_kernel_unload(ttmem::detail::device_pool(device_id), kernel_id);
        }
    }

    // Whether this process reports. Attaches it if that has not been tried: the environment is asked
    // once, by the first call of all.
    static bool is_enabled() noexcept { return ttmem::detail::ready(); }

private:
    // In one piece: the old calls do not say on how many banks it lies.
    static ttmem_allocation allocation(int device_id, std::uint32_t type, std::uint64_t size,
                                       std::uint64_t id) noexcept {
        ttmem_allocation made{};
        made.struct_size = sizeof made;
        made.pool = ttmem::detail::device_pool(device_id);
        made.buffer_type = type;
        made.banks = 1;
        made.address = id;
        made.requested = size;
        made.per_bank = size;
        return made;
    }
};

}  // namespace tt::tt_metal

#endif
