// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Allocators of the runtime.
#ifndef TTMEM_POOL_HPP
#define TTMEM_POOL_HPP

#include "allocation.hpp"
#include "chips.hpp"
#include "forks.hpp"
#include "outcome.hpp"

#include <cstdint>
#include <utility>

namespace ttmem {

// A registered allocator, retired at the end of its scope with all that is left in it. Its events are
// those of ttmem.h; `Buffer`, `CircularBuffer` and `Kernel` report them in pairs.
//
// Registered while tracking is off, it is without a handle. If the process attaches only later, what is
// reported on it is rejected, and counted.
class [[nodiscard]] Pool {
public:
    // One chip's own allocator.
    static Pool chip(int number) noexcept {
        return Pool{TTMEM_POOL_CHIP, {number}, static_cast<std::uint32_t>(number), TTMEM_NO_POOL};
    }

    // A mesh's allocator: every allocation lies on all its chips at the same address.
    static Pool mesh(const Chips &chips, std::uint32_t runtime_id = 0) noexcept {
        return Pool{TTMEM_POOL_MESH, chips, runtime_id, TTMEM_NO_POOL};
    }

    // A submesh's allocator. It hands out addresses that may be live in its parent.
    static Pool submesh(const Pool &parent, const Chips &chips,
                        std::uint32_t runtime_id = 0) noexcept {
        return Pool{TTMEM_POOL_SUBMESH, chips, runtime_id, parent.handle()};
    }

    // Programs rather than an allocator, for circular buffers and kernels.
    static Pool programs(const Chips &chips, std::uint32_t runtime_id = 0) noexcept {
        return Pool{TTMEM_POOL_PROGRAMS, chips, runtime_id, TTMEM_NO_POOL};
    }

    Pool(Pool &&other) noexcept
        : handle_{std::exchange(other.handle_, TTMEM_NO_POOL)}, forks_{other.forks_} {}

    Pool &operator=(Pool &&other) noexcept {
        if (this != &other) {
            retire();
            handle_ = std::exchange(other.handle_, TTMEM_NO_POOL);
            forks_ = other.forks_;
        }
        return *this;
    }

    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    ~Pool() { retire(); }

    // For calls of ttmem.h. TTMEM_NO_POOL if tracking was off when it was registered, once it is
    // retired, and in a forked child.
    ttmem_pool handle() const noexcept {
        return forks_ == detail::forks() ? handle_ : TTMEM_NO_POOL;
    }

    // Whether it is registered.
    explicit operator bool() const noexcept { return handle() != TTMEM_NO_POOL; }

    // Event `alloc`, for every type but CB and KERNEL.
    Outcome alloc(const Allocation &allocation) const noexcept {
        const ttmem_allocation made = detail::as_c(handle(), allocation);
        return told(ttmem_alloc(&made));
    }

    // Event `free`.
    Outcome free(BufferType type, std::uint64_t address) const noexcept {
        return told(ttmem_free(handle(), static_cast<std::uint32_t>(type), address));
    }

    // Event `free` of whichever buffer is live there: the youngest, if several types have one.
    Outcome free_any(std::uint64_t address) const noexcept {
        return told(ttmem_free_any(handle(), address));
    }

    // Event `cb_alloc`.
    Outcome cb_alloc(const OnCores &buffers) const noexcept {
        const ttmem_allocation made = detail::as_c(handle(), buffers);
        return told(ttmem_cb_alloc(&made));
    }

    // Event `cb_free`.
    Outcome cb_free(std::uint64_t address) const noexcept {
        return told(ttmem_cb_free(handle(), address));
    }

    // Event `kernel_load`.
    Outcome kernel_load(const OnCores &kernel) const noexcept {
        const ttmem_allocation made = detail::as_c(handle(), kernel);
        return told(ttmem_kernel_load(&made));
    }

    // Event `kernel_unload`.
    Outcome kernel_unload(std::uint64_t address) const noexcept {
        return told(ttmem_kernel_unload(handle(), address));
    }

    // Event `alloc_failed`: the runtime could not satisfy a request. message: UTF-8, or null.
    Outcome alloc_failed(BufferType type, std::uint64_t requested,
                         const char *message) const noexcept {
        return told(ttmem_alloc_failed(handle(), static_cast<std::uint32_t>(type), requested, message));
    }

    // The allocator was emptied: every allocation in it ends.
    Outcome clear() const noexcept { return told(ttmem_clear_pool(handle())); }

    // The allocator is gone, before the end of the scope.
    void retire() noexcept {
        if (const ttmem_pool pool = handle(); pool != TTMEM_NO_POOL) {
            (void)ttmem_retire_pool(pool);
        }
        handle_ = TTMEM_NO_POOL;
    }

private:
    Pool(std::uint32_t kind, const Chips &chips, std::uint32_t runtime_id,
         ttmem_pool parent) noexcept
        : handle_{ttmem_register_pool(kind, chips.bits(), runtime_id, parent)} {
        if (handle_ != TTMEM_NO_POOL) {
            detail::follow_forks();
        }
    }

    static Outcome told(ttmem_outcome outcome) noexcept { return static_cast<Outcome>(outcome); }

    ttmem_pool handle_;
    std::uint32_t forks_ = detail::forks();
};

}  // namespace ttmem

#endif
