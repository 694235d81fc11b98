//! Binds the module's calls into its own copy of the library. That copy finds out by itself whether another
//! one reports for the process; if the loader decided, then call by call, and the two would not agree.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic");
}
