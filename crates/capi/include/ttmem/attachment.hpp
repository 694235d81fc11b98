// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Which segment a handle belongs to, without asking the kernel. Not for programs to use.
#ifndef TTMEM_ATTACHMENT_HPP
#define TTMEM_ATTACHMENT_HPP

#include "../ttmem.h"

#include <cstdint>

namespace ttmem::detail {

// Differs from one attachment of a process to the next, and from those of its parents: the path of a
// segment stays where it is until the process ends. 48 bits.
inline std::uint64_t attachment() noexcept {
    return reinterpret_cast<std::uintptr_t>(ttmem_segment()) & 0xffffffffffffu;
}

}  // namespace ttmem::detail

#endif
