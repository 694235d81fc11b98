//! (d) Segments stored in the tree: what was written once must read the same for ever.
//!
//! `tests/golden/README.md` says how they were made.

use crate::agree;
use crate::shared::Copied;
use second_reader::Source;
use serde_json::Value;
use std::path::PathBuf;

/// A stored segment.
pub(crate) fn path(name: &str) -> PathBuf {
    let file = format!("tests/golden/{name}.segment");
    support::binaries::workspace().join(file)
}

fn reads_as_ever(name: &str) {
    let path = path(name);
    let source = Source::file(&path).unwrap_or_else(|refusal| panic!("{refusal}"));
    let mut said = agree::both(&source, &path);
    let by_name = second_reader::read(&Copied::of(&path).source()).expect("the copy can be read");
    assert_eq!(
        by_name.to_json(),
        &said,
        "by name on the left, as a file on the right"
    );

    // Whoever checked the tree out owns the file.
    said["segment"]["owner"].take();
    let expected = std::fs::read_to_string(path.with_extension("json"));
    let expected: Value = serde_json::from_str(&expected.expect("it is stored beside"))
        .expect("what is stored is JSON");
    assert_eq!(said, expected);
}

#[test]
fn one_chip_exited() {
    reads_as_ever("chip");
}

#[test]
fn a_split_mesh_killed() {
    reads_as_ever("mesh");
}

#[test]
fn banks_and_uneven_circular_buffers_killed() {
    reads_as_ever("banks");
}

#[test]
fn peaks_that_began_anew_and_a_dump_that_is_due() {
    reads_as_ever("anew");
}

#[test]
fn an_overwritten_ring_and_an_overflowed_table_killed() {
    reads_as_ever("worn");
}
