//! What a reader calls.

use crate::segment::Attached;
use criterion::{BatchSize, Criterion, Throughput};
use std::path::Path;
use ttmem_layout::Plan;
use ttmem_producer::{alloc, free};
use ttmem_reader::{Segment, Start, Watch};

/// Buffers that live: a small model's.
const BUFFERS: u64 = 1000;
/// Where those come and go that fill the ring.
const ELSEWHERE: u64 = 1 << 40;

pub(crate) fn functions(criterion: &mut Criterion) {
    let attached = Attached::new();
    for number in 0..BUFFERS {
        let _ = alloc(&attached.buffer(number * 2048));
    }
    for number in 0..Plan::DEFAULT_RING_RECORDS {
        let passing = attached.buffer(ELSEWHERE + number % 256 * 2048);
        let _ = alloc(&passing);
        let _ = free(passing.pool, passing.buffer_type, passing.address);
    }
    let path = attached.path();
    criterion.bench_function("open: the header is checked", |bencher| {
        bencher.iter(|| open(&path));
    });
    let segment = open(&path);
    criterion.bench_function("snapshot, 1,000 buffers", |bencher| {
        bencher.iter_with_large_drop(|| segment.snapshot());
    });
    criterion.bench_function("summary, 1,000 buffers", |bencher| {
        bencher.iter(|| segment.summary());
    });
    let mut watch = Watch::new(open(&path));
    criterion.bench_function("another look, nothing changed", |bencher| {
        bencher.iter(|| watch.look(|_| false).map(|seen| seen.devices.len()));
    });
    ring(criterion, &segment);
}

/// All of a full ring. Per record.
fn ring(criterion: &mut Criterion, segment: &Segment) {
    let mut group = criterion.benchmark_group("a full ring");
    group.throughput(Throughput::Elements(Plan::DEFAULT_RING_RECORDS));
    let cursor = || segment.cursor(Start::Oldest).expect("a cursor");
    group.bench_function("visit", |bencher| {
        bencher.iter_batched(
            cursor,
            |mut cursor| {
                let mut bytes = 0;
                cursor
                    .visit(segment, |record, _| bytes += record.occupied())
                    .expect("a visit");
                bytes
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("sweep", |bencher| {
        bencher.iter_batched(
            cursor,
            |mut cursor| cursor.sweep(segment).expect("a sweep"),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn open(path: &Path) -> Segment {
    Segment::open(path).expect("a segment")
}
