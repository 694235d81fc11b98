//! The C interface as C and C++ programs meet it: compiled against the header with every warning an
//! error, linked either way, run, and what they reported read back.
#![forbid(unsafe_code)]

mod anywhere;
mod arguments;
mod errno;
mod program;
mod reports;
