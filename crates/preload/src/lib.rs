//! `libttmem_preload.so`: reports the device memory of a tt-metal or ttnn program that knows nothing
//! of it.
//!
//! ```text
//! TTMEM=1 LD_PRELOAD=libttmem_preload.so python model.py      (or: ttmem run -- python model.py)
//! ```
//!
//! The runtime's libraries call their own exported functions through the dynamic linker, so a
//! definition that is loaded first is called in their place, in every thread. Each wrapper here notes
//! what happens and calls the real function; what the program sees is the same, C++ exceptions
//! included. Without `TTMEM=1` (or `TT_ALLOC_TRACKING_ENABLED=1`) a wrapper is one branch.
//!
//! # What is interposed
//!
//! | function | for | without it |
//! |---|---|---|
//! | `Device::initialize` | attaching; the chip's identity and capacities | nothing is tracked |
//! | `Device::close` | circular buffers and kernels of a closed chip | they stay until their programs go |
//! | `AllocatorImpl::allocate_buffer` | `alloc`; `alloc_failed` when it throws | no buffers |
//! | `AllocatorImpl::deallocate_buffer` | `free` | frees only with the allocator |
//! | `AllocatorImpl::deallocate_buffers`, `clear` | everything of an allocator freed at once | the destructor does it |
//! | `AllocatorImpl::~AllocatorImpl` | the pool ends | pools stay until the process ends |
//! | `ProgramImpl::allocate_circular_buffers`, `GraphTracker::track_allocate_cb` | what a program's circular buffers take | none of them |
//! | `ProgramImpl::allocate_dataflow_buffers`, `CircularBufferAllocator::mark_address` | its dataflow buffers | none of them |
//! | `EnqueueMeshWorkload` | `cb_free`, `cb_alloc`, `kernel_unload` and `kernel_load` when a dispatch changes what is resident | no circular buffers, no kernels |
//! | `ProgramImpl::~ProgramImpl` | the program is no longer alive | programs stay |
//! | `_exit`, `_Exit` | a clean end without exit handlers | it looks like a kill |
//!
//! Everything else is asked of the runtime's accessors, found by name at run time (`runtime`); the
//! library itself needs no symbol of the runtime to load. What a version lacks is said in one line
//! when the first device opens, and the rest is tracked. Seen exact on mock clusters: buffers of ttnn
//! 0.67.4, 0.70.1, 0.78.0 and 0.81.1; circular buffers and kernels of the last two (the mocks of the
//! others build no programs).
//!
//! # Kernels
//!
//! A dispatch puts the binaries of its program's kernels into a part of each worker core's L1 that no
//! allocator hands out, over those of the program before. So what is told is what is resident after the
//! last dispatch, as for circular buffers, and not what all cached programs would take together. The
//! sizes are the runtime's own *packed* ones: text and initialised data, without the few bytes up to the
//! next binary's alignment, and without the runtime arguments, semaphores and configuration that a
//! dispatch writes beside them. They are asked for once, when the program is first dispatched on a mesh.
//!
//! A program whose cores are alike is one `kernel_load`, on all chips that it runs on. Where cores have
//! different kernels, there is one for each *layer* (`layers`): together the layers are exactly the bytes
//! of all kernels on all cores, and exactly the bytes of the fullest core. The `address` of a layer is its
//! distance from where the kernels of a core begin, so the lowest has 0; where in L1 that is, the runtime
//! decides anew with each dispatch. The `id` is the runtime's number of the program.
//!
//! With fast dispatch the runtime also keeps the binaries of each program in a DRAM buffer: that is
//! tracked as the buffer it is, from its allocation to its end.
//!
//! # What is not tracked
//!
//! - Kernels on other cores than workers: Ethernet cores, DRAM cores, and those that the runtime itself
//!   puts on cores it keeps for dispatch and fabric. They lie in no memory that is counted as L1 here.
//! - Scratchpads of programs: 0.81 lays them out without calling a function that could be followed.
//! - Programs launched on a single chip past the mesh interface (`detail::LaunchProgram`): their
//!   circular buffers and kernels never become resident here.
//! - An allocator whose state is replaced as a whole (`override_state`), and the copies of a mesh's
//!   allocations that the hybrid allocator mode keeps in its chips' allocators.
//!
//! # Rules
//!
//! Nothing is made before a device opens, unless the program attaches by itself: the compilers that the
//! runtime starts inherit the library and must not notice. A forked child reports nothing until it opens
//! a device or attaches itself. The library exports the C interface (`ttmem.h`), and a program's calls
//! come here rather than to `libttmem.so`: a process has one segment. No wrapper
//! panics, aborts, waits for another thread on the way of an event, or changes `errno`; what is rare
//! (a new allocator, a new program) takes a lock that a fork cannot leave held (`gate`).

mod buffers;
mod circular_buffers;
mod containers;
mod covered;
mod devices;
mod dispatches;
mod errno;
mod exits;
mod footprint;
mod gate;
mod gauges;
mod kernels;
mod latest;
mod layers;
mod loaded;
mod notice;
mod objects;
mod pointer_table;
mod pools;
mod program_pools;
mod programs;
mod reach;
mod reported;
mod residency;
mod runtime;
mod session;
mod sets;
mod steps;
mod switch;
mod symbols;
mod text;

use symbols::Import;
// For its C functions, which this library exports.
use ttmem as _;

/// What this version of the runtime keeps from being tracked, for the one line said about it.
fn missing_parts() -> Vec<String> {
    let mut parts = Vec::new();
    buffers::missing_parts(&mut parts);
    circular_buffers::missing_parts(&mut parts);
    kernels::missing_parts(&mut parts);
    parts
}

/// A wrapper was called and the function it stands for is in nothing that is loaded: whoever called
/// had no such function either. Says so; there is nothing to go on with.
#[cold]
fn lost<P: Copy, R: Default>(import: &Import<P>) -> R {
    notice::say(format_args!(
        "the runtime's own {} cannot be found; run the program without libttmem_preload.so",
        import.name()
    ));
    R::default()
}
