//! Segments that are refused, each with a sentence, and newer ones that are not.

use crate::bytes::{Bytes, CHUNKS, DEVICES, GROUPS, RECORDS};
use crate::golden;
use crate::{agree, product};
use second_reader::Source;
use support::PrivateDir;

/// Both readers refuse what `change` makes of a good segment, for the reason given.
fn refused(about: &str, change: impl FnOnce(&mut Bytes)) {
    let dir = PrivateDir::new();
    let mut bytes = Bytes::of(&golden::path("chip"));
    change(&mut bytes);
    let path = bytes.store(&dir);
    let second = Source::file(&path).and_then(|source| second_reader::read(&source));
    let second = second.expect_err("the second reader refuses").to_string();
    let first = product::read(&path).expect_err("the product refuses");
    for (who, sentence) in [("product", first), ("second reader", second)] {
        assert!(
            sentence.contains(about),
            "{who}: {sentence:?} does not speak of {about:?}"
        );
        assert!(
            sentence.split(' ').count() > 4,
            "{who}: {sentence:?} is no sentence"
        );
    }
}

#[test]
fn another_major_version_is_refused() {
    refused("version", |bytes| {
        bytes.set(8, &2_u16.to_le_bytes());
        bytes.seal();
    });
}

#[test]
fn the_other_byte_order_is_refused() {
    refused("byte order", |bytes| {
        bytes.set_u32(12, 0x0403_0201);
        bytes.seal();
    });
}

#[test]
fn a_wrong_checksum_is_refused() {
    refused("checksum", |bytes| bytes.set_u32(40, 1));
}

#[test]
fn what_does_not_begin_like_a_segment_is_refused() {
    refused("", |bytes| bytes.set(0, b"NOTTHIS!"));
}

#[test]
fn a_file_cut_short_is_refused() {
    refused("", |bytes| bytes.0.truncate(100_000));
    refused("", |bytes| bytes.0.truncate(4096));
    refused("", |bytes| bytes.0.truncate(100));
    refused("", |bytes| bytes.0.clear());
}

#[test]
fn a_section_beyond_the_end_is_refused() {
    for (at, value) in [
        (8, 1 << 40),
        (8, u64::MAX - 7),
        (16, 1 << 30),
        (16, u64::MAX / 64),
    ] {
        refused("", |bytes| {
            let section = bytes.section(RECORDS);
            bytes.set_u64(section + at, value);
            bytes.seal();
        });
    }
}

#[test]
fn a_missing_section_is_refused() {
    refused("", |bytes| {
        let section = bytes.section(GROUPS);
        bytes.set_u32(section, 99);
        bytes.seal();
    });
}

#[test]
fn entries_smaller_than_known_are_refused() {
    refused("", |bytes| {
        let section = bytes.section(CHUNKS);
        bytes.set_u32(section + 4, 32);
        bytes.seal();
    });
}

#[test]
fn a_newer_minor_version_with_larger_entries_and_an_unknown_section_is_read() {
    let dir = PrivateDir::new();
    let old = Bytes::of(&golden::path("banks"));
    let path = old.store(&dir);
    let before = agree::both(&Source::file(&path).expect("a file"), &path);

    let mut new = old;
    new.set(10, &7_u16.to_le_bytes());
    grow(&mut new, DEVICES, 64);
    grow(&mut new, CHUNKS, 8);
    grow(&mut new, RECORDS, 16);
    let extra = new.0.len() as u64;
    new.0.extend([0xab; 4096]);
    let sections = new.u32(20);
    new.set_u32(20, sections + 1);
    let section = 1024 + sections as usize * 32;
    new.set_u32(section, 77);
    new.set_u32(section + 4, 4096);
    new.set_u64(section + 8, extra);
    new.set_u64(section + 16, 1);
    let length = new.0.len() as u64;
    new.set_u64(24, length);
    new.seal();
    let path = new.store(&dir);
    let mut after = agree::both(&Source::file(&path).expect("a file"), &path);
    assert_eq!(after["segment"]["minor"].take(), 7);
    after["segment"]["minor"] = before["segment"]["minor"].clone();
    after["segment"]["segment_size"] = before["segment"]["segment_size"].clone();
    assert_eq!(after, before, "what is known reads as before");
}

/// Moves section `kind` to the end of the file, each entry with `more` bytes nobody knows.
fn grow(bytes: &mut Bytes, kind: u32, more: usize) {
    let section = bytes.section(kind);
    let size = bytes.u32(section + 4) as usize;
    let start = bytes.0.len() as u64;
    for at in bytes.entries(kind) {
        bytes.0.extend_from_within(at..at + size);
        bytes.0.extend(std::iter::repeat_n(0xcd, more));
    }
    let pages = bytes.0.len().next_multiple_of(4096);
    bytes.0.resize(pages, 0);
    bytes.set_u32(section + 4, (size + more) as u32);
    bytes.set_u64(section + 8, start);
}
