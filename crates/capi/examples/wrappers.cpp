// Creating and reporting in one call: the runtime's own calls, wrapped. What they return or throw is what
// the caller gets, and only what really happened is reported.
//
//     c++ -std=c++17 wrappers.cpp $(pkg-config --cflags --libs ttmem) -o wrappers
//     TTMEM=1 TTMEM_KEEP=1 ./wrappers && ttmem log
//
// runtime.hpp stands in for the runtime: put yours in its place.
#include "runtime.hpp"

#include <cstdio>
#include <ttmem.hpp>

using namespace runtime;

namespace {

constexpr std::uint32_t l1_banks = 64;

}  // namespace

int main() {
    ttmem::attach();
    const ttmem::Pool pool = ttmem::Pool::chip(0);
    const ttmem::Pool mesh = ttmem::Pool::mesh({0, 1, 2, 3});
    const ttmem::Pool programs = ttmem::Pool::programs({0});
    Device device;

    // Reported from what the buffer itself says: its address, size, size per bank, type and id.
    const std::shared_ptr<Buffer> kept =
        ttmem::track_buffer(pool, {ttmem::BufferType::L1, 1 << 20, l1_banks}, [&] {
            return Buffer::create(&device, 1 << 20, 2048, BufferType::L1);
        });
    // Its end is ours to report, before it is freed.
    pool.free(ttmem::BufferType::L1, kept->address());

    // Or held together with its report: both end with this variable.
    const auto held = ttmem::tracked_buffer(
        mesh, {ttmem::BufferType::L1, 4 << 20, l1_banks},
        [&] { return MeshBuffer::create(&device, 4 << 20, 4); });
    std::printf("on each chip: %llu bytes\n",
                static_cast<unsigned long long>((*held)->device_local_size()));

    // A request that fails is reported as such, with the runtime's own message; the exception is ours.
    try {
        ttmem::track_buffer(pool, {ttmem::BufferType::L1, 64 << 20, l1_banks}, [&] {
            return Buffer::create(&device, 64 << 20, 2048, BufferType::L1);
        });
    } catch (const std::runtime_error &error) {
        std::printf("%s\n", error.what());
    }

    // A handle says nothing of itself, so a description does: asked for after the call, with what it
    // returned. Here the handle stands for the address, which the runtime has not chosen yet.
    Program program;
    const CoreRange cores{8, 8};
    const CBHandle circular = ttmem::create_circular_buffer_with_tracking(
        programs, [&] { return CreateCircularBuffer(program, cores, {65536}); },
        [&](CBHandle handle) {
            const CircularBufferConfig &config = GetCircularBufferConfig(program, handle);
            return ttmem::OnCores{handle, config.total_size, cores.size(), handle};
        });

    const auto kernel = ttmem::tracked_kernel(
        programs, [&] { return CreateKernel(program, "reader.cpp", cores); },
        [&](KernelHandle handle) { return ttmem::OnCores{handle, 2048, cores.size(), handle}; });
    std::printf("kernel %u\n", *kernel);

    programs.cb_free(circular);
    return 0;
}
