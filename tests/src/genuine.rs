//! A genuine segment's bytes, for tests that spoil them.

use crate::{PrivateDir, Starter};
use std::sync::OnceLock;

/// A segment of the least size with something in every part, as its producer left it when it was killed.
///
/// # Panics
/// If there is no such segment to be had.
pub fn genuine() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let dir = PrivateDir::new();
        let mut producer = Starter::new(dir.path())
            .env("TTMEM_RING_RECORDS", "1024")
            .env("TTMEM_LIVE_SLOTS", "512")
            .start();
        producer.all_ok(&[
            "attach",
            "device 0",
            "device 3",
            "pool mesh 0-7",
            "pool submesh 0-3 0",
            "mark prefill",
            "loop 0 700",
            "loop 1 600",
            "fail 0 DRAM 4096 out of memory",
            "gauge 0-3 100 200 3",
            "free 0 L1 0x99",
        ]);
        producer.kill();
        let [path] = dir.segments().try_into().expect("one segment is left");
        std::fs::read(path).expect("it is readable")
    })
}
