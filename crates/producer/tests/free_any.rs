//! A free by address alone ends what a free that names the type would have ended.

use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Outcome, PoolKind, alloc, attach, cb_alloc, detach,
    free, free_any, register_pool, segment_path,
};
use ttmem_reader::{Segment, anomaly};

#[test]
fn the_youngest_buffer_at_an_address_ends() {
    let dir = tempfile::tempdir_in("/dev/shm").expect("a directory");
    assert_eq!(
        free_any(ttmem_producer::Pool::from_index(0), 0),
        Outcome::Off
    );
    attach(&Options {
        dir: dir.path().to_owned(),
        ..Options::default()
    })
    .expect("room");
    let segment = Segment::open(&segment_path().expect("it is attached")).expect("it is there");
    let live = || {
        let snapshot = segment.snapshot().expect("the segment can be read");
        let mut types: Vec<_> = snapshot
            .buffers
            .iter()
            .map(|live| live.buffer_type)
            .collect();
        types.sort();
        let counts = snapshot.anomalies.counts;
        let bad = [anomaly::UNKNOWN_FREE, anomaly::DOUBLE_FREE].map(|at| counts[at]);
        (types, bad)
    };
    let pool = register_pool(PoolKind::Chip, ChipSet(1), 0, None).expect("room");
    let buffer = |buffer_type, address| Allocation {
        pool,
        buffer_type,
        address,
        requested: 64,
        per_bank: 64,
        banks: 1,
        id: 0,
    };
    use BufferType::{Cb, Dram, L1, L1Small, SystemMemory, Trace};
    for buffer_type in [L1Small, Dram, Trace, SystemMemory, L1] {
        assert_eq!(alloc(&buffer(buffer_type, 4096)), Outcome::Done);
    }
    assert_eq!(cb_alloc(&buffer(Cb, 4096)), Outcome::Done);
    assert_eq!(alloc(&buffer(Dram, 4096)), Outcome::Referenced);

    // The youngest allocation, not the one last referred to, and not the circular buffers.
    assert_eq!(free_any(pool, 4096), Outcome::Done);
    assert_eq!(
        live(),
        (vec![Dram, SystemMemory, L1Small, Trace, Cb], [0, 0])
    );
    assert_eq!(free_any(pool, 4096), Outcome::Done);
    assert_eq!(free_any(pool, 4096), Outcome::Done);
    assert_eq!(free_any(pool, 4096), Outcome::Referenced);
    assert_eq!(free_any(pool, 4096), Outcome::Done);
    assert_eq!(live(), (vec![L1Small, Cb], [0, 0]));
    assert_eq!(free_any(pool, 4096), Outcome::Done);

    assert_eq!(free_any(pool, 4096), Outcome::DoubleFree);
    assert_eq!(live(), (vec![Cb], [0, 1]), "counted once");
    assert_eq!(free_any(pool, 8192), Outcome::UnknownFree);
    assert_eq!(live(), (vec![Cb], [1, 1]), "counted once");
    assert_eq!(
        free_any(ttmem_producer::Pool::from_index(9), 4096),
        Outcome::Rejected
    );
    assert_eq!(free(pool, L1, 4096), Outcome::DoubleFree);
    detach();
}
