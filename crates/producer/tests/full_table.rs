//! Wherever in the live table an allocation lies, it is found again: up to a table without a free slot.

use std::collections::BTreeSet;
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Outcome, Pool, PoolKind, alloc, attach, detach, free,
    register_pool,
};

const SLOTS: u64 = 4096;

fn buffer(pool: Pool, number: u64) -> Allocation {
    Allocation {
        pool,
        buffer_type: BufferType::Dram,
        address: number << 11,
        requested: 2048,
        per_bank: 2048,
        banks: 12,
        id: 0,
    }
}

/// Fills the table, frees every third allocation and fills it again, several times over. At each stage
/// everything that should be live gains and loses a reference, and nothing else does.
#[test]
fn what_is_live_is_found_however_full_the_table_is() {
    let dir = tempfile::tempdir_in("/dev/shm").expect("a directory");
    let options = Options {
        dir: dir.path().to_owned(),
        ring_records: 1024,
        live_slots: SLOTS,
        ..Options::default()
    };
    attach(&options).expect("room");
    let chip = ChipSet::of(0).expect("chip 0");
    let pool = register_pool(PoolKind::Chip, chip, 0, None).expect("a pool");
    let end = |number: u64| free(pool, BufferType::Dram, number << 11);
    let mut live = BTreeSet::new();
    let mut next: u64 = 0;
    for _ in 0..4 {
        let mut overflows = 0;
        while overflows < 20 {
            // A thread's first event goes the long way, which must not place what the short one misses.
            let begun = if next.is_multiple_of(2) {
                alloc(&buffer(pool, next))
            } else {
                std::thread::scope(|scope| scope.spawn(|| alloc(&buffer(pool, next))).join())
                    .expect("no event panics")
            };
            match begun {
                Outcome::Done => assert!(live.insert(next)),
                Outcome::LiveOverflow => overflows += 1,
                other => panic!("a new allocation is {other:?}"),
            }
            next += 1;
            if next.is_multiple_of(64) {
                for number in &live {
                    assert_eq!(alloc(&buffer(pool, *number)), Outcome::Referenced);
                    assert_eq!(end(*number), Outcome::Referenced);
                }
            }
        }
        assert!(live.len() as u64 > SLOTS * 3 / 4, "{} are live", live.len());
        let leaving: Vec<u64> = live.iter().copied().step_by(3).collect();
        for number in leaving {
            assert_eq!(end(number), Outcome::Done);
            live.remove(&number);
            assert_ne!(end(number), Outcome::Done);
        }
    }
    for number in live {
        assert_eq!(end(number), Outcome::Done);
    }
    detach();
}
