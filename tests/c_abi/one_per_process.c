/* Reports through whichever copy of ttmem its calls come to, and looks on from its children.
 * Usage: one_per_process [unasked] */
#define _GNU_SOURCE
#include "ttmem.h"

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef OPENS_A_DEVICE
int run(void);
#endif

static ttmem_pool pool;

static ttmem_outcome allocate(uint64_t address) {
    ttmem_allocation buffer = {0};
    buffer.struct_size = sizeof buffer;
    buffer.pool = pool;
    buffer.buffer_type = TTMEM_L1;
    buffer.banks = 4;
    buffer.address = address;
    buffer.requested = 1000;
    buffer.per_bank = 1024;
    return ttmem_alloc(&buffer);
}

/* What nobody attached answers. */
static void check_that_all_is_off(void) {
    CHECK(!ttmem_attached());
    CHECK(strcmp(ttmem_segment(), "") == 0);
    CHECK(ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL) == TTMEM_NO_POOL);
    CHECK(allocate(4096) == TTMEM_OFF);
    CHECK(ttmem_free(pool, TTMEM_L1, 4096) == TTMEM_OFF);
    CHECK(ttmem_free_any(pool, 4096) == TTMEM_OFF);
    CHECK(ttmem_mark("nobody sees it") == TTMEM_OFF);
    CHECK(ttmem_open_peaks() == TTMEM_NO_PEAKS);
    CHECK(ttmem_peak(TTMEM_PROCESS_PEAKS, 0, TTMEM_L1) == 0);
    CHECK(ttmem_reset_peak(TTMEM_PROCESS_PEAKS, 0, TTMEM_L1) == 0);
    CHECK(ttmem_close_peaks(1) == TTMEM_OFF);
    ttmem_detach();
}

/* Runs `body` in a child that ends by _exit, as Python's workers do. */
static void in_a_child(void (*body)(void)) {
    pid_t child = fork();
    if (child == 0) {
        /* It must not wait for a lock that a thread held which it does not have. */
        alarm(30);
        body();
        _exit(0);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static void attach_and_allocate(void) {
    check_that_all_is_off();
    CHECK(ttmem_attach(NULL) == TTMEM_DONE);
    pool = ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL);
    CHECK(allocate(64) == TTMEM_DONE);
    CHECK(ttmem_peak(TTMEM_PROCESS_PEAKS, 0, TTMEM_L1) == 4096);
}

static void check_peaks(void) {
    ttmem_peaks mine = ttmem_open_peaks();
    CHECK(mine != TTMEM_NO_PEAKS && mine != TTMEM_PROCESS_PEAKS);
    CHECK(allocate(8192) == TTMEM_DONE);
    CHECK(ttmem_free_any(pool, 8192) == TTMEM_DONE);
    CHECK(ttmem_reset_peak(mine, 0, TTMEM_L1) == 8192);
    CHECK(ttmem_peak(mine, 0, TTMEM_L1) == 4096);
    CHECK(ttmem_peak(TTMEM_PROCESS_PEAKS, 0, TTMEM_L1) == 8192);
    CHECK(ttmem_peak(mine, 0, TTMEM_L1_CORE) == 2048);
    CHECK(ttmem_close_peaks(mine) == TTMEM_DONE);
    CHECK(ttmem_peak(mine, 0, TTMEM_L1) == 0);
}

static atomic_bool enough;

static void *ask_for_peaks(void *unused) {
    while (!enough) {
        ttmem_peaks mine = ttmem_open_peaks();
        CHECK(ttmem_reset_peak(mine, 0, TTMEM_L1) == 4096);
        CHECK(ttmem_close_peaks(mine) == TTMEM_DONE);
    }
    return unused;
}

int main(int count, char **arguments) {
    check_that_all_is_off();
    ttmem_options always = {0};
    always.struct_size = sizeof always;
    always.always = 1;
    int unasked = count > 1 && strcmp(arguments[1], "unasked") == 0;
    if (unasked)
        CHECK(ttmem_attach(NULL) == TTMEM_OFF);
    CHECK(ttmem_attach(unasked ? &always : NULL) == TTMEM_DONE);
    CHECK(ttmem_attach(NULL) == TTMEM_DONE);
    CHECK(ttmem_attached());
    CHECK(access(ttmem_segment(), R_OK) == 0);
    CHECK(ttmem_mark("before") == TTMEM_DONE);
#ifdef OPENS_A_DEVICE
    CHECK(run() == 0);
#endif
    pool = ttmem_register_pool(TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL);
    CHECK(allocate(4096) == TTMEM_DONE);
    check_peaks();
    CHECK(ttmem_mark("after") == TTMEM_DONE);
    printf("%s\n", ttmem_segment());
    LET_THE_TEST_LOOK();

    in_a_child(check_that_all_is_off);
    pthread_t asking;
    CHECK(pthread_create(&asking, NULL, ask_for_peaks, NULL) == 0);
    for (int round = 0; round < 8 && !unasked; round++)
        in_a_child(attach_and_allocate);
    enough = true;
    CHECK(pthread_join(asking, NULL) == 0);
    pid_t child = vfork();
    if (child == 0)
        _exit(0);
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(ttmem_attached());
    CHECK(allocate(4096) == TTMEM_REFERENCED);

    /* What comes after a detach is another segment, with nothing of the first in it. */
    ttmem_detach();
    check_that_all_is_off();
    CHECK(ttmem_attach(unasked ? &always : NULL) == TTMEM_DONE);
    CHECK(allocate(4096) == TTMEM_REJECTED);
    CHECK(ttmem_mark("anew") == TTMEM_DONE);
    printf("%s\n", ttmem_segment());
    LET_THE_TEST_LOOK();
    fflush(NULL);
    _exit(0);
}
