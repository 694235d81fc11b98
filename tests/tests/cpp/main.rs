//! The C++ headers as programs meet them: with gcc and clang, with every warning an error, under the
//! sanitizers, and from an installed prefix; and what is read back of what the programs reported.
#![forbid(unsafe_code)]

mod examples;
mod headers;
mod installed;
mod misuse;
mod old_names;
mod owners;
mod sanitizers;
mod tracked;
mod wrappers;
