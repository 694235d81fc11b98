/* Reports events to LTTng-UST when it is told to: each line on stdin is a number of events, each line on
 * stdout the nanoseconds that one took. The first line is "ready" once somebody records the tracepoint.
 *
 * Built with -llttng-ust -ldl. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_peer_tp.h"

#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(void) {
    /* Ten seconds: the recording side needs a moment to hear of this process. */
    for (int tries = 0; !lttng_ust_tracepoint_enabled(ttmem_peer, event); tries++) {
        if (tries == 1000) {
            fprintf(stderr, "the tracepoint was not switched on\n");
            return 1;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    puts("ready");
    fflush(stdout);
    long events;
    while (scanf("%ld", &events) == 1) {
        double start = now();
        for (long event = 0; event < events; event++)
            lttng_ust_tracepoint(ttmem_peer, event, 1 + event % 2, 0, 0, 12, event % 256 * 2048, 24000, 2048, 0);
        printf("%f\n", (now() - start) / events);
        fflush(stdout);
    }
    return 0;
}
