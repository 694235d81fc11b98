//! A segment of this process, in a directory of its own.

use std::path::PathBuf;
use tempfile::TempDir;
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Pool, PoolKind, attach, attach_thread, detach,
    register_pool, segment_path,
};

/// Attached as long as this is there. One at a time.
pub(crate) struct Attached {
    _directory: TempDir,
    pub(crate) pool: Pool,
}

impl Attached {
    /// Of the default size, with one pool.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("ttmem-bench.")
            .tempdir_in(ttmem_region::directory())
            .expect("a directory beside the segments");
        let options = Options {
            dir: directory.path().to_owned(),
            ..Options::default()
        };
        attach(&options).expect("a segment");
        attach_thread();
        let pool = register_pool(PoolKind::Chip, chip(), 0, None).expect("a pool");
        Self {
            _directory: directory,
            pool,
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        segment_path().expect("attached")
    }

    /// A buffer at this address.
    pub(crate) fn buffer(&self, address: u64) -> Allocation {
        Allocation {
            pool: self.pool,
            buffer_type: BufferType::Dram,
            address,
            requested: 24_000,
            per_bank: 2048,
            banks: 12,
            id: 0,
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        detach();
    }
}

/// The chip of the pool.
pub(crate) fn chip() -> ChipSet {
    ChipSet::of(0).expect("a chip")
}
