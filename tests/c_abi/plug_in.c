/* A library that was linked to libttmem.a and is loaded for its loader's eyes only. */
#include "ttmem.h"

#include <string.h>

/* Reports by the copy of ttmem that is in here; returns the number of the first call that did not go
 * as it does with a copy that has what `full` says, or 0. */
int report(int full, const char *segment);

int report(int full, const char *segment) {
    ttmem_outcome done = full ? TTMEM_DONE : TTMEM_OFF;
    if (ttmem_attached())
        return 1;
    if (ttmem_attach(NULL) != TTMEM_DONE || !ttmem_attached())
        return 2;
    if (strcmp(ttmem_segment(), segment) != 0)
        return 3;
    if (ttmem_mark("plug-in") != TTMEM_DONE)
        return 4;
    ttmem_pool pool = ttmem_register_pool(TTMEM_POOL_CHIP, 1, 7, TTMEM_NO_POOL);
    if ((pool != TTMEM_NO_POOL) != full)
        return 5;
    ttmem_allocation buffer = {0};
    buffer.struct_size = sizeof buffer;
    buffer.pool = pool;
    buffer.buffer_type = TTMEM_DRAM;
    buffer.banks = 12;
    buffer.address = 4096;
    buffer.requested = 100;
    buffer.per_bank = 2048;
    if (ttmem_alloc(&buffer) != done)
        return 6;
    if (ttmem_peak(TTMEM_PROCESS_PEAKS, 0, TTMEM_DRAM) != (full ? 12 * 2048 : 0))
        return 7;
    return (ttmem_open_peaks() != TTMEM_NO_PEAKS) == full ? 0 : 8;
}
