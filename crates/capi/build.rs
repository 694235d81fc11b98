//! Gives the shared library the name by which programs that are linked to it ask for it: not the path
//! they found it at, and with a number that changes when they would no longer run.
//!
//! Not by `rustc-cdylib-link-arg`: cargo hands that on to every shared library that this crate goes into.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // `cargo xtask install` makes the links that lead from it to the file.
    let soname = format!("libttmem.so.{}", env!("CARGO_PKG_VERSION_MAJOR"));
    println!("cargo::rustc-link-arg=-Wl,-soname,{soname}");
    // The library looks for another copy of itself by that name.
    println!("cargo::rustc-env=TTMEM_SONAME={soname}");
}
