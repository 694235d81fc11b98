//! Comparing two looks at a segment.

use ttmem_reader::Snapshot;

/// A look without what differs from one moment to the next.
///
/// # Panics
/// If a snapshot does not end with its time scale any more.
pub fn timeless(snapshot: &Snapshot) -> String {
    let mut snapshot = snapshot.clone();
    snapshot.taken_ns = 0;
    snapshot.detached_ns = snapshot.detached_ns.map(|_| 0);
    for buffer in &mut snapshot.buffers {
        buffer.allocated_ns = 0;
    }
    let text = format!("{snapshot:#?}");
    let (figures, _scale) = text.split_once("\n    scale: ").expect("the last field");
    figures.to_owned()
}
