//! `LD_PRELOAD` library.
mod buffers;
mod circular_buffers;
mod containers;
mod devices;
mod errno;
mod exits;
mod footprint;
mod gate;
mod gauges;
mod notice;
mod pointer_table;
mod pools;
mod program_pools;
mod programs;
mod residency;
mod runtime;
mod session;
mod switch;
mod symbols;
mod text;

use symbols::Import;

/// What this version of the runtime keeps from being tracked, for the one line said about it.
fn missing_parts() -> Vec<String> {
    let mut parts = Vec::new();
    buffers::missing_parts(&mut parts);
    circular_buffers::missing_parts(&mut parts);
    parts
}

/// A wrapper was called and the function it stands for is nowhere to be found: that cannot happen
/// while the runtime is loaded under one of its names. Says so; there is nothing to go on with.
#[cold]
fn lost<P: Copy, R: Default>(import: &Import<P>) -> R {
    notice::say(format_args!(
        "cannot find the runtime's own {}; set TTMEM=0 and take libttmem_preload.so out of LD_PRELOAD",
        import.name()
    ));
    R::default()
}
