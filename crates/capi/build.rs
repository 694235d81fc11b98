//! Gives the shared library a name of its own, so that programs linked to it by path do not carry
//! that path with them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libttmem.so");
}
