//! Builds the preload library and hands it to the binary, which carries it: `cargo install` installs
//! binaries and nothing else.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What goes into the library: relative to this package.
const SOURCES: [&str; 5] = ["layout", "region", "producer", "capi", "preload"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(ttmem_embedded)");
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_EMBED_PRELOAD").is_none() {
        return;
    }
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let root = package.join("../..");
    let crates = root.join("crates");
    if !crates.join("preload/Cargo.toml").is_file() {
        println!(
            "cargo::warning=the preload library's source is not here: this ttmem will carry none, \
             and 'ttmem run' will look for one beside it and under its prefix"
        );
        return;
    }
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", crates.join(source).display());
    }
    let library = build(&root);
    println!(
        "cargo::rustc-env=TTMEM_EMBEDDED_PRELOAD={}",
        library.display()
    );
    println!("cargo::rustc-cfg=ttmem_embedded");
}

/// Builds the library for the same target and profile, in a directory of its own: the outer build
/// holds the lock of the usual one.
fn build(root: &Path) -> PathBuf {
    let target_dir = PathBuf::from(variable("OUT_DIR")).join("preload");
    let target = variable("TARGET");
    let profile = if variable("PROFILE") == "release" {
        "release"
    } else {
        "dev"
    };
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo
        .args([
            "build",
            "--quiet",
            "--package",
            "ttmem-preload",
            "--profile",
            profile,
        ])
        .arg("--target-dir")
        .arg(&target_dir)
        .arg("--manifest-path")
        .arg(root.join("Cargo.toml"))
        .args(["--target"])
        .arg(&target)
        // A linter that wraps the compiler would leave no library.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env_remove("CLIPPY_ARGS")
        // Nobody looks into the copy with a debugger, and it is written to disk on first use.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "the preload library could not be built");
    let directory = if profile == "dev" { "debug" } else { "release" };
    target_dir
        .join(target)
        .join(directory)
        .join("libttmem_preload.so")
}

fn variable(name: &str) -> OsString {
    env::var_os(name).unwrap_or_else(|| panic!("cargo sets {name}"))
}
