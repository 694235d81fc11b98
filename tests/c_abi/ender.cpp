// Holds two buffers and ends as its argument says.

#include "check.h"
#include "ttmem.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <unistd.h>

int main(int, char **arguments) {
    const std::string how = arguments[1];
    CHECK(ttmem_attach(nullptr) == TTMEM_DONE);
    const ttmem_pool pool = ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL);
    for (uint64_t address : {0, 4096}) {
        ttmem_allocation one{};
        one.struct_size = sizeof one;
        one.pool = pool;
        one.buffer_type = TTMEM_DRAM;
        one.banks = 2;
        one.address = address;
        one.requested = 2000;
        one.per_bank = 1024;
        CHECK(ttmem_alloc(&one) == TTMEM_DONE);
    }
    if (how == "stay") {
        std::printf("%d\n", static_cast<int>(getpid()));
        std::fflush(stdout);
        pause();
    }
    if (how == "exit") std::exit(5);
    if (how == "_exit") _exit(5);
    if (how == "throw") throw std::runtime_error("nobody catches this");
    if (how == "SIGTERM") std::raise(SIGTERM);
    if (how == "SIGKILL") std::raise(SIGKILL);
    return 0;
}
