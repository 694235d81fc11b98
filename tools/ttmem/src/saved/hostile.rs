//! Files that are damaged, cut short, foreign or forged: refused with a reason, or the damage is told.

use super::opened::Saved;
use super::{Collected, HEADER, MAGIC, Unusable};
use crate::view::sample;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// A file with one small segment in it.
fn genuine() -> Vec<u8> {
    let mut collected = Collected::new(Path::new("/dev/shm"));
    collected.add(&sample::segment()).unwrap();
    let mut file = Vec::new();
    let length = collected.write(&mut file).unwrap();
    assert_eq!(length, file.len() as u64);
    file
}

fn open(mut file: &[u8]) -> Result<Saved, Unusable> {
    Saved::read(Path::new("all.ttmem"), &mut file)
}

/// How a file is refused, in a sentence.
fn refusal(file: &[u8]) -> String {
    open(file).expect_err("it is no saved file").to_string()
}

/// Puts a header with the right checksums before a manifest.
fn forged(manifest: &[u8], behind: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend([1, 0, 0, 0]);
    file.extend((manifest.len() as u32).to_le_bytes());
    file.extend(crc32fast::hash(manifest).to_le_bytes());
    file.extend(crc32fast::hash(&file).to_le_bytes());
    file.extend(manifest);
    file.extend(behind);
    file
}

/// The genuine file with another manifest.
fn with_manifest(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let file = genuine();
    let length = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
    let (manifest, frames) = file[HEADER..].split_at(length);
    let mut manifest = serde_json::from_slice(manifest).unwrap();
    change(&mut manifest);
    forged(&serde_json::to_vec(&manifest).unwrap(), frames)
}

#[test]
fn the_genuine_one_is_read() {
    let saved = open(&genuine()).unwrap();
    let scan = saved.scan(|_| false);
    assert_eq!(scan.unreadable, []);
    let kept = &scan.segments[0];
    assert_eq!(kept.name(), "ttmem.4242.0000abcd");
    assert_eq!(kept.identity(), sample::segment().identity());
    assert_eq!(saved.scan(|path| path == kept.path()).known.len(), 1);
}

#[test]
fn any_flipped_bit_is_noticed() {
    let mut file = genuine();
    for at in 0..file.len() {
        for bit in 0..8 {
            file[at] ^= 1 << bit;
            if let Ok(saved) = open(&file) {
                let scan = saved.scan(|_| false);
                assert_eq!(scan.segments.len(), 0, "bit {bit} of byte {at}");
                let reason = &scan.unreadable[0].reason;
                assert!(reason.contains("checksum does not match"), "{reason}");
            }
            file[at] ^= 1 << bit;
        }
    }
}

#[test]
fn one_damaged_segment_hides_no_other() {
    let mut collected = Collected::new(Path::new("/dev/shm"));
    collected.add(&sample::segment()).unwrap();
    let mut file = Vec::new();
    collected.write(&mut file).unwrap();
    let file = with_manifest(|manifest| {
        let mut other = manifest["segments"][0].clone();
        other["name"] = json!("ttmem.7.00000007");
        other["stored_bytes"] = json!(4);
        manifest["segments"].as_array_mut().unwrap().push(other);
    });
    let file = [file, b"none".to_vec()].concat();
    let scan = open(&file).unwrap().scan(|_| false);
    assert_eq!(scan.segments.len(), 1);
    assert_eq!(
        scan.unreadable[0].path,
        Path::new("all.ttmem/ttmem.7.00000007")
    );
}

#[test]
fn a_file_that_ends_too_early_or_too_late_is_refused() {
    let file = genuine();
    assert_eq!(refusal(b""), "it is empty");
    for length in 1..file.len() {
        let reason = refusal(&file[..length]);
        assert!(reason.starts_with("it is cut short"), "{length}: {reason}");
    }
    let longer = [file, vec![0]].concat();
    assert!(refusal(&longer).contains("behind its end"));
}

#[test]
fn a_file_of_something_else_or_of_a_later_time_is_named_as_such() {
    assert_eq!(refusal(b"PK\x03\x04"), "it was not made by 'ttmem save'");
    let segment = sample::segment().copy().unwrap().bytes;
    assert!(refusal(&segment).contains("a single segment"));
    let mut newer = genuine();
    newer[8] = 2;
    let reason = refusal(&newer);
    assert!(
        reason.contains("version 2.0; this ttmem reads version 1"),
        "{reason}"
    );
    // A newer minor version has more to say, and nothing else.
    let more = with_manifest(|manifest| {
        manifest["weather"] = json!("fine");
        manifest["segments"][0]["mood"] = json!({"good": true});
    });
    assert_eq!(open(&more).unwrap().scan(|_| false).segments.len(), 1);
}

#[test]
fn what_is_claimed_costs_nothing() {
    // More memory than any machine has.
    let many = with_manifest(|manifest| {
        let one = manifest["segments"][0].clone();
        let claims = (0..50_000).map(|number| {
            let mut one = one.clone();
            one["name"] = json!(format!("ttmem.{number}.0"));
            one["bytes"] = json!(ttmem_reader::LONGEST);
            one
        });
        manifest["segments"] = claims.collect();
    });
    assert!(refusal(&many).contains("of memory"));
    let long = with_manifest(|manifest| manifest["segments"][0]["bytes"] = json!(u64::MAX));
    assert!(refusal(&long).contains("too long"));
    let stored =
        with_manifest(|manifest| manifest["segments"][0]["stored_bytes"] = json!(1_u64 << 32));
    assert!(refusal(&stored).starts_with("it is cut short"));
    let twice = with_manifest(|manifest| {
        let one = manifest["segments"][0].clone();
        manifest["segments"].as_array_mut().unwrap().push(one);
    });
    assert!(refusal(&twice).contains("is in it twice"));
    // A frame that is more, or less, than it is said to be.
    for bytes in [0, 4096, 1 << 30] {
        let other = with_manifest(|manifest| manifest["segments"][0]["bytes"] = json!(bytes));
        let scan = open(&other).unwrap().scan(|_| false);
        assert!(
            scan.unreadable[0].reason.contains("said to have"),
            "{scan:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        prop_assert!(open(&bytes).is_err());
        let file = [&MAGIC[..], &[1, 0, 0, 0], &bytes].concat();
        prop_assert!(open(&file).is_err());
        prop_assert!(open(&forged(&bytes, &[])).is_err());
    }

    #[test]
    fn a_segment_of_arbitrary_bytes_is_unreadable(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        let file = with_manifest(|manifest| {
            let one = &mut manifest["segments"][0];
            one["stored_bytes"] = json!(bytes.len());
            one["stored_crc32"] = json!(crc32fast::hash(&bytes));
        });
        let length = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
        let file = [&file[..HEADER + length], &bytes].concat();
        let scan = open(&file).unwrap().scan(|_| false);
        prop_assert_eq!(scan.unreadable.len(), 1);
    }
}
