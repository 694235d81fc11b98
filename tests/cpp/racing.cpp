// Two threads that count without minding each other: what a sanitizer has to see, tracked or not.
#include <thread>
#include <ttmem.hpp>

int main() {
    ttmem::attach();
    const ttmem::Pool pool = ttmem::Pool::chip(0);
    std::uint64_t made = 0;
    const auto report = [&] {
        for (int turn = 0; turn < 1000; turn++) {
            made++;
            const ttmem::Buffer buffer{pool, {ttmem::BufferType::L1, made << 12, 64}};
        }
    };
    std::thread one{report};
    std::thread other{report};
    one.join();
    other.join();
    return made == 0;
}
