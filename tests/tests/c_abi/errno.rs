//! No call changes `errno`, whatever it comes to.

use crate::program::compiled;
use std::collections::BTreeSet;
use support::{Language, Linking, PrivateDir, binaries, cli, told_only_where};

/// The functions that the header declares.
fn declared() -> BTreeSet<String> {
    let header = binaries::include_dir().join("ttmem.h");
    let header = std::fs::read_to_string(header).expect("the header is there");
    let code = header
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let names = code.filter_map(|line| {
        let before = line.split_once('(')?.0;
        let name = before.rsplit([' ', '*']).next()?;
        name.starts_with("ttmem_").then(|| name.to_owned())
    });
    names.collect()
}

fn errno_is_kept(linking: Linking) {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let program = compiled("c_abi/keeps_errno.c", Language::C, linking, build.path());
    let Some(program) = program else { return };
    let output = told_only_where(&program, dir.path()).output();
    let said = cli::Said::from(output.expect("the program can be started"));
    assert_eq!(said.code, Some(0), "{}", said.err);
    let called: BTreeSet<_> = said.out.lines().map(str::to_owned).collect();
    assert_eq!(called, declared(), "every function is called");
    assert!(dir.segments().is_empty());
}

#[test]
fn of_the_static_library() {
    errno_is_kept(Linking::Static);
}

#[test]
fn of_the_shared_library() {
    errno_is_kept(Linking::Shared);
}
