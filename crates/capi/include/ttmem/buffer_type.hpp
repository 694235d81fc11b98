// SPDX-License-Identifier: MIT OR Apache-2.0
//
// In which memory an allocation lies.
#ifndef TTMEM_BUFFER_TYPE_HPP
#define TTMEM_BUFFER_TYPE_HPP

#include "../ttmem.h"

#include <cstdint>

namespace ttmem {

// The first five have the runtime's own numbers: its type casts to this one with `buffer_type`.
enum class BufferType : std::uint32_t {
    DRAM = TTMEM_DRAM,
    L1 = TTMEM_L1,
    SYSTEM_MEMORY = TTMEM_SYSTEM_MEMORY,
    L1_SMALL = TTMEM_L1_SMALL,
    TRACE = TTMEM_TRACE,
    CB = TTMEM_CB,
    KERNEL = TTMEM_KERNEL,
};

// The runtime's buffer type, or its number, as ttmem's. A number that no type has is passed on, for
// the library to reject and count.
template <class Number>
constexpr BufferType buffer_type(Number number) noexcept {
    return static_cast<BufferType>(static_cast<std::uint32_t>(number));
}

}  // namespace ttmem

#endif
