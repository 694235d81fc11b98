// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Creating and reporting in one call, where the end is to be reported too: what is created and its
// registration are one object.
#ifndef TTMEM_TRACKED_HPP
#define TTMEM_TRACKED_HPP

#include "members.hpp"
#include "pool.hpp"
#include "registration.hpp"
#include "track.hpp"

#include <memory>
#include <type_traits>
#include <utility>

namespace ttmem {

// An object and the report of it. At the end of its scope the end is reported first, then the object
// goes: the order in which no other thread can be seen to have got the address in between.
//
// Where something else keeps the object alive (another `shared_ptr`, the program that a handle belongs
// to), the end is reported with this holder all the same: keep it as long.
template <class Object>
class [[nodiscard]] Tracked {
    static_assert(!std::is_void_v<Object>, "nothing is returned that could be kept");

public:
    // Keeps what `create` returns, and the registration that `begin` makes of it.
    template <class Create, class Begin>
    Tracked(Create &&create, const Begin &begin)
        : object_(std::forward<Create>(create)()), registration_{begin(object_)} {}

    Tracked(Tracked &&) = default;

    Tracked &operator=(Tracked &&other) {
        static_assert(!std::is_reference_v<Object>, "a reference cannot be made to refer elsewhere");
        if (this != &other) {
            (void)registration_.end();
            object_ = std::move(other.object_);
            registration_ = std::move(other.registration_);
        }
        return *this;
    }

    std::add_lvalue_reference_t<Object> get() noexcept { return object_; }
    std::add_lvalue_reference_t<const Object> get() const noexcept { return object_; }
    std::add_lvalue_reference_t<Object> operator*() noexcept { return object_; }
    std::add_lvalue_reference_t<const Object> operator*() const noexcept { return object_; }

    auto operator->() noexcept { return std::addressof(object_); }
    auto operator->() const noexcept { return std::addressof(get()); }

    const Registration &registration() const noexcept { return registration_; }

    // The object alone: its end is the caller's to report.
    Object release() && {
        registration_.release();
        return static_cast<Object &&>(object_);
    }

private:
    // In this order: the registration ends before the object does.
    Object object_;
    Registration registration_;
};

// As `track_buffer`; `free` is reported when what it returns goes.
template <class Create, class Describe = Members>
Tracked<std::invoke_result_t<Create>> tracked_buffer(const Pool &pool, const Request &request,
                                                     Create &&create, Describe describe = {}) {
    return {[&]() -> std::invoke_result_t<Create> {
                return detail::create_or_fail(pool, request, std::forward<Create>(create));
            },
            [&](const auto &object) {
                return detail::begin<Buffer, Allocation>(pool, request, describe, object);
            }};
}

// As `create_circular_buffer_with_tracking`; `cb_free` is reported when what it returns goes.
template <class Create, class Describe = Members>
Tracked<std::invoke_result_t<Create>> tracked_circular_buffer(const Pool &pool, Create &&create,
                                                              Describe describe = {}) {
    return {std::forward<Create>(create), [&](const auto &object) {
                return detail::begin<CircularBuffer, OnCores>(pool, {}, describe, object);
            }};
}

// As `add_kernel_with_tracking`; `kernel_unload` is reported when what it returns goes.
template <class Create, class Describe = Members>
Tracked<std::invoke_result_t<Create>> tracked_kernel(const Pool &pool, Create &&create,
                                                     Describe describe = {}) {
    return {std::forward<Create>(create), [&](const auto &object) {
                return detail::begin<Kernel, OnCores>(pool, {}, describe, object);
            }};
}

}  // namespace ttmem

#endif
