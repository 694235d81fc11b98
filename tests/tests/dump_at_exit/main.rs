//! `TTMEM_DUMP_AT_EXIT`: what a process still holds is told once, whatever ends it: by itself if it can,
//! else by `ttmem run` or `ttmem reap`.
#![forbid(unsafe_code)]

mod by_itself;
mod by_others;
mod held;
mod to_file;
