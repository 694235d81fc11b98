// Reports from wherever a program can still, or hardly, run code: destructors of statics and of threads,
// exit handlers, children. Prints where from, and what came of it; each report that is recorded leaves one
// buffer. `_exit` as first argument: ends that way.

#include "check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <sys/wait.h>
#include <thread>
#include <ttmem.h>
#include <unistd.h>

namespace {

std::atomic<ttmem_pool> pool{TTMEM_NO_POOL};
std::atomic<uint64_t> next_address{0};
const char *who = "parent";

void report(const char *where) {
    ttmem_allocation one{};
    one.struct_size = sizeof one;
    one.pool = pool;
    one.buffer_type = TTMEM_L1;
    one.banks = 1;
    one.address = next_address.fetch_add(64);
    one.requested = 64;
    one.per_bank = 64;
    const ttmem_outcome outcome = ttmem_alloc(&one);
    // Also what takes locks has to come back.
    (void)ttmem_peak(TTMEM_PROCESS_PEAKS, 0, TTMEM_L1);
    (void)ttmem_mark(where);
    dprintf(STDOUT_FILENO, "%s: %s %d\n", who, where, outcome);
}

struct AtItsEnd {
    const char *where;
    ~AtItsEnd() { report(where); }
};

AtItsEnd a_static{"destructor of a static"};

__attribute__((destructor)) void elf_destructor() { report("ELF destructor"); }
__attribute__((destructor(101))) void last_elf_destructor() { report("last ELF destructor"); }

void before_attach() { report("exit handler of before"); }
void after_attach() { report("exit handler of after"); }

pthread_key_t key;
void key_destructor(void *) { report("destructor of a thread's key"); }

// The thread's object is made before the thread's first event, so it outlives what ttmem keeps of the
// thread; keys are destroyed after all objects.
void in_a_thread(const char *where, bool reports) {
    thread_local AtItsEnd local{where};
    CHECK(local.where == where);
    CHECK(pthread_setspecific(key, &key) == 0);
    if (reports) report("thread");
}

void attach() {
    CHECK(ttmem_attach(nullptr) == TTMEM_DONE);
    pool = ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL);
    CHECK(pool != TTMEM_NO_POOL);
}

void wait_for(pid_t child) {
    int status = 0;
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

void fork_children(char *program) {
    pid_t child = fork();
    if (child == 0) {
        who = "child";
        report("forked");
        attach();
        report("attached itself");
        std::exit(0);
    }
    wait_for(child);

    char again[] = "again";
    char *arguments[] = {program, again, nullptr};
    child = vfork();
    if (child == 0) {
        execv(program, arguments);
        _exit(127);
    }
    wait_for(child);
    child = vfork();
    if (child == 0) _exit(0);
    wait_for(child);
    report("after its children");
}

}  // namespace

int main(int count, char **arguments) {
    const char *how = count > 1 ? arguments[1] : "";
    CHECK(pthread_key_create(&key, key_destructor) == 0);
    if (std::strcmp(how, "again") == 0) {
        who = "image";
        attach();
        report("replaced");
        return 0;
    }
    CHECK(std::atexit(before_attach) == 0);
    std::atomic<bool> attached{false};
    std::thread early{[&attached] {
        in_a_thread("destructor of an early thread's object", false);
        while (!attached) std::this_thread::yield();
        report("early thread");
    }};
    attach();
    attached = true;
    early.join();
    CHECK(std::atexit(after_attach) == 0);
    std::thread{in_a_thread, "destructor of a late thread's object", true}.join();
    std::thread{in_a_thread, "destructor of a silent thread's object", false}.join();
    thread_local AtItsEnd of_main{"destructor of the main thread's object"};
    CHECK(of_main.where != nullptr);
    fork_children(arguments[0]);
    if (std::strcmp(how, "_exit") == 0) _exit(0);
    return 0;
}
