// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The old names for circular buffers and kernels. As allocation_client.hpp: this include in place of the
// old one, and nothing else changes.
#ifndef TTMEM_INSTRUMENTED_HPP
#define TTMEM_INSTRUMENTED_HPP

#if __cplusplus < 201703L
#error "this header of ttmem is C++17: compile with -std=c++17 or later"
#endif

#include "../ttmem.h"
#include "device_pools.hpp"
#include "unnamed.hpp"

#include <cstdint>

namespace tt::tt_metal::instrumented {

// Unscoped, so that `MemoryEventType::CB_ALLOC` and `CB_ALLOC` both go on compiling.
enum MemoryEventType : std::uint8_t {
    CB_ALLOC = 8,
    CB_FREE = 9,
    KERNEL_LOAD = 10,
    KERNEL_UNLOAD = 11,
};

namespace detail {

inline bool begin(bool kernel, int device_id, std::uint64_t size, std::uint64_t address) noexcept {
    ttmem_allocation made{};
    made.struct_size = sizeof made;
    made.pool = ttmem::detail::device_pool(device_id);
    made.banks = 1;
    made.address = address;
    made.requested = size;
    made.per_bank = size;
    const ttmem_outcome outcome = kernel ? ttmem_kernel_load(&made) : ttmem_cb_alloc(&made);
    return outcome >= TTMEM_DONE && outcome <= TTMEM_REPLACED;
}

inline bool end(bool kernel, int device_id, std::uint64_t address) noexcept {
    const ttmem_pool pool = ttmem::detail::device_pool(device_id);
    const ttmem_outcome outcome =
        kernel ? ttmem_kernel_unload(pool, address) : ttmem_cb_free(pool, address);
    return outcome >= TTMEM_DONE && outcome <= TTMEM_REFERENCED;
}

// Without an id, any of the same size will do to be freed.
inline bool begin_unnamed(bool kernel, int device_id, std::uint64_t size) noexcept {
    using namespace ttmem::detail;
    Unnamed *const alike = unnamed_like(device_id, kernel ? 1 : 0, size);
    const unsigned number = alike == nullptr ? 64 : take_clear(alike->used);
    const bool begun = begin(kernel, device_id, size, unnamed_address(number, size));
    if (number < 64 && begun) {
        alike->live.fetch_or(std::uint64_t{1} << number);
    } else if (number < 64) {
        alike->used.fetch_and(~(std::uint64_t{1} << number));
    }
    return begun;
}

inline bool end_unnamed(bool kernel, int device_id, std::uint64_t size) noexcept {
    using namespace ttmem::detail;
    Unnamed *const alike = unnamed_like(device_id, kernel ? 1 : 0, size);
    const unsigned number = alike == nullptr ? 64 : take_set(alike->live);
    const bool ended = end(kernel, device_id, unnamed_address(number, size));
    if (number < 64) {
        alike->used.fetch_and(~(std::uint64_t{1} << number));
    }
    return ended;
}

}  // namespace detail

// Reports what `type` says. Returns whether it was recorded: false while tracking is off, for a device
// or a type that is none (counted, if attached), and for the end of what had not begun (counted).
//
//     device_id  the runtime's device number, 0 to 63.
//     size       bytes, on this device.
//     id         tells it from others of its sort on the device; its end gives the same. 0 is none: then
//                an end ends any one of the same size.
inline bool send_memory_event(MemoryEventType type, int device_id, std::uint64_t size,
                              std::uint64_t id = 0) noexcept {
    switch (type) {
    case CB_ALLOC:
    case KERNEL_LOAD: {
        if (!ttmem::detail::ready()) {
            return false;
        }
        const bool kernel = type == KERNEL_LOAD;
        return id == 0 ? detail::begin_unnamed(kernel, device_id, size)
                       : detail::begin(kernel, device_id, size, id);
    }
    case CB_FREE:
    case KERNEL_UNLOAD: {
        // Of a process that has reported nothing, nothing is live.
        if (!ttmem_attached()) {
            return false;
        }
        const bool kernel = type == KERNEL_UNLOAD;
        return id == 0 ? detail::end_unnamed(kernel, device_id, size)
                       : detail::end(kernel, device_id, id);
    }
    }
    // No such event: rejected, and counted.
    (void)ttmem_alloc(nullptr);
    return false;
}

}  // namespace tt::tt_metal::instrumented

#endif
