//! The real ttnn runtime, unmodified, under the preload library, on mock clusters of 1 to 32
//! chips: what `ttmem` shows against what the runtime's own allocators say.
//!
//! The runtime comes from PyPI (`tests/ttnn/setup.sh`); a machine that cannot have it skips these.
#![forbid(unsafe_code)]

mod absent;
mod attached;
mod children;
mod dump_at_exit;
mod exact;
mod figures;
mod kernels;
mod killed;
mod leaks;
mod map;
mod missing;
mod module;
mod no_room;
mod own_runtime;
mod programs;
mod pytest;
mod racing;
mod rig;
mod run;
mod screen;
mod script;
mod submesh;
