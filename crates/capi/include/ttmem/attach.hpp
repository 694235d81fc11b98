// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Whether this process reports.
#ifndef TTMEM_ATTACH_HPP
#define TTMEM_ATTACH_HPP

#include "outcome.hpp"

namespace ttmem {

// How to attach, with the size set and everything else left to the environment.
struct Options : ttmem_options {
    Options() noexcept : ttmem_options{} { struct_size = sizeof(ttmem_options); }
};

// Attaches this process, if TTMEM=1 or TT_ALLOC_TRACKING_ENABLED=1 switches tracking on. Whatever it
// returns, the program can go on as if it had succeeded.
inline Outcome attach() noexcept { return static_cast<Outcome>(ttmem_attach(nullptr)); }

// The same, with options in place of the environment's.
inline Outcome attach(const Options &options) noexcept {
    return static_cast<Outcome>(ttmem_attach(&options));
}

// Whether this process is attached: false in a forked child until it attaches itself.
inline bool attached() noexcept { return ttmem_attached(); }

// Whether the environment switches tracking on.
inline bool switched_on() noexcept { return ttmem_switched_on(); }

// Path of this process's segment; "" while nothing is attached. Stays valid until the process ends.
inline const char *segment() noexcept { return ttmem_segment(); }

// Ends tracking, which also happens by itself when the process exits.
inline void detach() noexcept { ttmem_detach(); }

// The library's version, e.g. "0.1.0".
inline const char *version() noexcept { return ttmem_version(); }

}  // namespace ttmem

#endif
