//! Segments as bytes, changed at places `segment.md` names: what no producer here would write.

#![allow(
    dead_code,
    reason = "the example that writes the stored segments uses other parts"
)]

use std::path::{Path, PathBuf};
use support::PrivateDir;

const SECTION_TABLE: usize = 1024;
const SECTION: usize = 32;

pub(crate) const PROCESS: u32 = 1;
pub(crate) const DEVICES: u32 = 2;
pub(crate) const POOLS: u32 = 3;
pub(crate) const GROUPS: u32 = 4;
pub(crate) const CONTROLS: u32 = 6;
pub(crate) const ENTRIES: u32 = 7;
pub(crate) const CHUNKS: u32 = 8;
pub(crate) const RECORDS: u32 = 9;

/// A segment to change.
#[derive(Clone)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    /// Those of a file.
    pub(crate) fn of(path: &Path) -> Self {
        let read = std::fs::read(path);
        Self(read.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    pub(crate) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes"))
    }

    pub(crate) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes"))
    }

    pub(crate) fn set(&mut self, at: usize, value: &[u8]) {
        self.0[at..at + value.len()].copy_from_slice(value);
    }

    pub(crate) fn set_u32(&mut self, at: usize, value: u32) {
        self.set(at, &value.to_le_bytes());
    }

    pub(crate) fn set_u64(&mut self, at: usize, value: u64) {
        self.set(at, &value.to_le_bytes());
    }

    /// Where the entry of the section table for `kind` stands.
    pub(crate) fn section(&self, kind: u32) -> usize {
        let all = (0..self.u32(20) as usize).map(|index| SECTION_TABLE + index * SECTION);
        let mut own = all.filter(|at| self.u32(*at) == kind);
        own.next().expect("all ten sections are present")
    }

    /// Where each entry of section `kind` stands.
    pub(crate) fn entries(&self, kind: u32) -> Vec<usize> {
        let section = self.section(kind);
        let size = self.u32(section + 4) as usize;
        let first = self.u64(section + 8) as usize;
        let count = self.u64(section + 16) as usize;
        (0..count).map(|index| first + index * size).collect()
    }

    /// Makes the header's checksum right.
    pub(crate) fn seal(&mut self) {
        self.set_u64(32, 0);
        let header = self.0.iter().take(4096);
        let sum = header.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
        self.set_u64(32, sum);
    }

    /// As a segment of its own in `dir`.
    pub(crate) fn store(&self, dir: &PrivateDir) -> PathBuf {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = dir.path().join(format!("ttmem.4242.{number:08x}"));
        std::fs::write(&path, &self.0).expect("a segment can be stored");
        path
    }
}
