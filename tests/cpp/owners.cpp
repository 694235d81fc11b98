// Owners: moved, ended early, released, in a forked child, and while tracking is off (`off` as first
// argument). Checks what each call returns; the test reads what is left.
#include "../c_abi/check.h"

#include <string>
#include <sys/wait.h>
#include <ttmem.hpp>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

using ttmem::Allocation;
using ttmem::BufferType;
using ttmem::Outcome;

namespace {

static_assert(std::is_nothrow_move_constructible_v<ttmem::Pool>);
static_assert(!std::is_copy_constructible_v<ttmem::Pool>);
static_assert(std::is_nothrow_move_assignable_v<ttmem::Buffer>);
static_assert(!std::is_copy_constructible_v<ttmem::Buffer>);
static_assert(!std::is_move_constructible_v<ttmem::Phase>);

void report_while_off() {
    ttmem::Pool pool = ttmem::Pool::chip(0);
    CHECK(!pool);
    const ttmem::Phase phase{"off"};
    const ttmem::Peaks peaks;
    CHECK(!peaks.open());
    CHECK(peaks.peak(0, BufferType::L1) == 0);
    ttmem::Buffer buffer{pool, {BufferType::L1, 0, 4096}};
    CHECK(buffer.outcome() == Outcome::Off);
    CHECK(!buffer.live());
    CHECK(buffer.end() == Outcome::Off);
    CHECK(ttmem::Device{0}.report() == Outcome::Off);
    CHECK(ttmem::mark("off") == Outcome::Off);
    CHECK(ttmem::segment()[0] == '\0');
}

void registering() {
    // What is out of range leaves no pool behind, and is counted.
    CHECK(!ttmem::Pool::chip(64));
    CHECK(!ttmem::Pool::chip(-1));
    CHECK(!ttmem::Pool::mesh({0, 1, 64}));
    CHECK(!ttmem::Pool::mesh({}));

    const ttmem::Pool by_bits = ttmem::Pool::mesh(std::bitset<64>{6});
    CHECK(by_bits);
    ttmem::Pool first = ttmem::Pool::mesh(ttmem::Chips::of(std::vector<int>{1, 2}), 7);
    ttmem::Pool second = ttmem::Pool::submesh(first, {1}, 8);
    const ttmem_pool handle = first.handle();
    CHECK(first && second);
    second = std::move(first);
    CHECK(!first && second.handle() == handle);
    CHECK(second.alloc({BufferType::DRAM, 0, 4096}) == Outcome::Done);
    CHECK(second.alloc({BufferType::DRAM, 0, 4096}) == Outcome::Referenced);
    CHECK(second.free(BufferType::DRAM, 0) == Outcome::Referenced);
    CHECK(second.free_any(0) == Outcome::Done);
    second.retire();
    CHECK(!second);
    CHECK(second.alloc({BufferType::DRAM, 0, 4096}) == Outcome::Rejected);
}

void owning(const ttmem::Pool &pool, std::vector<ttmem::Buffer> &kept) {
    {
        ttmem::Buffer first{pool, {BufferType::L1, 0x1000, 1000, 64, 32, 5}};
        CHECK(first.outcome() == Outcome::Done && first.live());
        ttmem::Buffer second{std::move(first)};
        CHECK(!first.live() && second.live() && second.address() == 0x1000);
        ttmem::Buffer third{pool, {BufferType::L1, 0x2000, 1000}};
        // What it owned before ends.
        third = std::move(second);
        CHECK(third.address() == 0x1000);
        CHECK(pool.free(BufferType::L1, 0x2000) == Outcome::DoubleFree);
        CHECK(third.end() == Outcome::Done);
        CHECK(third.end() == Outcome::Off);

        ttmem::Buffer refused{pool, {BufferType::CB, 0x3000, 1000}};
        CHECK(refused.outcome() == Outcome::Rejected && !refused.live());
        const ttmem::CircularBuffer circular{pool, {0x4000, 512, 8}};
        const ttmem::Kernel kernel{pool, {0x4000, 2048, 8}};
        CHECK(circular.live() && kernel.live());
        CHECK(circular.type() == BufferType::CB && kernel.type() == BufferType::KERNEL);
    }
    for (std::uint64_t number = 0; number < 100; number++) {
        // 1000 bytes over 12 banks: 84 of each.
        kept.emplace_back(pool, Allocation{BufferType::DRAM, number << 12, 1000, 12});
    }
    kept[0].release();
    kept.erase(kept.begin() + 10, kept.end());
}

void observing(const ttmem::Pool &pool) {
    ttmem::Peaks outer;
    {
        const ttmem::Buffer buffer{pool, {BufferType::TRACE, 0, 1 << 20}};
        ttmem::Peaks inner;
        CHECK(inner.peak(0, BufferType::TRACE) == 1 << 20);
        CHECK(inner.reset(0, BufferType::TRACE) == 1 << 20);
    }
    CHECK(outer.peak(0, BufferType::TRACE) == 1 << 20);
    CHECK(outer.reset(0, BufferType::TRACE) == 1 << 20);
    CHECK(outer.peak(0, BufferType::TRACE) == 0);
    CHECK(outer.peak(64, BufferType::TRACE) == 0);
    const ttmem::Peaks moved = std::move(outer);
    CHECK(moved.open() && !outer.open());
}

void marking() {
    const ttmem::Phase outer{std::string{"outer"}};
    {
        ttmem::Phase inner{"inner"};
        inner.end();
        inner.end();
    }
    // As long as a name can be and longer, with the end told all the same, and no character broken.
    const ttmem::Phase longer{std::string(107, 'x') + "\u00e4\u00e4\u00e4"};
    const char *const none = nullptr;
    const ttmem::Phase nameless{none};
    CHECK(ttmem::mark(none) == Outcome::Rejected);
}

// What the parent began is the parent's to end, even where the same handle means a pool of the child.
void forking(const ttmem::Pool &pool) {
    const int parent = getpid();
    {
        const ttmem::Phase phase{"forking"};
        const ttmem::Peaks peaks;
        ttmem::Buffer inherited{pool, {BufferType::L1, 0x9000, 64}};
        if (fork() == 0) {
            CHECK(!ttmem::attached());
            CHECK(ttmem::attach() == Outcome::Done);
            CHECK(!pool && !inherited.live() && !peaks.open());
            CHECK(pool.free(BufferType::L1, 0x9000) == Outcome::Rejected);
            const ttmem::Pool own = ttmem::Pool::chip(1);
            ttmem::Buffer buffer{own, {BufferType::L1, 0x9000, 128}};
            CHECK(buffer.live());
            CHECK(inherited.end() == Outcome::Off);
            buffer.release();
            // Not what destructors of the child end: the test looks at what is left.
            own.alloc({BufferType::L1, 0xa000, 256});
            new ttmem::Pool{ttmem::Pool::chip(2)};
            _exit(0);
        }
        int status = 0;
        CHECK(wait(&status) > 0 && status == 0);
    }
    CHECK(getpid() == parent);
}

}  // namespace

int main(int argc, char **argv) {
    if (argc > 1 && std::string{argv[1]} == "off") {
        CHECK(ttmem::attach() == Outcome::Off);
        report_while_off();
        return 0;
    }
    CHECK(ttmem::switched_on() && ttmem::attach() == Outcome::Done && ttmem::attached());
    CHECK(std::string{ttmem::segment()}.find("ttmem.") != std::string::npos);
    ttmem::Device device{0};
    device.arch = "wormhole_b0";
    device.dram_capacity = 12884901888;
    CHECK(device.report() == Outcome::Done);

    registering();
    // Kept to the end, and not ended there: the test looks at what is left.
    static const ttmem::Pool &pool = *new ttmem::Pool{ttmem::Pool::chip(0)};
    static std::vector<ttmem::Buffer> &kept = *new std::vector<ttmem::Buffer>;
    owning(pool, kept);
    observing(pool);
    marking();
    forking(pool);
    // Destroyed at the end of the process, before the process detaches.
    static const ttmem::Buffer late{pool, {BufferType::SYSTEM_MEMORY, 0, 8192}};
    return 0;
}
