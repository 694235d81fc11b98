// SPDX-License-Identifier: MIT OR Apache-2.0
//
// What an object of the runtime says of itself.
#ifndef TTMEM_MEMBERS_HPP
#define TTMEM_MEMBERS_HPP

#include "allocation.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace ttmem {

// What is asked of an allocator. Known also when it fails.
struct Request {
    BufferType type = BufferType::DRAM;
    // Bytes.
    std::uint64_t size = 0;
    // Banks of the allocator for this type, among which it spreads a buffer.
    std::uint32_t banks = 1;
};

// The default description of an object: what its own members say, whether it is returned itself or by
// a pointer of any sort. A null pointer is nothing to report.
//
// Required are `address()` and `size()`. Where there are such members,
//   - `device_local_size()`, the share of one chip of a mesh, goes before `size()`,
//   - `aligned_size_per_bank()` is what is occupied of each bank,
//   - `buffer_type()` goes before the requested type,
//   - `core_ranges().num_cores()` are the cores of a circular buffer or a kernel,
//   - `unique_id()`, or else `id()`, is the runtime's id.
struct Members {};

// Calls are qualified: an object's own namespace may have functions of these names.
namespace detail {

template <template <class> class Expression, class Object, class = void>
inline constexpr bool has = false;
template <template <class> class Expression, class Object>
inline constexpr bool has<Expression, Object, std::void_t<Expression<Object>>> = true;

template <class T> using AddressOf = decltype(std::declval<const T &>().address());
template <class T> using SizeOf = decltype(std::declval<const T &>().size());
template <class T> using LocalSizeOf = decltype(std::declval<const T &>().device_local_size());
template <class T> using PerBankOf = decltype(std::declval<const T &>().aligned_size_per_bank());
template <class T> using TypeOf = decltype(std::declval<const T &>().buffer_type());
template <class T> using CoresOf = decltype(std::declval<const T &>().core_ranges().num_cores());
template <class T> using UniqueIdOf = decltype(std::declval<const T &>().unique_id());
template <class T> using IdOf = decltype(std::declval<const T &>().id());
template <class T> using PointeeOf = decltype(*std::declval<const T &>());

template <class Number>
constexpr std::uint64_t bytes(Number number) noexcept {
    return static_cast<std::uint64_t>(number);
}

template <class Object>
std::uint64_t size_of(const Object &object) {
    if constexpr (has<LocalSizeOf, Object>) {
        return detail::bytes(object.device_local_size());
    } else {
        return detail::bytes(object.size());
    }
}

template <class Object>
std::uint64_t id_of(const Object &object) {
    if constexpr (has<UniqueIdOf, Object>) {
        return detail::bytes(object.unique_id());
    } else if constexpr (has<IdOf, Object>) {
        return detail::bytes(object.id());
    } else {
        return 0;
    }
}

template <class Object>
Allocation described(const Object &object, const Request &request, Allocation) {
    Allocation allocation;
    allocation.type = request.type;
    if constexpr (has<TypeOf, Object>) {
        allocation.type = ttmem::buffer_type(object.buffer_type());
    }
    allocation.address = detail::bytes(object.address());
    allocation.requested = detail::size_of(object);
    allocation.banks = request.banks;
    if constexpr (has<PerBankOf, Object>) {
        allocation.per_bank = detail::bytes(object.aligned_size_per_bank());
    }
    allocation.id = detail::id_of(object);
    return allocation;
}

template <class Object>
OnCores described(const Object &object, const Request &, OnCores) {
    OnCores on_cores;
    on_cores.address = detail::bytes(object.address());
    on_cores.per_core = detail::size_of(object);
    if constexpr (has<CoresOf, Object>) {
        on_cores.cores = static_cast<std::uint32_t>(object.core_ranges().num_cores());
    }
    on_cores.id = detail::id_of(object);
    return on_cores;
}

template <class Object>
inline constexpr bool says_size = has<SizeOf, Object> || has<LocalSizeOf, Object>;

// As `Description`, the object itself or what it points to.
template <class Description, class Object>
std::optional<Description> by_members(const Object &object, const Request &request) {
    if constexpr (has<AddressOf, Object> && says_size<Object>) {
        return detail::described(object, request, Description{});
    } else if constexpr (has<AddressOf, Object>) {
        static_assert(says_size<Object>, "this has address() but no size(): describe it yourself");
        return std::nullopt;
    } else if constexpr (has<PointeeOf, Object>) {
        if (!object) {
            return std::nullopt;
        }
        return detail::by_members<Description>(*object, request);
    } else {
        static_assert(has<PointeeOf, Object>,
                      "neither this nor what it points to has address() and size(): "
                      "describe it yourself");
        return std::nullopt;
    }
}

}  // namespace detail
}  // namespace ttmem

#endif
