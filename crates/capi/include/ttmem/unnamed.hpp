// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Telling allocations apart that were reported by size alone. Not for programs to use: give ids.
#ifndef TTMEM_UNNAMED_HPP
#define TTMEM_UNNAMED_HPP

#include "attachment.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ttmem::detail {

// Those of one device, sort and size that exist now: any of them can stand for any other, so a free takes
// the first that is live. Up to 64 are kept apart.
struct Unnamed {
    // Which these are; 0 while nobody's.
    std::atomic<std::uint64_t> key{0};
    // Bit n: number n is in use, though perhaps not reported yet or no longer.
    std::atomic<std::uint64_t> used{0};
    // Bit n: number n is reported.
    std::atomic<std::uint64_t> live{0};
};

inline std::array<Unnamed, 256> unnamed{};

// Sizes beyond it are none.
inline constexpr std::uint64_t largest_unnamed = (std::uint64_t{1} << 40) - 1;

// The place of this device, sort and size; null for what is no device and no size, and if all places are
// taken by others.
inline Unnamed *unnamed_like(int device, unsigned sort, std::uint64_t size) noexcept {
    if (device < 0 || device > 63 || size > largest_unnamed) {
        return nullptr;
    }
    const std::uint64_t mine = attachment() * 0x9e3779b97f4a7c15u >> 49;
    const std::uint64_t key = std::uint64_t{1} << 63 | mine << 48 |
                              std::uint64_t{static_cast<unsigned>(device)} << 42 |
                              std::uint64_t{sort & 3} << 40 | size;
    const std::size_t first = static_cast<std::size_t>(key * 0x9e3779b97f4a7c15u >> 56);
    for (std::size_t step = 0; step < unnamed.size(); step++) {
        Unnamed &place = unnamed[(first + step) % unnamed.size()];
        std::uint64_t seen = place.key.load(std::memory_order_acquire);
        // A failed exchange says who was faster: perhaps the same sort and size.
        if (seen == 0 && place.key.compare_exchange_strong(seen, key)) {
            return &place;
        }
        if (seen == key) {
            return &place;
        }
    }
    return nullptr;
}

inline unsigned number_of(std::uint64_t bit) noexcept {
    unsigned number = 0;
    while (bit >> number != 1) {
        number++;
    }
    return number;
}

// Sets the lowest bit that is clear in `bits`; 64 if none is.
inline unsigned take_clear(std::atomic<std::uint64_t> &bits) noexcept {
    std::uint64_t seen = bits.load(std::memory_order_relaxed);
    while (~seen != 0) {
        const std::uint64_t lowest = ~seen & (seen + 1);
        if (bits.compare_exchange_weak(seen, seen | lowest)) {
            return number_of(lowest);
        }
    }
    return 64;
}

// Clears the lowest bit that is set in `bits`; 64 if none is.
inline unsigned take_set(std::atomic<std::uint64_t> &bits) noexcept {
    std::uint64_t seen = bits.load(std::memory_order_relaxed);
    while (seen != 0) {
        const std::uint64_t lowest = seen & (~seen + 1);
        if (bits.compare_exchange_weak(seen, seen & ~lowest)) {
            return number_of(lowest);
        }
    }
    return 64;
}

// What stands for the address of the number-th one: apart from all addresses a device has.
inline std::uint64_t unnamed_address(unsigned number, std::uint64_t size) noexcept {
    return std::uint64_t{1} << 63 | std::uint64_t{number} << 40 | (size & largest_unnamed);
}

}  // namespace ttmem::detail

#endif
