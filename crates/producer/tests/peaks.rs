//! Peaks are exact: threads that hold everything at one moment have reached exactly that, also while
//! their counters are being split under them.

use std::sync::Barrier;
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Outcome, Pool, PoolKind, alloc, attach, detach,
    register_pool,
};
use ttmem_reader::{Segment, scan};

const THREADS: u64 = 3;
const CHIPS: u32 = 16;
const PER_BANK: u64 = 2048;
const BANKS: u16 = 12;

fn buffer(pool: Pool, thread: u64, round: u32) -> Allocation {
    Allocation {
        pool,
        buffer_type: BufferType::L1,
        address: thread << 32 | u64::from(round) << 12,
        requested: PER_BANK,
        per_bank: PER_BANK,
        banks: BANKS,
        id: 0,
    }
}

/// In each round every thread allocates one buffer on the whole mesh, all at the same moment, while a
/// pool over a smaller part of the mesh is registered. After it, every chip's peak is what is held.
#[test]
fn a_peak_is_what_all_threads_hold_however_the_mesh_is_split_meanwhile() {
    for _ in 0..60 {
        let dir = tempfile::tempdir_in("/dev/shm").expect("a directory");
        let options = Options {
            dir: dir.path().to_owned(),
            ring_records: 1024,
            live_slots: 512,
            ..Options::default()
        };
        attach(&options).expect("room");
        let whole = ChipSet((1 << CHIPS) - 1);
        let mesh = register_pool(PoolKind::Mesh, whole, 1, None).expect("a pool");
        let other = register_pool(PoolKind::Submesh, whole, 2, Some(mesh)).expect("a pool");
        let step = Barrier::new(THREADS as usize + 1);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let step = &step;
                let pool = if thread % 2 == 0 { mesh } else { other };
                scope.spawn(move || {
                    for round in 0..CHIPS {
                        step.wait();
                        assert_eq!(alloc(&buffer(pool, thread, round)), Outcome::Done);
                        step.wait();
                        step.wait();
                    }
                });
            }
            let found = scan(dir.path()).expect("the directory can be read");
            for round in 0..CHIPS {
                step.wait();
                let part = ChipSet(whole.0 >> round);
                register_pool(PoolKind::Submesh, part, round, None).expect("a pool");
                step.wait();
                check(
                    &found.segments[0],
                    THREADS * u64::from(round + 1) * PER_BANK,
                );
                step.wait();
            }
        });
        detach();
    }
}

fn check(segment: &Segment, held: u64) {
    let snapshot = segment.snapshot().expect("the segment can be read");
    assert!(snapshot.exact() && !snapshot.moving, "{snapshot:?}");
    assert_eq!(snapshot.devices.len(), CHIPS as usize);
    for device in &snapshot.devices {
        let (chip, totals) = (device.info.chip, device.of(BufferType::L1));
        assert_eq!(totals.bytes, held * u64::from(BANKS), "chip {chip}");
        assert_eq!(totals.peak_bytes, totals.bytes, "chip {chip}");
        assert_eq!(device.l1_core_peak, held, "chip {chip}");
    }
}
