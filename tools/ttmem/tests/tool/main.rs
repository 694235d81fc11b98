//! The tool as a user meets it: the binary, real producer processes, what it prints and returns.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod completions;
mod demo;
mod diff;
mod doctor;
mod filter;
mod golden;
mod leaks;
mod library;
mod live;
mod log;
mod looking;
mod map;
mod run;
mod saved;
mod support;
mod terminal;
