//! What a producer calls.

use crate::segment::{Attached, chip};
use criterion::Criterion;
use std::hint::black_box;
use ttmem_layout::{Plan, buckets, hash, tag_of};
use ttmem_producer::{PoolKind, alloc, free, mark, register_pool, retire_pool};

/// From one address to the next.
const STEP: u64 = 2048;

pub(crate) fn functions(criterion: &mut Criterion) {
    place(criterion);
    let attached = Attached::new();
    buffers(criterion, &attached);
    criterion.bench_function("register_pool + retire_pool", |bencher| {
        bencher.iter(|| {
            let pool = register_pool(PoolKind::Mesh, chip(), 1, Some(attached.pool));
            let _ = retire_pool(pool.expect("a retired pool's place is used again"));
        });
    });
    criterion.bench_function("mark, a name that was used before", |bencher| {
        bencher.iter(|| mark(black_box("decode step")));
    });
}

fn place(criterion: &mut Criterion) {
    let mask = Plan::DEFAULT_LIVE_SLOTS / ttmem_layout::BUCKET_SLOTS as u64 - 1;
    criterion.bench_function("hash + buckets + tag", |bencher| {
        bencher.iter(|| {
            let hash = hash(black_box(3), black_box(0), black_box(0x0040_2000));
            (buckets(hash, black_box(mask)), tag_of(hash))
        });
    });
}

fn buffers(criterion: &mut Criterion, attached: &Attached) {
    let end = |address| free(attached.pool, attached.buffer(0).buffer_type, address);
    let mut spot = 0;
    criterion.bench_function("alloc + free", |bencher| {
        bencher.iter(|| {
            spot = (spot + 1) % 256;
            let address = spot * STEP;
            let _ = alloc(&attached.buffer(address));
            end(address)
        });
    });
    criterion.bench_function("free of what never was", |bencher| {
        bencher.iter(|| end(black_box(1 << 40)));
    });
    criterion.bench_function("one more reference + one less", |bencher| {
        let address = 1 << 41;
        let _ = alloc(&attached.buffer(address));
        bencher.iter(|| {
            let _ = alloc(&attached.buffer(black_box(address)));
            end(address)
        });
        let _ = end(address);
    });
}
