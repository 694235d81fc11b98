// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Marks: what the program is at.
#ifndef TTMEM_PHASE_HPP
#define TTMEM_PHASE_HPP

#include "forks.hpp"
#include "nodiscard.hpp"
#include "outcome.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ttmem {

namespace detail {

// What a segment keeps of a text.
inline constexpr std::size_t longest_text = 112;

// At most `room` bytes of a text, without breaking a character of UTF-8.
inline std::string_view cut(std::string_view text, std::size_t room) noexcept {
    if (text.size() <= room) {
        return text;
    }
    while (room != 0 && (static_cast<unsigned char>(text[room]) & 0xc0) == 0x80) {
        room--;
    }
    return text.substr(0, room);
}

// Event `mark`: `name`, cut so that `suffix` is kept after it.
inline Outcome mark(std::string_view name, std::string_view suffix) noexcept {
    char text[longest_text + 1];
    const std::string_view kept = cut(name, longest_text - suffix.size());
    char *end = std::copy(kept.begin(), kept.end(), text);
    end = std::copy(suffix.begin(), suffix.end(), end);
    *end = '\0';
    return static_cast<Outcome>(ttmem_mark(text));
}

}  // namespace detail

// Event `mark`: a named phase begins. The first 112 bytes are kept; null is rejected.
inline Outcome mark(const char *name) noexcept { return static_cast<Outcome>(ttmem_mark(name)); }

inline Outcome mark(std::string_view name) noexcept { return detail::mark(name, {}); }

// A phase as long as its scope: the mark `prefill` at its beginning, the mark `prefill end` at its end.
// `ttmem log` shows both, and `ttmem leaks --since prefill` compares with the latest beginning.
//
//     ttmem::Phase phase{"prefill"};
//
// The end is only reported if the beginning was, and by the same process.
class [[nodiscard]] Phase {
public:
    TTMEM_NODISCARD explicit Phase(std::string_view name) noexcept { begin(name); }

    TTMEM_NODISCARD explicit Phase(const char *name) noexcept {
        if (name != nullptr) {
            begin(name);
        } else {
            (void)mark(name);
        }
    }

    Phase(const Phase &) = delete;
    Phase &operator=(const Phase &) = delete;

    ~Phase() { end(); }

    // Ends it before its scope does.
    void end() noexcept {
        if (open_ && forks_ == detail::forks()) {
            (void)detail::mark({name_, length_}, suffix);
        }
        open_ = false;
    }

private:
    void begin(std::string_view name) noexcept {
        if (!ttmem_attached()) {
            return;
        }
        const std::string_view kept = detail::cut(name, detail::longest_text - suffix.size());
        std::copy(kept.begin(), kept.end(), name_);
        length_ = kept.size();
        detail::follow_forks();
        open_ = mark(name) == Outcome::Done;
    }

    static constexpr std::string_view suffix = " end";

    char name_[detail::longest_text];
    std::size_t length_ = 0;
    std::uint32_t forks_ = detail::forks();
    bool open_ = false;
};

}  // namespace ttmem

#endif
