//! The Python module, installed from its wheel into Pythons of its own.
#![forbid(unsafe_code)]

mod module;
mod typed;
