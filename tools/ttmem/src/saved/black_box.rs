//! One dead producer's segment in a file of its own.

use super::Collected;
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};
use ttmem_reader::Segment;

/// Saves a segment in `directory`, which is made if there is none, under a name that tells when, where and
/// whose; tells which.
pub(crate) fn keep(directory: &Path, segment: &Segment) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let from = segment.path().parent().unwrap_or(Path::new(""));
    let mut collected = Collected::new(from);
    collected.add(segment)?;
    let path = directory.join(name(segment, collected.time_ns()));
    collected.write_file(&path, false)?;
    Ok(path)
}

/// `20261120T120000Z-tt01-4242-1a2b3c4d.ttmem`: by time in a listing, and no two alike, for the segment's
/// own number is in it.
fn name(segment: &Segment, time_ns: i64) -> String {
    let moment = jiff::Timestamp::from_second(time_ns.div_euclid(1_000_000_000));
    let moment = moment.unwrap_or_default().strftime("%Y%m%dT%H%M%SZ");
    let identity = segment.identity();
    let number = segment.name().rsplit('.').next().unwrap_or_default();
    format!(
        "{moment}-{}-{}-{}.ttmem",
        tame(&identity.host),
        identity.pid,
        tame(number)
    )
}

/// Only what is safe in the name of a file: a segment may claim to come from any host.
fn tame(text: &str) -> String {
    let tame = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    text.chars()
        .map(|c| if tame(c) { c } else { '_' })
        .collect()
}
