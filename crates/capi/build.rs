//! Gives the shared library a name of its own, so that programs linked to it by path do not carry
//! that path with them.
//!
//! Not by `rustc-cdylib-link-arg`: cargo hands that on to every shared library that this crate goes into.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg=-Wl,-soname,libttmem.so");
}
