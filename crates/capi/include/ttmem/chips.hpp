// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Sets of chips.
#ifndef TTMEM_CHIPS_HPP
#define TTMEM_CHIPS_HPP

#include <bitset>
#include <cstdint>
#include <initializer_list>

namespace ttmem {

// Chips by the runtime's device numbers, 0 to 63. With a number out of range the whole set is empty,
// and a pool on it is refused: half a mesh would look right and be wrong.
class Chips {
public:
    Chips(std::initializer_list<int> numbers) noexcept : bits_{bits_of(numbers)} {}

    Chips(const std::bitset<64> &chips) noexcept : bits_{chips.to_ullong()} {}

    // From any range of numbers, e.g. the runtime's `MeshDevice::get_device_ids()`.
    template <class Numbers>
    static Chips of(const Numbers &numbers) noexcept {
        Chips chips{};
        chips.bits_ = bits_of(numbers);
        return chips;
    }

    // Bit n is chip n.
    std::uint64_t bits() const noexcept { return bits_; }

private:
    template <class Numbers>
    static std::uint64_t bits_of(const Numbers &numbers) noexcept {
        std::uint64_t bits = 0;
        for (const auto number : numbers) {
            if (number < 0 || number > 63) {
                return 0;
            }
            bits |= std::uint64_t{1} << number;
        }
        return bits;
    }

    std::uint64_t bits_;
};

}  // namespace ttmem

#endif
