// Wrappers: whatever the wrapped call returns or throws passes through unchanged, and what is reported is
// what really happened. `off` as first argument: the same while tracking is off.
#include "../c_abi/check.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <ttmem.hpp>
#include <type_traits>
#include <utility>

using ttmem::BufferType;
using ttmem::Request;

namespace {

// With the members that the runtime's buffers have.
struct Full {
    std::uint64_t size() const { return 1000; }
    std::uint32_t address() const { return 0x1000; }
    std::uint64_t aligned_size_per_bank() const { return 96; }
    enum class Type : std::uint8_t { DRAM, L1 };
    Type buffer_type() const { return Type::L1; }
    std::size_t unique_id() const { return 77; }
};

struct Mesh {
    std::uint64_t size() const { return 8000; }
    std::uint64_t device_local_size() const { return 2000; }
    std::uint64_t address() const { return 0x2000; }
};

// Neither copied nor moved.
struct Fixed {
    explicit Fixed(std::uint64_t where) : at{where} {}
    Fixed(const Fixed &) = delete;
    Fixed &operator=(const Fixed &) = delete;
    std::uint64_t size() const { return 500; }
    std::uint64_t address() const { return at; }
    std::uint64_t at;
};

struct Circular {
    struct Cores {
        std::uint32_t num_cores() const { return 4; }
    };
    std::uint64_t address() const { return 0x5000; }
    std::uint32_t size() const { return 1024; }
    Cores core_ranges() const { return {}; }
    std::uintptr_t id() const { return 9; }
};

struct OutOfMemory : std::runtime_error {
    using std::runtime_error::runtime_error;
    int detail = 3;
};

// A runtime may have functions of any name for its types: none of these is asked for.
template <class Object>
void size_of(const Object &) {}
template <class Object>
void id_of(const Object &) {}
template <class Number>
void buffer_type(Number) {}
template <class Object, class Asked, class Description>
void described(const Object &, const Asked &, Description) {}
template <class Description, class Object>
void by_members(const Object &, const Request &) {}

template <class Expected, class Actual>
void same_type(Actual &&) {
    static_assert(std::is_same_v<Expected, Actual &&>);
}

void passes_through(const ttmem::Pool &pool) {
    const Request request{BufferType::DRAM, 1000, 12};

    // By value, by whatever owns it, by reference, by a pointer to const.
    same_type<Full &&>(ttmem::track_buffer(pool, request, [] { return Full{}; }));
    pool.free(BufferType::L1, 0x1000);
    std::unique_ptr<Full> owned =
        ttmem::track_buffer(pool, request, [] { return std::make_unique<Full>(); });
    CHECK(owned != nullptr);
    pool.free(BufferType::L1, 0x1000);
    Full full;
    Full &reference = ttmem::track_buffer(pool, request, [&]() -> Full & { return full; });
    CHECK(&reference == &full);
    pool.free(BufferType::L1, 0x1000);
    same_type<Full &&>(
        ttmem::track_buffer(pool, request, [&]() -> Full && { return std::move(full); }));
    pool.free(BufferType::L1, 0x1000);
    const Full *pointer =
        ttmem::track_buffer(pool, request, [&]() -> const Full * { return &full; });
    CHECK(pointer == &full);
    // The last one stays: the object's own size, type, id and bytes per bank.

    // The share of one chip, not the size of all of them.
    const auto mesh =
        ttmem::track_buffer(pool, request, [] { return std::make_shared<Mesh>(); });
    CHECK(mesh.use_count() == 1);

    // Nothing came back, nothing is reported.
    CHECK(ttmem::track_buffer(pool, request, [] { return std::shared_ptr<Full>{}; }) == nullptr);

    // Nothing is returned: a description says what was made. It is not called while tracking is off.
    bool made = false;
    int asked = 0;
    ttmem::track_buffer(pool, request, [&] { made = true; }, [&] {
        asked++;
        return ttmem::Allocation{BufferType::DRAM, 0x3000, 300};
    });
    CHECK(made && asked == (ttmem::attached() ? 1 : 0));
    // Or is one.
    ttmem::track_buffer(pool, request, [] {}, ttmem::Allocation{BufferType::DRAM, 0x4000, 400});
    // Or says that there is nothing to report: a view of another buffer.
    const int view = ttmem::track_buffer(pool, request, [] { return 4; },
                                         [](int) { return std::optional<ttmem::Allocation>{}; });
    CHECK(view == 4);

    // A description that fails costs the report, which is counted, and not the object.
    const int kept = ttmem::track_buffer(
        pool, request, [] { return 5; },
        [](int) -> ttmem::Allocation { throw std::runtime_error{"who knows"}; });
    CHECK(kept == 5);
}

void failures(const ttmem::Pool &pool) {
    const Request request{BufferType::L1, 1 << 20, 64};
    bool caught = false;
    try {
        ttmem::track_buffer(pool, request, []() -> Full { throw OutOfMemory{"Out of Memory: 1 MiB"}; });
    } catch (const OutOfMemory &error) {
        caught = error.detail == 3;
    }
    CHECK(caught);
    int thrown = 0;
    try {
        (void)ttmem::tracked_buffer(pool, request, []() -> Full { throw 42; });
    } catch (int value) {
        thrown = value;
    }
    CHECK(thrown == 42);
    // Circular buffers and kernels that are not made are nothing to report.
    for (int turn = 0; turn < 2; turn++) {
        thrown = 0;
        try {
            const auto fail = []() -> Circular { throw 43; };
            if (turn == 0) {
                ttmem::create_circular_buffer_with_tracking(pool, fail);
            } else {
                ttmem::add_kernel_with_tracking(pool, fail);
            }
        } catch (int value) {
            thrown = value;
        }
        CHECK(thrown == 43);
    }
}

void on_cores(const ttmem::Pool &pool) {
    Circular &&circular =
        ttmem::create_circular_buffer_with_tracking(pool, [] { return Circular{}; });
    CHECK(circular.id() == 9);
    const std::uintptr_t handle = ttmem::add_kernel_with_tracking(
        pool, [] { return std::uintptr_t{6}; },
        [](std::uintptr_t kernel) { return ttmem::OnCores{kernel, 2048, 8, kernel}; });
    CHECK(handle == 6);
}

void holders(const ttmem::Pool &pool) {
    const bool on = ttmem::attached();
    {
        auto held = ttmem::tracked_buffer(pool, {BufferType::TRACE, 500}, [] {
            return std::make_unique<Fixed>(0u);
        });
        CHECK((*held)->size() == 500 && held.registration().live() == on);
        auto moved = std::move(held);
        CHECK(!held.registration().live());
        // What was held before ends, and goes after that.
        auto other = ttmem::tracked_buffer(pool, {BufferType::TRACE, 500}, [] {
            return std::make_unique<Fixed>(0x100u);
        });
        other = std::move(moved);
        CHECK(other.get()->address() == 0);

        // What cannot be moved is made in its place.
        const auto fixed = ttmem::tracked_buffer(pool, {BufferType::TRACE, 500},
                                                 [] { return Fixed{0x200}; });
        CHECK(fixed->address() == 0x200);
        Fixed elsewhere{0x300};
        const auto referring = ttmem::tracked_buffer(
            pool, {BufferType::TRACE, 500}, [&]() -> Fixed & { return elsewhere; });
        CHECK(&referring.get() == &elsewhere);

        const auto circular = ttmem::tracked_circular_buffer(
            pool, [] { return 1; }, [](int) { return ttmem::OnCores{0x6000, 256, 2}; });
        const auto kernel = ttmem::tracked_kernel(
            pool, [] { return 2; }, ttmem::OnCores{0x6000, 256, 2});
        CHECK(*circular == 1 && *kernel == 2 && kernel.registration().live() == on);
    }
    // What is given up lives on.
    const std::unique_ptr<Fixed> alone =
        ttmem::tracked_buffer(pool, {BufferType::TRACE, 500}, [] {
            return std::make_unique<Fixed>(0x400u);
        }).release();
    CHECK(alone->address() == 0x400);
}

}  // namespace

int main(int argc, char **argv) {
    const bool off = argc > 1 && std::string{argv[1]} == "off";
    CHECK(ttmem::attach() == (off ? ttmem::Outcome::Off : ttmem::Outcome::Done));
    // Never retired: the test looks at what is left.
    static const ttmem::Pool &pool = *new ttmem::Pool{ttmem::Pool::chip(0)};
    passes_through(pool);
    failures(pool);
    on_cores(pool);
    holders(pool);
    return 0;
}
