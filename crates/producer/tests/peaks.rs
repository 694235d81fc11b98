//! Peaks are exact: threads that hold everything at one moment have reached exactly that, also while
//! their counters are being split under them.

use std::sync::Barrier;
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Outcome, Pool, PoolKind, alloc, attach, detach, free,
    register_pool,
};
use ttmem_reader::{Segment, Snapshot, scan};

const THREADS: u64 = 4;
const BUFFERS: u64 = 25;
const PER_BANK: u64 = 2048;
const BANKS: u16 = 12;
const CHIPS: u32 = 16;

fn buffer(pool: Pool, thread: u64, number: u64) -> Allocation {
    Allocation {
        pool,
        buffer_type: BufferType::L1,
        address: thread << 32 | number << 12,
        requested: PER_BANK,
        per_bank: PER_BANK,
        banks: BANKS,
        id: 0,
    }
}

fn snapshot(segment: &Segment) -> Snapshot {
    let snapshot = segment.snapshot().expect("the segment can be read");
    assert!(snapshot.exact() && !snapshot.moving, "{snapshot:?}");
    snapshot
}

/// Each round all threads hold all their buffers at once; meanwhile pools over ever smaller parts of
/// the mesh are registered. Every chip's peak is what all threads held, no more and no less.
#[test]
fn a_peak_is_what_all_threads_held_at_once() {
    for _ in 0..20 {
        let dir = tempfile::tempdir_in("/dev/shm").expect("a directory");
        attach(&Options {
            dir: dir.path().to_owned(),
            ..Options::default()
        })
        .expect("room");
        let whole = ChipSet((1 << CHIPS) - 1);
        let mesh = register_pool(PoolKind::Mesh, whole, 1, None).expect("a pool");
        let submesh = register_pool(PoolKind::Submesh, whole, 2, Some(mesh)).expect("a pool");
        let all_here = Barrier::new(THREADS as usize + 1);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let all_here = &all_here;
                let pool = if thread % 2 == 0 { mesh } else { submesh };
                scope.spawn(move || {
                    all_here.wait();
                    for number in 0..BUFFERS {
                        assert_eq!(alloc(&buffer(pool, thread, number)), Outcome::Done);
                    }
                    all_here.wait();
                    for number in 0..BUFFERS {
                        let address = buffer(pool, thread, number).address;
                        assert_eq!(free(pool, BufferType::L1, address), Outcome::Done);
                    }
                });
            }
            let all_here = &all_here;
            scope.spawn(move || {
                all_here.wait();
                for chip in 0..CHIPS {
                    let part = ChipSet(0xffff >> chip);
                    register_pool(PoolKind::Submesh, part, chip, None).expect("a pool");
                }
                all_here.wait();
            });
        });
        let found = scan(dir.path()).expect("the directory can be read");
        let snapshot = snapshot(&found.segments[0]);
        let held = THREADS * BUFFERS * PER_BANK;
        assert_eq!(snapshot.devices.len(), CHIPS as usize);
        for device in &snapshot.devices {
            let totals = device.of(BufferType::L1);
            assert_eq!(totals.bytes, 0);
            assert_eq!(
                totals.peak_bytes,
                held * u64::from(BANKS),
                "chip {}",
                device.info.chip
            );
            assert_eq!(device.l1_core_peak, held, "chip {}", device.info.chip);
        }
        detach();
    }
}
