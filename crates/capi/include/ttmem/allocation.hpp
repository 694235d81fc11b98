// SPDX-License-Identifier: MIT OR Apache-2.0
//
// What an event says of an allocation.
#ifndef TTMEM_ALLOCATION_HPP
#define TTMEM_ALLOCATION_HPP

#include "buffer_type.hpp"

#include <cstdint>

namespace ttmem {

// A buffer, the same on every chip of its pool. Sizes are in bytes, on each chip.
struct Allocation {
    BufferType type = BufferType::DRAM;
    // Device address; 0 is a valid one.
    std::uint64_t address = 0;
    // Bytes asked for.
    std::uint64_t requested = 0;
    // Banks they lie on.
    std::uint32_t banks = 1;
    // Bytes occupied on each bank, aligned. 0: `requested` spread evenly over `banks`.
    std::uint64_t per_bank = 0;
    // The runtime's own id of the buffer; 0 if it has none.
    std::uint64_t id = 0;
};

// Circular buffers or a kernel: so many bytes on each of some cores.
struct OnCores {
    // Address in L1, or whatever else tells it from the others of its pool.
    std::uint64_t address = 0;
    // Bytes on each core.
    std::uint64_t per_core = 0;
    // Cores of each chip.
    std::uint32_t cores = 1;
    // The runtime's own id; 0 if it has none.
    std::uint64_t id = 0;
};

namespace detail {

inline ttmem_allocation as_c(ttmem_pool pool, const Allocation &allocation) noexcept {
    ttmem_allocation made{};
    made.struct_size = sizeof made;
    made.pool = pool;
    made.buffer_type = static_cast<std::uint32_t>(allocation.type);
    made.banks = allocation.banks;
    made.address = allocation.address;
    made.requested = allocation.requested;
    made.per_bank = allocation.per_bank;
    if (made.per_bank == 0 && made.banks != 0) {
        made.per_bank =
            made.requested / made.banks + (made.requested % made.banks != 0 ? 1u : 0u);
    }
    made.id = allocation.id;
    return made;
}

inline ttmem_allocation as_c(ttmem_pool pool, const OnCores &allocation) noexcept {
    ttmem_allocation made{};
    made.struct_size = sizeof made;
    made.pool = pool;
    made.banks = allocation.cores;
    made.address = allocation.address;
    made.requested = allocation.per_core * allocation.cores;
    made.per_bank = allocation.per_core;
    made.id = allocation.id;
    return made;
}

}  // namespace detail
}  // namespace ttmem

#endif
