//! One dead producer's segment in a file of its own.

use super::{Collected, file_name};
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
    collected.write_file(&path, false, &|| false)?;
    Ok(path)
}

/// No two are alike, for the segment's own number is in it.
fn name(segment: &Segment, time_ns: i64) -> String {
    let identity = segment.identity();
    let number = segment.name().rsplit('.').next().unwrap_or_default();
    let whose = format!("{}-{}-{number}", identity.host, identity.pid);
    file_name(time_ns, &whose)
}
