//! Reports from wherever a program can still run code: none harms it, and each that is said to be
//! recorded is.

use crate::program::compiled;
use std::collections::BTreeMap;
use std::process::Command;
use support::{Language, Linking, PrivateDir, binaries, cli, told_only_where};

/// Runs `everywhere.cpp`; by who reported and from where, what came of it.
fn outcomes(dir: &PrivateDir, command: &mut Command) -> Vec<(String, String, i32)> {
    let output = command.env("TTMEM", "1").env("TTMEM_KEEP", "1").output();
    let said = cli::Said::from(output.expect("the program can be started"));
    assert_eq!(
        (said.code, said.err.as_str()),
        (Some(0), ""),
        "{}",
        said.out
    );
    let outcome = |line: &str| {
        let (who, rest) = line.split_once(": ").expect("who reported");
        let (place, outcome) = rest.rsplit_once(' ').expect("what came of it");
        let outcome = outcome.parse().expect("a number");
        (who.to_owned(), place.to_owned(), outcome)
    };
    let outcomes: Vec<_> = said.out.lines().map(outcome).collect();
    assert_recorded(dir, &outcomes);
    outcomes
}

/// Each process has as many buffers as it was told were recorded.
fn assert_recorded(dir: &PrivateDir, outcomes: &[(String, String, i32)]) {
    let mut expected = BTreeMap::<&str, u64>::new();
    for (who, ..) in outcomes.iter().filter(|(.., outcome)| *outcome == 1) {
        *expected.entry(who).or_default() += 1;
    }
    let mut expected: Vec<_> = expected.into_values().collect();
    expected.sort_unstable();
    let dump = cli::json(dir.path(), &["dump"]);
    assert_eq!(dump["exact"], true, "{dump}");
    let processes = dump["processes"].as_array().expect("a dump has processes");
    let mut found: Vec<_> = processes
        .iter()
        .map(|one| one["buffers"].as_u64().expect("a number"))
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected, "{dump}");
    for process in processes {
        assert_eq!(process["state"], "exited", "{process}");
    }
}

fn reports_from_everywhere(linking: Linking) {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let program = compiled("c_abi/everywhere.cpp", Language::Cpp, linking, build.path());
    let Some(program) = program else { return };
    let outcomes = outcomes(&dir, &mut told_only_where(&program, dir.path()));
    for who in ["parent", "child", "image"] {
        let places: Vec<_> = outcomes.iter().filter(|(one, ..)| one == who).collect();
        assert!(places.len() >= 4, "{who}: {outcomes:?}");
    }
    for (who, place, outcome) in &outcomes {
        let expected = match place.as_str() {
            "forked" => 0..=0,
            // Whether they come before the library's own is the linker's choice.
            "ELF destructor" | "last ELF destructor" => 0..=1,
            _ => 1..=1,
        };
        assert!(expected.contains(outcome), "{who}: {place} {outcome}");
    }
}

#[test]
fn of_a_program_linked_statically() {
    reports_from_everywhere(Linking::Static);
}

#[test]
fn of_a_program_linked_dynamically() {
    reports_from_everywhere(Linking::Shared);
}

#[test]
fn of_a_program_that_skips_all_handlers_under_the_preload_library() {
    for linking in [Linking::Static, Linking::Shared] {
        let (dir, build) = (PrivateDir::new(), PrivateDir::new());
        let program = compiled("c_abi/everywhere.cpp", Language::Cpp, linking, build.path());
        let Some(program) = program else { return };
        let mut command = told_only_where(&program, dir.path());
        command
            .arg("_exit")
            .env("LD_PRELOAD", binaries::preload_library());
        let outcomes = outcomes(&dir, &mut command);
        let (_, last, _) =
            { outcomes.iter().rfind(|(who, ..)| who == "parent") }.expect("it reports");
        assert_eq!(last, "after its children", "no destructor has run");
    }
}
