// SPDX-License-Identifier: MIT OR Apache-2.0
// Made from the Rust source by `cargo xtask header --write`; a check compares the two.
//
// ttmem records what a program allocates on its accelerators in a shared-memory segment that
// outlives it. A program attaches once and then reports; `ttmem` looks on.
//
//   - Tracking is off unless the environment says TTMEM=1 (or TT_ALLOC_TRACKING_ENABLED=1). While it
//     is off a call does nothing at the cost of two branches and says so: outcomes are TTMEM_OFF, pools
//     TTMEM_NO_POOL, observers of peaks TTMEM_NO_PEAKS, figures 0, texts "".
//   - Reporting an event never blocks, allocates, enters the kernel or changes errno, and may be done
//     from any thread. Attaching, detaching, registering, retiring and clearing pools, and asking for peaks
//     are not events: they take a lock.
//   - No argument makes a call crash: what is out of range is answered with TTMEM_REJECTED, counted
//     in the segment, and changes nothing else. Pointers must be NULL or valid.
//   - All sizes are in bytes. Structures start with their own size: set `struct_size` to sizeof and
//     everything not needed to zero, and the program goes on working with later versions.
//   - A forked child is not attached; it may attach itself and then has a segment of its own.
//   - One process has one segment, however many copies of the library are in it. Under `ttmem run` it
//     is the preload library that reports, what the runtime does and what the program says alike.
//   - Peaks may be asked for since any moment: TTMEM_PROCESS_PEAKS, or an observer of one's own.
//
// Report a free before the memory is really given back and an allocation after it was really
// obtained: no other thread can then be seen holding the address in between.

#ifndef TTMEM_H
#define TTMEM_H

#include <stdbool.h>
#include <stdint.h>

// Nothing is attached; nothing was recorded.
#define TTMEM_OFF 0

// Recorded.
#define TTMEM_DONE 1

// The allocation was live with this size: it gained or lost a reference.
#define TTMEM_REFERENCED 2

// The allocation was live with another size: that one was ended and a new one begun.
#define TTMEM_REPLACED 3

// Freed what was not live and, as far as is remembered, never had been. Counted.
#define TTMEM_UNKNOWN_FREE 4

// Freed what had been freed before. Counted.
#define TTMEM_DOUBLE_FREE 5

// The table of live allocations is full: the allocation is in no total. Counted.
#define TTMEM_LIVE_OVERFLOW 6

// An argument was out of range: nothing was done. Counted, if attached.
#define TTMEM_REJECTED -1

// The process could not be attached; one line on stderr has said why.
#define TTMEM_FAILED -2

// Buffer type: the device's DRAM. The first five carry the runtime's own numbers.
#define TTMEM_DRAM 0

// Buffer type: the SRAM of the cores.
#define TTMEM_L1 1

// Buffer type: host memory that the device reads.
#define TTMEM_SYSTEM_MEMORY 2

// Buffer type: the part of L1 set aside for small buffers.
#define TTMEM_L1_SMALL 3

// Buffer type: the part of DRAM set aside for captured traces.
#define TTMEM_TRACE 4

// Buffer type: circular buffers resident in L1.
#define TTMEM_CB 5

// Buffer type: kernel binaries.
#define TTMEM_KERNEL 6

// Not a buffer type, but may be asked for where peaks are: the L1 of one core, over everything that
// lies there (`TTMEM_L1`, `TTMEM_L1_SMALL`, `TTMEM_CB` and `TTMEM_KERNEL`).
#define TTMEM_L1_CORE 7

// No pool.
#define TTMEM_NO_POOL 0

// Whichever pool it is: understood by `ttmem_free_any`, and rejected elsewhere.
#define TTMEM_ANY_POOL UINT32_MAX

// Kind of pool: one chip's own allocator.
#define TTMEM_POOL_CHIP 1

// Kind of pool: a mesh's allocator. Every allocation lies on all its chips at the same address.
#define TTMEM_POOL_MESH 2

// Kind of pool: a submesh's allocator. It hands out addresses that may be live in its parent.
#define TTMEM_POOL_SUBMESH 3

// Kind of pool: programs rather than an allocator, for circular buffers and kernels.
#define TTMEM_POOL_PROGRAMS 4

// The process's own observer: always open, and its peaks begin with the segment.
#define TTMEM_PROCESS_PEAKS 0

// No observer.
#define TTMEM_NO_PEAKS UINT32_MAX

// What became of a call: one of the constants above. Negative values are the caller's to look at;
// all others may be ignored.
typedef int32_t ttmem_outcome;

// How to attach. What is zero (or NULL) is taken from the environment.
typedef struct ttmem_options {
    // sizeof(ttmem_options)
    uint32_t struct_size;
    // Permission bits of the segment: 0600, 0640 or 0644. Environment: TTMEM_MODE, else 0600.
    uint32_t mode;
    // Directory of the segment. Environment: TTMEM_DIR, else /dev/shm.
    const char *dir;
    // Records of history. Environment: TTMEM_RING_RECORDS.
    uint64_t ring_records;
    // Allocations that can be live at once. Environment: TTMEM_LIVE_SLOTS.
    uint64_t live_slots;
    // A number by which a launcher recognises its children. Environment: TTMEM_RUN_ID.
    uint64_t run_id;
    // 1: leave the segment behind after a clean end. Environment: TTMEM_KEEP.
    uint32_t keep;
    // 1: attach even if the environment does not switch tracking on.
    uint32_t always;
} ttmem_options;

// Where a chip's allocator hands out memory of one buffer type: the same addresses in each bank.
typedef struct ttmem_banks {
    // Lowest address that can be handed out.
    uint64_t base;
    // Bytes of one bank that can be handed out.
    uint64_t size;
    // Banks of the chip; 0 is "not known".
    uint32_t count;
    // Addresses are multiples of it, and what an allocation takes of a bank is rounded up to it.
    uint32_t alignment;
} ttmem_banks;

// Identity and capacity of one chip. Zero (or NULL) is "not known".
typedef struct ttmem_device {
    // sizeof(ttmem_device)
    uint32_t struct_size;
    // The runtime's device number, 0 to 63.
    uint32_t chip;
    // The chip's own unique id.
    uint64_t unique_id;
    // Architecture, e.g. "wormhole_b0"; at most 16 bytes are kept.
    const char *arch;
    // PCI address, e.g. "0000:01:00.0"; at most 16 bytes are kept.
    const char *pci;
    // Cores whose L1 the capacity is made of.
    uint32_t l1_cores;
    // Zero.
    uint32_t reserved;
    // All of the chip's DRAM.
    uint64_t dram_capacity;
    // All of the chip's L1, over its cores.
    uint64_t l1_capacity;
    // L1 of one core.
    uint64_t l1_core_capacity;
    // What the runtime's allocator can hand out of DRAM, over all banks.
    uint64_t dram_allocatable;
    // What the runtime's allocator can hand out of L1, over all banks.
    uint64_t l1_allocatable;
    // What is set aside for `TTMEM_L1_SMALL`, over all banks.
    uint64_t l1_small_allocatable;
    // What is set aside for `TTMEM_TRACE`, over all banks.
    uint64_t trace_allocatable;
    // Where DRAM is handed out.
    struct ttmem_banks dram_banks;
    // Where L1 is.
    struct ttmem_banks l1_banks;
    // Where `TTMEM_L1_SMALL` is.
    struct ttmem_banks l1_small_banks;
    // Where `TTMEM_TRACE` is.
    struct ttmem_banks trace_banks;
} ttmem_device;

// A registered allocator: valid in the process that registered it, while it stays attached.
// 0 (`TTMEM_NO_POOL`) is none; events on it are rejected.
typedef uint32_t ttmem_pool;

// One allocation, the same on every chip of its pool.
typedef struct ttmem_allocation {
    // sizeof(ttmem_allocation)
    uint32_t struct_size;
    // The allocator it comes from.
    ttmem_pool pool;
    // A buffer type. `ttmem_cb_alloc` and `ttmem_kernel_load` do not look at it.
    uint32_t buffer_type;
    // Banks (cores, for circular buffers and kernels) the bytes lie on, 1 to 65535.
    uint32_t banks;
    // Device address; 0 is a valid one.
    uint64_t address;
    // Bytes asked for, on each chip, below 2^40. A buffer of no bytes is a buffer, and counts as one.
    uint64_t requested;
    // Bytes occupied on each bank, aligned; below 2^40. `per_bank` times `banks` is what a chip's total grows by.
    uint64_t per_bank;
    // The runtime's own id of the buffer; 0 if it has none.
    uint64_t id;
} ttmem_allocation;

// Cores on which the resident circular buffers end at the same address.
typedef struct ttmem_cb_step {
    // First address after them.
    uint32_t end;
    // So many cores.
    uint16_t cores;
    // Column of one of them, as programs count cores.
    uint8_t x;
    // Its row.
    uint8_t y;
} ttmem_cb_step;

// An observer of peaks. The peaks of one may begin anew without those of another changing, nor those
// that `ttmem` shows. Valid in the process that opened it, while it stays attached.
typedef uint32_t ttmem_peaks;



#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Attaches this process: makes its segment, and lets events in. NULL takes everything from the
// environment. If another copy of ttmem in the process comes before this one, it is that one which is
// asked to attach, with the same options, and from then on for everything else.
//
// Returns `TTMEM_DONE` once attached (also if it was: then the options have no effect), `TTMEM_OFF` if
// tracking is not switched on or another thread is attaching at this moment, `TTMEM_REJECTED` for options
// that are none, and `TTMEM_FAILED` if there can be no segment, which one line on stderr explains. In
// every case the program can go on as if it had succeeded. Not an event: it takes a lock, makes a file
// and asks the dynamic linker.
//
// `options` is NULL or points to `ttmem_options` of the size it names, whose `dir` is NULL or
// null-terminated.
ttmem_outcome ttmem_attach(const struct ttmem_options *options);

// Whether this process is attached: false while tracking is off, and in a forked child until it attaches
// itself. As cheap as an event that is not recorded.
bool ttmem_attached(void);

// Whether the environment switches tracking on (`TTMEM=1` or `TT_ALLOC_TRACKING_ENABLED=1`), whether or
// not anything is attached. Reads the environment anew each time.
bool ttmem_switched_on(void);

// Path of this process's segment, which readers can open while the process runs, and afterwards if it is
// kept. Never NULL: "" while tracking is off. UTF-8 is not promised. The text stays valid until the process
// ends, also after a detach; do not free it.
const char *ttmem_segment(void);

// Ends tracking cleanly, which also happens by itself when the process exits. The segment is removed
// unless it is to be kept; pools and observers of peaks are void. Does nothing while tracking is off. May
// be followed by another attach, which makes another segment. Not an event: it takes a lock.
//
// With TTMEM_DUMP_AT_EXIT in the environment it first tells what is still held: on standard error (1), or
// at the end of a file.
void ttmem_detach(void);

// The version of this copy of the library, e.g. "0.1.0", whether tracking is on or off. Never NULL; do
// not free it.
const char *ttmem_version(void);

// Event `device`: says what a chip is. May be repeated as more becomes known: the last report stands.
//
// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for NULL, for a chip beyond
// 63 and for a structure that is none.
//
// `device` is NULL or points to a `ttmem_device` of the size it names, whose texts are NULL or
// null-terminated.
ttmem_outcome ttmem_report_device(const struct ttmem_device *device);

// Registers an allocator. Not an event: it takes a lock and allocates.
//
// kind: a `TTMEM_POOL_…` constant. chips: bit `n` is the runtime's device `n`; every allocation in
// the pool lies on all of them. runtime_id: the runtime's own number of the chip, mesh or submesh.
// parent: the pool it was carved from, or `TTMEM_NO_POOL`.
//
// Returns the pool, or `TTMEM_NO_POOL` while tracking is off, and (which is counted) for an unknown kind,
// for no chips, for a parent that never was a pool, and when there are too many pools.
ttmem_pool ttmem_register_pool(uint32_t kind,
                               uint64_t chips,
                               uint32_t runtime_id,
                               ttmem_pool parent);

// The allocator is gone: what is left in the pool ends with it. Afterwards the handle is void: what is
// reported in it is rejected, and a free is a double or unknown one, until another allocator of that kind
// over those chips is registered, which gets this handle again.
//
// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that is not in
// use.
ttmem_outcome ttmem_retire_pool(ttmem_pool pool);

// The allocator was emptied: every allocation in the pool ends. The pool stays.
//
// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that is not in
// use.
ttmem_outcome ttmem_clear_pool(ttmem_pool pool);

// Event `alloc`: a buffer came to life. If it is live already: with the same `requested` it gains a
// reference (`TTMEM_REFERENCED`), with another that one ends and a new one begins
// (`TTMEM_REPLACED`).
//
// Returns `TTMEM_DONE` for a new one, one of these two, `TTMEM_LIVE_OVERFLOW` if there is no room for it in
// the table, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for NULL, a structure that is none, a
// pool that is not in use, `TTMEM_CB` and `TTMEM_KERNEL` (which have functions of their own) or no type at
// all, and figures out of range.
//
// `allocation` is NULL or points to a `ttmem_allocation` of the size it names.
ttmem_outcome ttmem_alloc(const struct ttmem_allocation *allocation);

// Event `free`: a buffer ended, or lost a reference.
//
// Returns `TTMEM_DONE` if it ended, `TTMEM_REFERENCED` if it has references left, `TTMEM_DOUBLE_FREE` or
// `TTMEM_UNKNOWN_FREE` if none is live there (`TTMEM_LIVE_OVERFLOW` if it may be one that had found no room
// in the table), `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that never was one,
// `TTMEM_CB`, `TTMEM_KERNEL` and no type at all.
ttmem_outcome ttmem_free(ttmem_pool pool,
                         uint32_t buffer_type,
                         uint64_t address);

// Event `free` by a caller that does not know the buffer's type: the youngest buffer of the pool that is
// live at `address` ended, or lost a reference. If none is live there it is an unknown or double free,
// counted once, of a type that was freed there before or else of `TTMEM_DRAM`. Circular buffers and
// kernels are not looked for.
//
// pool: also `TTMEM_ANY_POOL`, if the caller does not know that either. Then it looks into every pool.
//
// Returns what `ttmem_free` does for a known type; `TTMEM_OFF` while tracking is off.
ttmem_outcome ttmem_free_any(ttmem_pool pool,
                             uint64_t address);

// Event `cb_alloc`: circular buffers became resident, `per_bank` bytes on each of `banks` cores.
//
// Returns what `ttmem_alloc` does; `TTMEM_OFF` while tracking is off.
//
// `allocation` is NULL or points to a `ttmem_allocation` of the size it names.
ttmem_outcome ttmem_cb_alloc(const struct ttmem_allocation *allocation);

// Event `cb_free`: circular buffers are no longer resident.
//
// Returns what `ttmem_free` does; `TTMEM_OFF` while tracking is off.
ttmem_outcome ttmem_cb_free(ttmem_pool pool, uint64_t address);

// Event `kernel_load`: a kernel binary was loaded, `per_bank` bytes on each of `banks` cores.
//
// Returns what `ttmem_alloc` does; `TTMEM_OFF` while tracking is off.
//
// `allocation` is NULL or points to a `ttmem_allocation` of the size it names.
ttmem_outcome ttmem_kernel_load(const struct ttmem_allocation *allocation);

// Event `kernel_unload`: a kernel binary was unloaded.
//
// Returns what `ttmem_free` does; `TTMEM_OFF` while tracking is off.
ttmem_outcome ttmem_kernel_unload(ttmem_pool pool, uint64_t address);

// Event `alloc_failed`: the runtime could not satisfy a request for `requested` bytes. `message` is
// UTF-8 and says why; the first 112 bytes are kept. NULL is an empty one. No total changes.
//
// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that is not in use
// and for no type at all.
//
// `message` is NULL or null-terminated.
ttmem_outcome ttmem_alloc_failed(ttmem_pool pool,
                                 uint32_t buffer_type,
                                 uint64_t requested,
                                 const char *message);

// Event `mark`: a named phase of the program begins. `name` is UTF-8; the first 112 bytes are kept.
// It lasts until the next one, on all chips of the process.
//
// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for NULL.
//
// `name` is NULL or null-terminated.
ttmem_outcome ttmem_mark(const char *name);

// Sets the circular-buffer figures of some chips outright.
//
// chips: bit `n` is device `n`. union_bytes: bytes of one core covered by the circular buffers of any
// program alive. core_peak: largest footprint on one core of any program dispatched so far. programs:
// programs alive that have circular buffers there.
//
// Returns `TTMEM_DONE`, or `TTMEM_OFF` while tracking is off. Nothing is recorded but the figures.
ttmem_outcome ttmem_set_cb_gauge(uint64_t chips,
                                 uint64_t union_bytes,
                                 uint64_t core_peak,
                                 uint64_t programs);

// Sets how far the resident circular buffers of some chips reach where cores differ, the highest end
// first. Without steps they end at one address on all their cores. At most four steps are kept: let the
// last one stand for all further cores.
//
// chips: bit `n` is device `n`. steps: `count` of them; NULL is none.
//
// Returns `TTMEM_DONE`, or `TTMEM_OFF` while tracking is off.
//
// `steps` is NULL or points to `count` steps.
ttmem_outcome ttmem_set_cb_steps(uint64_t chips,
                                 const struct ttmem_cb_step *steps,
                                 uint32_t count);

// Begins to observe peaks: on every chip and of every type from what is held now. Takes a lock and
// allocates.
//
// Returns the observer, or `TTMEM_NO_PEAKS` while tracking is off and when 64 are open (with the
// process's own). Close it with `ttmem_close_peaks`.
ttmem_peaks ttmem_open_peaks(void);

// The most that a chip held of a buffer type since the observer's peak there last began anew.
//
// chip: the runtime's device number, 0 to 63. buffer_type: a buffer type, or `TTMEM_L1_CORE`.
//
// Returns bytes: occupied, over all banks of the chip, for `TTMEM_L1_CORE` those of one core. 0 while
// tracking is off, and for an observer, chip or type there is not (which is not counted: nothing is
// missing from what is recorded). Takes a lock. An allocation or free that is under way in another
// thread counts as before or after.
uint64_t ttmem_peak(ttmem_peaks peaks,
                    uint32_t chip,
                    uint32_t buffer_type);

// As `ttmem_peak`, and has this one peak of this observer begin anew from what is held now: returns
// the peak so far, in bytes, and the next one is never less than what is held. 0 where `ttmem_peak` is.
uint64_t ttmem_reset_peak(ttmem_peaks peaks,
                          uint32_t chip,
                          uint32_t buffer_type);

// Ends an observer. Takes a lock.
//
// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, and `TTMEM_REJECTED` (not counted) for an
// observer there is not and for the process's own, which stays open.
ttmem_outcome ttmem_close_peaks(ttmem_peaks peaks);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TTMEM_H */
