// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Which process an owner belongs to, without asking the kernel. Not for programs to use.
#ifndef TTMEM_FORKS_HPP
#define TTMEM_FORKS_HPP

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace ttmem::detail {

// How many forks lie between this process and the one that first registered a pool. A handle that was
// made at another count is the parent's: in the child, the same number may mean another pool.
inline std::atomic<std::uint32_t> fork_count{0};
inline std::atomic<bool> forks_are_followed{false};

inline std::uint32_t forks() noexcept { return fork_count.load(std::memory_order_relaxed); }

inline void count_fork() noexcept { fork_count.fetch_add(1, std::memory_order_relaxed); }

// Has every child counted from now on. Not on the way of an event.
inline void follow_forks() noexcept {
    if (!forks_are_followed.exchange(true)) {
        (void)pthread_atfork(nullptr, nullptr, count_fork);
    }
}

}  // namespace ttmem::detail

#endif
