// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Creating and reporting in one call, for whatever is created: what the wrapped call returns or throws
// passes through unchanged.
//
//     create    takes nothing and returns what it creates: a value, a reference, something that can
//               only be moved, or nothing.
//     describe  says what was really created: an `Allocation` for a buffer, `OnCores` for circular
//               buffers and kernels, or an optional one, of which none is nothing to report. It is
//               either that itself, or is called with what `create` returned (with nothing if that
//               is void). By default the object's own members are asked: `Members`.
//
// Nothing is reported if `create` throws, but for buffers, where that is the event `alloc_failed`. If
// `describe` throws, the event is counted as rejected and the object is returned all the same. It is not
// called while tracking is off.
//
// What these report is the caller's to end, with `Pool::free`, `cb_free` and `kernel_unload`. Those of
// tracked.hpp keep the object and its registration together instead.
#ifndef TTMEM_TRACK_HPP
#define TTMEM_TRACK_HPP

#include "members.hpp"
#include "outcome.hpp"
#include "pool.hpp"
#include "registration.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace ttmem {
namespace detail {

template <class Owner, class Description>
Registration begin_described(const Pool &pool, const Description &description) noexcept {
    return Owner{pool, description};
}

template <class Owner, class Description>
Registration begin_described(const Pool &pool,
                             const std::optional<Description> &description) noexcept {
    return description ? detail::begin_described<Owner>(pool, *description) : Registration{};
}

// Whether an `Owner` begins by it: by what it reports, or by an optional one.
template <class Owner, class Description>
inline constexpr bool begins = std::is_constructible_v<Owner, const Pool &, Description>;
template <class Owner, class Description>
inline constexpr bool begins<Owner, std::optional<Description>> = begins<Owner, Description>;

template <class Owner, class Description, class Describe, class... Object>
Registration begin_or_throw(const Pool &pool, const Request &request, Describe &describe,
                            const Object &...object) {
    if constexpr (std::is_same_v<std::remove_const_t<Describe>, Members>) {
        static_assert(sizeof...(Object) == 1, "nothing is returned: describe it yourself");
        return detail::begin_described<Owner>(
            pool, detail::by_members<Description>(object..., request));
    } else if constexpr (std::is_invocable_v<Describe &, const Object &...>) {
        using Said = std::decay_t<std::invoke_result_t<Describe &, const Object &...>>;
        if constexpr (begins<Owner, Said>) {
            return detail::begin_described<Owner>(pool, std::invoke(describe, object...));
        } else {
            static_assert(begins<Owner, Said>,
                          "what describe returns is no ttmem::Allocation (for a buffer) or "
                          "ttmem::OnCores (for circular buffers and kernels), nor an optional one");
            return {};
        }
    } else if constexpr (begins<Owner, std::decay_t<Describe>>) {
        return detail::begin_described<Owner>(pool, describe);
    } else {
        static_assert(begins<Owner, std::decay_t<Describe>>,
                      "describe cannot be called with what create returns (as const &), and is no "
                      "ttmem::Allocation (for a buffer) or ttmem::OnCores (for circular buffers and "
                      "kernels) itself");
        return {};
    }
}

// Begins what `describe` says of `object` (of nothing, for void). `Owner` says which events these are.
template <class Owner, class Description, class Describe, class... Object>
Registration begin(const Pool &pool, const Request &request, Describe &describe,
                   const Object &...object) noexcept {
    if (!ttmem_attached()) {
        return {};
    }
#ifdef __cpp_exceptions
    try {
        return detail::begin_or_throw<Owner, Description>(pool, request, describe, object...);
    } catch (...) {
        // Something was created and nobody can say what: not silently.
        (void)ttmem_alloc(nullptr);
        return {};
    }
#else
    return detail::begin_or_throw<Owner, Description>(pool, request, describe, object...);
#endif
}

// Calls `create`, and reports what it throws.
template <class Create>
std::invoke_result_t<Create> create_or_fail(const Pool &pool, const Request &request,
                                            Create &&create) {
#ifdef __cpp_exceptions
    try {
        return std::invoke(std::forward<Create>(create));
    } catch (const std::exception &failure) {
        (void)pool.alloc_failed(request.type, request.size, failure.what());
        throw;
    } catch (...) {
        (void)pool.alloc_failed(request.type, request.size, "not a std::exception");
        throw;
    }
#else
    (void)pool, (void)request;
    return std::invoke(std::forward<Create>(create));
#endif
}

// Returns what `create` does, after `report` was called with it.
template <class Create, class Report>
std::invoke_result_t<Create> pass_through(Create &&create, const Report &report) {
    using Result = std::invoke_result_t<Create>;
    if constexpr (std::is_void_v<Result>) {
        std::invoke(std::forward<Create>(create));
        report();
    } else if constexpr (std::is_reference_v<Result>) {
        Result result = std::invoke(std::forward<Create>(create));
        report(result);
        return static_cast<Result>(result);
    } else {
        Result result = std::invoke(std::forward<Create>(create));
        report(result);
        return result;
    }
}

}  // namespace detail

// Creates a buffer and reports it: `alloc`, or `alloc_failed` with what was requested if `create` throws.
//
//     auto buffer = ttmem::track_buffer(pool, {ttmem::BufferType::L1, size, l1_banks},
//                                       [&] { return Buffer::create(device, size, page, type); });
template <class Create, class Describe = Members>
std::invoke_result_t<Create> track_buffer(const Pool &pool, const Request &request, Create &&create,
                                          Describe describe = {}) {
    return detail::pass_through(
        [&]() -> std::invoke_result_t<Create> {
            return detail::create_or_fail(pool, request, std::forward<Create>(create));
        },
        [&](const auto &...object) {
            detail::begin<Buffer, Allocation>(pool, request, describe, object...).release();
        });
}

// Creates circular buffers and reports them: `cb_alloc`.
//
//     const CBHandle cb = ttmem::create_circular_buffer_with_tracking(
//         pool, [&] { return CreateCircularBuffer(program, cores, config); },
//         [&](CBHandle handle) { return ttmem::OnCores{address, config.total_size(), 64, handle}; });
template <class Create, class Describe = Members>
std::invoke_result_t<Create> create_circular_buffer_with_tracking(const Pool &pool, Create &&create,
                                                                  Describe describe = {}) {
    return detail::pass_through(std::forward<Create>(create), [&](const auto &...object) {
        detail::begin<CircularBuffer, OnCores>(pool, {}, describe, object...).release();
    });
}

// Adds a kernel to a program and reports it: `kernel_load`.
//
//     const KernelHandle kernel = ttmem::add_kernel_with_tracking(
//         pool, [&] { return CreateKernel(program, "reader.cpp", cores, config); },
//         [&](KernelHandle handle) { return ttmem::OnCores{handle, binary_size, 64, handle}; });
template <class Create, class Describe = Members>
std::invoke_result_t<Create> add_kernel_with_tracking(const Pool &pool, Create &&create,
                                                      Describe describe = {}) {
    return detail::pass_through(std::forward<Create>(create), [&](const auto &...object) {
        detail::begin<Kernel, OnCores>(pool, {}, describe, object...).release();
    });
}

}  // namespace ttmem

#endif
