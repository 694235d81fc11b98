// SPDX-License-Identifier: MIT OR Apache-2.0
//
// What a chip is.
#ifndef TTMEM_DEVICE_HPP
#define TTMEM_DEVICE_HPP

#include "outcome.hpp"

#include <cstdint>

namespace ttmem {

// Identity and capacity of one chip: the fields of `ttmem_device`, of which zero is "not known".
//
//     ttmem::Device device{0};
//     device.arch = "wormhole_b0";
//     device.dram_capacity = 12884901888;
//     device.report();
//
// There is nothing to end: what a chip is stays true. Its allocator is a `Pool`, which does end.
struct Device : ttmem_device {
    // chip: the runtime's device number, 0 to 63.
    explicit Device(std::uint32_t number) noexcept : ttmem_device{} {
        struct_size = sizeof(ttmem_device);
        chip = number;
    }

    // Event `device`. May be repeated as more becomes known.
    Outcome report() const noexcept { return static_cast<Outcome>(ttmem_report_device(this)); }
};

}  // namespace ttmem

#endif
