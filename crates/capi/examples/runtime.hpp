// Stands in for a runtime: types and functions of the shape that tt-metal's have, without a device
// behind them, so that the examples beside this file compile anywhere.
#ifndef EXAMPLES_RUNTIME_HPP
#define EXAMPLES_RUNTIME_HPP

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace runtime {

enum class BufferType : std::uint8_t { DRAM, L1, SYSTEM_MEMORY, L1_SMALL, TRACE };

// A chip, with 16 MiB of L1 that is handed out from the bottom.
class Device {
public:
    static constexpr std::uint64_t capacity = 16 << 20;

    std::uint64_t take(std::uint64_t size) {
        if (size > capacity - taken_) {
            throw std::runtime_error{"Out of Memory: Not enough space to allocate " +
                                     std::to_string(size) + " B"};
        }
        taken_ += size;
        return taken_ - size;
    }

private:
    std::uint64_t taken_ = 0;
};

// Handed out by shared pointer; frees when the last one goes.
class Buffer {
public:
    static std::shared_ptr<Buffer> create(Device *device, std::uint64_t size,
                                          std::uint64_t page_size, BufferType type) {
        return std::shared_ptr<Buffer>{new Buffer{device->take(size), size, page_size, type}};
    }

    std::uint64_t address() const { return address_; }
    std::uint64_t size() const { return size_; }
    std::uint64_t aligned_size_per_bank() const { return (size_ + 63) / 64; }
    BufferType buffer_type() const { return type_; }
    std::size_t unique_id() const { return static_cast<std::size_t>(address_ + 1); }
    std::uint64_t page_size() const { return page_size_; }

private:
    Buffer(std::uint64_t address, std::uint64_t size, std::uint64_t page_size, BufferType type)
        : address_{address}, size_{size}, page_size_{page_size}, type_{type} {}

    std::uint64_t address_, size_, page_size_;
    BufferType type_;
};

// The same on all chips of a mesh. `size` is that of all chips together.
class MeshBuffer {
public:
    static std::shared_ptr<MeshBuffer> create(Device *device, std::uint64_t size,
                                              std::uint64_t chips) {
        return std::make_shared<MeshBuffer>(device->take(size / chips), size, size / chips);
    }

    MeshBuffer(std::uint64_t address, std::uint64_t size, std::uint64_t local)
        : address_{address}, size_{size}, local_{local} {}

    std::uint64_t address() const { return address_; }
    std::uint64_t size() const { return size_; }
    std::uint64_t device_local_size() const { return local_; }

private:
    std::uint64_t address_, size_, local_;
};

using CBHandle = std::uintptr_t;
using KernelHandle = std::uint32_t;

struct CoreRange {
    std::uint32_t columns, rows;
    std::uint32_t size() const { return columns * rows; }
};

struct CircularBufferConfig {
    std::uint32_t total_size;
};

struct Program {
    std::map<CBHandle, CircularBufferConfig> circular_buffers;
    std::vector<std::string> kernels;
};

inline CBHandle CreateCircularBuffer(Program &program, const CoreRange &,
                                     const CircularBufferConfig &config) {
    const CBHandle handle = program.circular_buffers.size() + 1;
    program.circular_buffers.emplace(handle, config);
    return handle;
}

inline const CircularBufferConfig &GetCircularBufferConfig(Program &program, CBHandle handle) {
    return program.circular_buffers.at(handle);
}

inline KernelHandle CreateKernel(Program &program, const std::string &file, const CoreRange &) {
    program.kernels.push_back(file);
    return static_cast<KernelHandle>(program.kernels.size());
}

}  // namespace runtime

#endif
