// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Owners: what begins when one is made ends when it goes.
#ifndef TTMEM_REGISTRATION_HPP
#define TTMEM_REGISTRATION_HPP

#include "allocation.hpp"
#include "forks.hpp"
#include "nodiscard.hpp"
#include "outcome.hpp"
#include "pool.hpp"

#include <cstdint>
#include <utility>

namespace ttmem {

// The part of an allocation's life that has been reported and not ended. `Buffer`, `CircularBuffer` and
// `Kernel` begin one; moved from, it owns nothing.
//
// It does not keep its pool: one that is retired or cleared has ended all that is in it.
//
// Assigning to an owner ends what it owned, after the new one has begun. Where the new one may have got
// the old one's address, call `end()` first, as before the memory is given back.
class [[nodiscard]] Registration {
public:
    Registration() noexcept = default;

    Registration(Registration &&other) noexcept
        : pool_{std::exchange(other.pool_, TTMEM_NO_POOL)},
          type_{other.type_},
          address_{other.address_},
          forks_{other.forks_},
          outcome_{other.outcome_} {}

    Registration &operator=(Registration &&other) noexcept {
        if (this != &other) {
            (void)end();
            pool_ = std::exchange(other.pool_, TTMEM_NO_POOL);
            type_ = other.type_;
            address_ = other.address_;
            forks_ = other.forks_;
            outcome_ = other.outcome_;
        }
        return *this;
    }

    Registration(const Registration &) = delete;
    Registration &operator=(const Registration &) = delete;

    ~Registration() { (void)end(); }

    // What became of its beginning.
    Outcome outcome() const noexcept { return outcome_; }

    // Whether there is an end to report: its beginning was recorded, by this process, and it has been
    // neither ended nor released.
    bool live() const noexcept { return pool_ != TTMEM_NO_POOL && forks_ == detail::forks(); }

    BufferType type() const noexcept { return type_; }
    std::uint64_t address() const noexcept { return address_; }

    // Reports the end now, before the memory is really given back. `Outcome::Off` if there is none.
    Outcome end() noexcept {
        if (!live()) {
            return Outcome::Off;
        }
        const ttmem_pool pool = std::exchange(pool_, TTMEM_NO_POOL);
        switch (type_) {
        case BufferType::CB:
            return static_cast<Outcome>(ttmem_cb_free(pool, address_));
        case BufferType::KERNEL:
            return static_cast<Outcome>(ttmem_kernel_unload(pool, address_));
        default:
            return static_cast<Outcome>(
                ttmem_free(pool, static_cast<std::uint32_t>(type_), address_));
        }
    }

    // Owns it no longer: the allocation lives on, and its end is the caller's to report.
    void release() noexcept { pool_ = TTMEM_NO_POOL; }

protected:
    Registration(const Pool &pool, BufferType type, std::uint64_t address,
                 Outcome outcome) noexcept
        : type_{type}, address_{address}, forks_{detail::forks()}, outcome_{outcome} {
        // What the full table had no room for has an end all the same, which is counted as such.
        if (recorded(outcome) || outcome == Outcome::LiveOverflow) {
            pool_ = pool.handle();
        }
    }

private:
    ttmem_pool pool_ = TTMEM_NO_POOL;
    BufferType type_ = BufferType::DRAM;
    std::uint64_t address_ = 0;
    std::uint32_t forks_ = 0;
    Outcome outcome_ = Outcome::Off;
};

// A buffer: `alloc` when it is made, `free` when it goes.
class [[nodiscard]] Buffer : public Registration {
public:
    TTMEM_NODISCARD Buffer(const Pool &pool, const Allocation &allocation) noexcept
        : Registration{pool, allocation.type, allocation.address, pool.alloc(allocation)} {}
};

// Circular buffers: resident from here to the end of the scope.
class [[nodiscard]] CircularBuffer : public Registration {
public:
    TTMEM_NODISCARD CircularBuffer(const Pool &pool, const OnCores &buffers) noexcept
        : Registration{pool, BufferType::CB, buffers.address, pool.cb_alloc(buffers)} {}
};

// A kernel: loaded from here to the end of the scope.
class [[nodiscard]] Kernel : public Registration {
public:
    TTMEM_NODISCARD Kernel(const Pool &pool, const OnCores &kernel) noexcept
        : Registration{pool, BufferType::KERNEL, kernel.address, pool.kernel_load(kernel)} {}
};

}  // namespace ttmem

#endif
