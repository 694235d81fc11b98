// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The most that was held, of a part of the program.
#ifndef TTMEM_PEAKS_HPP
#define TTMEM_PEAKS_HPP

#include "buffer_type.hpp"
#include "forks.hpp"
#include "nodiscard.hpp"
#include "outcome.hpp"

#include <cstdint>
#include <utility>

namespace ttmem {

// Peaks from here to the end of the scope. Any number of them may be open beside each other (63 at a
// time; another one sees nothing), and none changes what the others or `ttmem` show.
//
//     ttmem::Peaks peaks;
//     decode();
//     const std::uint64_t bytes = peaks.peak(0, ttmem::BufferType::L1);
//
// Not events: each call takes a lock. All are 0 while tracking is off.
class [[nodiscard]] Peaks {
public:
    TTMEM_NODISCARD Peaks() noexcept : peaks_{ttmem_open_peaks()} {
        if (open()) {
            detail::follow_forks();
        }
    }

    Peaks(Peaks &&other) noexcept
        : peaks_{std::exchange(other.peaks_, TTMEM_NO_PEAKS)}, forks_{other.forks_} {}

    Peaks &operator=(Peaks &&other) noexcept {
        if (this != &other) {
            close();
            peaks_ = std::exchange(other.peaks_, TTMEM_NO_PEAKS);
            forks_ = other.forks_;
        }
        return *this;
    }

    Peaks(const Peaks &) = delete;
    Peaks &operator=(const Peaks &) = delete;

    ~Peaks() { close(); }

    // Whether they are observed: tracking was on, and there was room.
    bool open() const noexcept { return handle() != TTMEM_NO_PEAKS; }

    // The most that a chip held of a type since the beginning or since `reset`: bytes, occupied, over
    // all its banks.
    std::uint64_t peak(std::uint32_t chip, BufferType type) const noexcept {
        return ttmem_peak(handle(), chip, static_cast<std::uint32_t>(type));
    }

    // The most that one core of a chip held of its L1, over all types.
    std::uint64_t l1_core_peak(std::uint32_t chip) const noexcept {
        return ttmem_peak(handle(), chip, TTMEM_L1_CORE);
    }

    // The peak so far; it begins anew from what is held now.
    std::uint64_t reset(std::uint32_t chip, BufferType type) noexcept {
        return ttmem_reset_peak(handle(), chip, static_cast<std::uint32_t>(type));
    }

    std::uint64_t reset_l1_core(std::uint32_t chip) noexcept {
        return ttmem_reset_peak(handle(), chip, TTMEM_L1_CORE);
    }

private:
    ttmem_peaks handle() const noexcept {
        return forks_ == detail::forks() ? peaks_ : TTMEM_NO_PEAKS;
    }

    void close() noexcept {
        if (open()) {
            (void)ttmem_close_peaks(handle());
        }
        peaks_ = TTMEM_NO_PEAKS;
    }

    ttmem_peaks peaks_;
    std::uint32_t forks_ = detail::forks();
};

}  // namespace ttmem

#endif
