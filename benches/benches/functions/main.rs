//! Single functions: which step of an event or of a look got slower. `cargo bench -p ttmem-benches`.
//! What they cost beside floors and peers is in the table that benches/run prints.

mod producing;
mod reading;
mod segment;

use criterion::{criterion_group, criterion_main};

criterion_group!(functions, producing::functions, reading::functions);
criterion_main!(functions);
