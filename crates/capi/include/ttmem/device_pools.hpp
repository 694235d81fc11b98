// SPDX-License-Identifier: MIT OR Apache-2.0
//
// What the old names need: attaching at the first call, and a pool for each device that is named. Not
// for programs to use: register a `Pool`.
#ifndef TTMEM_DEVICE_POOLS_HPP
#define TTMEM_DEVICE_POOLS_HPP

#include "../ttmem.h"
#include "attachment.hpp"
#include "forks.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace ttmem::detail {

// How far attaching has come in the process with this many forks behind it: `forks << 2 | stage`. A
// child finds its parent's number and starts anew, whatever the parent was at.
inline std::atomic<std::uint64_t> attaching{0};

inline constexpr std::uint64_t attach_begun = 1;
inline constexpr std::uint64_t attach_tried = 2;

// Whether attaching has been tried in this process.
inline bool attach_was_tried() noexcept {
    const std::uint64_t now = std::uint64_t{forks()} << 2;
    return attaching.load(std::memory_order_acquire) == (now | attach_tried);
}

// Once: what comes of it stays. Waits for another thread that is at it, since going on would lose what
// this one has to report: that takes milliseconds, and never more than a second.
inline void attach_once() noexcept {
    follow_forks();
    const std::uint64_t now = std::uint64_t{forks()} << 2;
    // The environment is read here and not at each call: another thread may be changing it.
    for (int turn = 0; turn < 1000 && ttmem_switched_on(); turn++) {
        std::uint64_t seen = attaching.load(std::memory_order_acquire);
        if (seen == (now | attach_tried)) {
            return;
        }
        const bool mine = seen != (now | attach_begun) &&
                          attaching.compare_exchange_strong(seen, now | attach_begun);
        // TTMEM_OFF: whoever is attaching, it did not come here.
        if (mine && ttmem_attach(nullptr) != TTMEM_OFF) {
            break;
        }
        if (mine) {
            attaching.store(now, std::memory_order_release);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    attaching.store(now | attach_tried, std::memory_order_release);
}

// Whether this process reports; attaches it if that has not been tried.
inline bool ready() noexcept {
    if (ttmem_attached()) {
        return true;
    }
    if (attach_was_tried()) {
        return false;
    }
    attach_once();
    return ttmem_attached();
}

// By device: `attachment << 16 | pool`. The handles of another attachment mean other pools, or none.
inline std::array<std::atomic<std::uint64_t>, 64> device_pools{};

// The pool that a place of these was seen to have, if that is of this attachment.
inline ttmem_pool pool_seen(std::uint64_t seen) noexcept {
    return seen >> 16 == attachment() ? static_cast<ttmem_pool>(seen & 0xffff)
                                      : ttmem_pool{TTMEM_NO_POOL};
}

// The device's pool, registered when it is first named. TTMEM_NO_POOL for what is no device: events on
// that are rejected and counted.
inline ttmem_pool device_pool(int device) noexcept {
    if (device < 0 || device > 63) {
        return TTMEM_NO_POOL;
    }
    std::atomic<std::uint64_t> &place = device_pools[static_cast<unsigned>(device)];
    // Looked at once: what is replaced below must be what was found to be of another attachment.
    std::uint64_t seen = place.load(std::memory_order_acquire);
    const ttmem_pool known = pool_seen(seen);
    if (known != TTMEM_NO_POOL) {
        return known;
    }
    const ttmem_pool made =
        ttmem_register_pool(TTMEM_POOL_CHIP, std::uint64_t{1} << device,
                            static_cast<std::uint32_t>(device), TTMEM_NO_POOL);
    const std::uint64_t mine = attachment() << 16 | made;
    if (made == TTMEM_NO_POOL || place.compare_exchange_strong(seen, mine)) {
        return made;
    }
    // Another thread was faster: the exchange says with which.
    (void)ttmem_retire_pool(made);
    return pool_seen(seen);
}

}  // namespace ttmem::detail

#endif
