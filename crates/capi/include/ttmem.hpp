// SPDX-License-Identifier: MIT OR Apache-2.0
//
// ttmem for C++17 and later: ttmem.h with owners, types and wrappers. Header-only; link libttmem.
//
//     ttmem::attach();
//     const ttmem::Pool pool = ttmem::Pool::chip(0);
//     ttmem::Phase phase{"prefill"};
//     auto weights = ttmem::tracked_buffer(
//         pool, {ttmem::BufferType::DRAM, bytes}, [&] { return Buffer::create(device, bytes); });
//
//   - Nothing here throws, and what reports an event does not allocate. What a wrapped call of yours
//     throws passes through. Compiles without exceptions too.
//   - While tracking is off, each of these costs the branches that a call of ttmem.h costs, and says so:
//     outcomes are `Outcome::Off`, figures 0, texts "", and owners own nothing.
//   - Owners end with their scope: an allocation before its pool, a pool before `detach()`.
//   - A forked child does not report the end of what its parent began, though its destructors run.
#ifndef TTMEM_HPP
#define TTMEM_HPP

#if __cplusplus < 201703L
#error "this header of ttmem is C++17: compile with -std=c++17 or later"
#endif

#include "ttmem/allocation.hpp"
#include "ttmem/attach.hpp"
#include "ttmem/buffer_type.hpp"
#include "ttmem/chips.hpp"
#include "ttmem/device.hpp"
#include "ttmem/members.hpp"
#include "ttmem/outcome.hpp"
#include "ttmem/peaks.hpp"
#include "ttmem/phase.hpp"
#include "ttmem/pool.hpp"
#include "ttmem/registration.hpp"
#include "ttmem/track.hpp"
#include "ttmem/tracked.hpp"

#endif
