//! Gives the library the name by which other copies of ttmem in a process find it, wherever it lies.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg=-Wl,-soname,libttmem_preload.so");
}
