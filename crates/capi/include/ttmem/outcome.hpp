// SPDX-License-Identifier: MIT OR Apache-2.0
//
// What became of a call.
#ifndef TTMEM_OUTCOME_HPP
#define TTMEM_OUTCOME_HPP

#include "../ttmem.h"

#include <cstdint>

namespace ttmem {

// The constants of ttmem.h, as a type.
enum class Outcome : std::int32_t {
    // Nothing is attached; nothing was recorded.
    Off = TTMEM_OFF,
    // Recorded.
    Done = TTMEM_DONE,
    // The allocation was live with this size: it gained or lost a reference.
    Referenced = TTMEM_REFERENCED,
    // The allocation was live with another size: that one was ended and a new one begun.
    Replaced = TTMEM_REPLACED,
    // Freed what was not live and, as far as is remembered, never had been. Counted.
    UnknownFree = TTMEM_UNKNOWN_FREE,
    // Freed what had been freed before. Counted.
    DoubleFree = TTMEM_DOUBLE_FREE,
    // The table of live allocations is full: the allocation is in no total. Counted.
    LiveOverflow = TTMEM_LIVE_OVERFLOW,
    // An argument was out of range: nothing was done. Counted, if attached.
    Rejected = TTMEM_REJECTED,
    // The process could not be attached; one line on stderr has said why.
    Failed = TTMEM_FAILED,
};

// Whether the call is in the segment and there was nothing wrong with it.
constexpr bool recorded(Outcome outcome) noexcept {
    return outcome == Outcome::Done || outcome == Outcome::Referenced ||
           outcome == Outcome::Replaced;
}

}  // namespace ttmem

#endif
