// Owners: what is reported when one is made ends when it goes, however the scope is left.
//
//     c++ -std=c++17 owners.cpp $(pkg-config --cflags --libs ttmem) -o owners
//     TTMEM=1 TTMEM_KEEP=1 ./owners && ttmem log
#include <cstdio>
#include <ttmem.hpp>
#include <vector>

namespace {

constexpr std::uint32_t dram_banks = 12;

void decode(const ttmem::Pool &mesh) {
    // The mark `decode` here, `decode end` at the end of the scope.
    const ttmem::Phase phase{"decode"};
    // The peaks of this scope alone, on every chip.
    const ttmem::Peaks peaks;

    std::vector<ttmem::Buffer> activations;
    for (std::uint64_t layer = 0; layer < 4; layer++) {
        // 1 MiB on each chip of the mesh: one event, on however many chips.
        activations.emplace_back(
            mesh, ttmem::Allocation{ttmem::BufferType::DRAM, layer << 20, 1 << 20, dram_banks});
    }
    std::printf("peak of decode on chip 0: %llu bytes\n",
                static_cast<unsigned long long>(peaks.peak(0, ttmem::BufferType::DRAM)));
}

}  // namespace

int main() {
    ttmem::attach();

    for (std::uint32_t chip = 0; chip < 2; chip++) {
        ttmem::Device device{chip};
        device.arch = "wormhole_b0";
        device.dram_capacity = 12884901888;
        device.report();
    }

    // Two chips whose allocator works in lock-step, and the programs that run there.
    const ttmem::Pool mesh = ttmem::Pool::mesh({0, 1});
    const ttmem::Pool programs = ttmem::Pool::programs({0, 1});

    // Owners end in the opposite order in which they were made: before their pools.
    ttmem::Buffer weights{
        mesh, {ttmem::BufferType::DRAM, 0x1000000, 64 << 20, dram_banks, 0, 42}};
    const ttmem::Kernel kernel{programs, {0x8000, 2048, 64}};
    const ttmem::CircularBuffer circular{programs, {0x1a000, 65536, 64}};

    decode(mesh);

    // Somebody else frees them: nothing is reported when this owner goes.
    weights.release();
    // The pool goes all the same at the end of its scope, and everything in it ends. A program that
    // wants to see what was left looks before: `ttmem leaks`, or TTMEM_DUMP_AT_EXIT=1.
    ttmem::mark("end");
    return 0;
}
