/* Calls every function of the header with errno set, whatever the call comes to: with tracking off, with
 * arguments that are good, refused or impossible, in a forked child, and after detaching. Prints the name
 * of each function it calls; the test compares them with the header's. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ttmem.h>
#include <unistd.h>

/* No error has this number. */
#define MARKER 4711

static const char *phase;

/* Calls something, and says so the first time round. */
#define KEEPS(name, arguments)                                                       \
    do {                                                                             \
        errno = MARKER;                                                              \
        (void)name arguments;                                                        \
        if (errno != MARKER) {                                                       \
            fprintf(stderr, "%s changes errno to %d (%s, %s)\n", #name, errno,       \
                    #arguments, phase);                                              \
            exit(1);                                                                 \
        }                                                                            \
        if (strcmp(phase, "off") == 0) printf("%s\n", #name);                        \
    } while (0)

static ttmem_pool pool;

static void call_everything(void) {
    ttmem_allocation good, bad;
    ttmem_device device, nowhere;
    ttmem_cb_step step = {0x12000, 3, 1, 2};
    ttmem_pool more;
    ttmem_peaks peaks;
    static char endless[100000];
    memset(endless, 'x', sizeof endless - 1);
    memset(&good, 0, sizeof good);
    good.struct_size = sizeof good;
    good.pool = pool;
    good.buffer_type = TTMEM_L1;
    good.banks = 2;
    good.requested = 1000;
    good.per_bank = 512;
    bad = good;
    bad.per_bank = UINT64_MAX;
    memset(&device, 0, sizeof device);
    device.struct_size = sizeof device;
    device.arch = "wormhole_b0";
    nowhere = device;
    nowhere.chip = 64;

    KEEPS(ttmem_attached, ());
    KEEPS(ttmem_switched_on, ());
    KEEPS(ttmem_version, ());
    KEEPS(ttmem_segment, ());

    KEEPS(ttmem_report_device, (&device));
    KEEPS(ttmem_report_device, (&nowhere));
    KEEPS(ttmem_report_device, (NULL));

    KEEPS(ttmem_register_pool, (TTMEM_POOL_CHIP, 1, 0, TTMEM_NO_POOL));
    KEEPS(ttmem_register_pool, (99, 1, 0, TTMEM_NO_POOL));
    KEEPS(ttmem_register_pool, (TTMEM_POOL_CHIP, 0, 0, TTMEM_NO_POOL));
    KEEPS(ttmem_register_pool, (TTMEM_POOL_CHIP, 1, 0, 400));

    KEEPS(ttmem_alloc, (&good));
    KEEPS(ttmem_alloc, (&good));
    good.requested++;
    KEEPS(ttmem_alloc, (&good));
    KEEPS(ttmem_alloc, (&bad));
    KEEPS(ttmem_alloc, (NULL));
    KEEPS(ttmem_free, (pool, TTMEM_L1, 0));
    KEEPS(ttmem_free, (pool, TTMEM_L1, 0));
    KEEPS(ttmem_free, (pool, TTMEM_DRAM, 77));
    KEEPS(ttmem_free, (pool, 99, 0));
    KEEPS(ttmem_alloc, (&good));
    KEEPS(ttmem_free_any, (pool, 0));
    KEEPS(ttmem_free_any, (pool, 0));
    KEEPS(ttmem_free_any, (400, 0));
    KEEPS(ttmem_alloc, (&good));
    KEEPS(ttmem_free_any, (TTMEM_ANY_POOL, 0));
    KEEPS(ttmem_free_any, (TTMEM_ANY_POOL, 0));

    KEEPS(ttmem_cb_alloc, (&good));
    KEEPS(ttmem_cb_alloc, (NULL));
    KEEPS(ttmem_cb_free, (pool, 0));
    KEEPS(ttmem_cb_free, (400, 0));
    KEEPS(ttmem_kernel_load, (&good));
    KEEPS(ttmem_kernel_load, (&bad));
    KEEPS(ttmem_kernel_unload, (pool, 0));
    KEEPS(ttmem_kernel_unload, (pool, 0));

    KEEPS(ttmem_alloc_failed, (pool, TTMEM_L1, 1, "no room"));
    KEEPS(ttmem_alloc_failed, (pool, 99, 1, NULL));
    KEEPS(ttmem_alloc_failed, (pool, TTMEM_L1, 1, endless));
    KEEPS(ttmem_mark, ("phase"));
    KEEPS(ttmem_mark, ("\xff not text"));
    KEEPS(ttmem_mark, (endless));
    KEEPS(ttmem_mark, (NULL));
    KEEPS(ttmem_set_cb_gauge, (1, 1, 1, 1));
    KEEPS(ttmem_set_cb_steps, (1, &step, 1));
    KEEPS(ttmem_set_cb_steps, (1, NULL, 0));

    KEEPS(ttmem_open_peaks, ());
    peaks = ttmem_open_peaks();
    KEEPS(ttmem_peak, (peaks, 0, TTMEM_L1));
    KEEPS(ttmem_peak, (peaks, 64, 99));
    KEEPS(ttmem_reset_peak, (peaks, 0, TTMEM_L1_CORE));
    KEEPS(ttmem_reset_peak, (4000, 0, 0));
    KEEPS(ttmem_close_peaks, (peaks));
    KEEPS(ttmem_close_peaks, (peaks));

    KEEPS(ttmem_clear_pool, (pool));
    KEEPS(ttmem_clear_pool, (400));
    more = ttmem_register_pool(TTMEM_POOL_SUBMESH, 2, 0, TTMEM_NO_POOL);
    KEEPS(ttmem_retire_pool, (more));
    KEEPS(ttmem_retire_pool, (more));
}

static void attach_in_every_way(int good) {
    ttmem_options options;
    memset(&options, 0, sizeof options);
    KEEPS(ttmem_attach, (&options));
    options.struct_size = sizeof options;
    options.mode = 0666;
    KEEPS(ttmem_attach, (&options));
    options.mode = 0;
    options.always = 1;
    options.ring_records = UINT64_MAX;
    KEEPS(ttmem_attach, (&options));
    options.ring_records = 0;
    options.dir = "/no/such/directory";
    KEEPS(ttmem_attach, (&options));
    CHECK(!ttmem_attached());
    KEEPS(ttmem_attach, (NULL));
    CHECK(ttmem_attached() == good);
    KEEPS(ttmem_attach, (NULL));
}

static void in_a_child(void) {
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        phase = "forked";
        CHECK(!ttmem_attached());
        call_everything();
        phase = "a child that attaches itself";
        attach_in_every_way(1);
        pool = ttmem_register_pool(TTMEM_POOL_MESH, 3, 0, TTMEM_NO_POOL);
        call_everything();
        KEEPS(ttmem_detach, ());
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
    phase = "off";
    setenv("TTMEM", "0", 1);
    KEEPS(ttmem_attach, (NULL));
    call_everything();
    KEEPS(ttmem_detach, ());
    fflush(stdout);

    setenv("TTMEM", "1", 1);
    phase = "attaching";
    attach_in_every_way(1);
    phase = "attached";
    pool = ttmem_register_pool(TTMEM_POOL_MESH, 3, 0, TTMEM_NO_POOL);
    call_everything();
    in_a_child();

    phase = "detached";
    KEEPS(ttmem_detach, ());
    call_everything();
    KEEPS(ttmem_detach, ());
    return 0;
}
