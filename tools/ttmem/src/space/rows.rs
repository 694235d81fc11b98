//! Pieces as rows of a table for people: neighbours that are alike are one row.

use super::{Piece, Range};
use crate::view::Held;

/// Rows beyond which neighbours of one process are one row whatever their sizes.
const MANY: usize = 60;
/// Neighbours from which on a row stands for them.
const FEW: usize = 3;

/// A row: one piece, or neighbours without a gap between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// The first of them.
    pub(crate) first: &'a Piece,
    /// The oldest of them.
    pub(crate) oldest: &'a Piece,
    /// The addresses of all.
    pub(crate) range: Range,
    /// How many they are.
    pub(crate) count: usize,
}

/// The rows of pieces in order of address: each of its own if `all`, as few as there are alike otherwise.
pub(crate) fn rows(pieces: &[Piece], all: bool) -> Vec<Row<'_>> {
    if all {
        return join(pieces, |_, _| false);
    }
    let same_size = join(pieces, |one, other| {
        belong(one, other) && one.range.length() == other.range.length()
    });
    if same_size.len() <= MANY {
        return same_size;
    }
    join(pieces, belong)
}

/// Whether two pieces are of one process.
fn belong(one: &Piece, other: &Piece) -> bool {
    let owner = |held: &Held| (held.pid, held.segment.clone(), held.buffer.buffer_type);
    one.held.is_some() && one.held.as_ref().map(owner) == other.held.as_ref().map(owner)
}

fn join(pieces: &[Piece], alike: impl Fn(&Piece, &Piece) -> bool) -> Vec<Row<'_>> {
    let runs =
        pieces.chunk_by(|one, other| one.range.end == other.range.start && alike(one, other));
    runs.flat_map(|run| {
        let joined = if run.len() < FEW { 1 } else { run.len() };
        run.chunks(joined)
    })
    .filter_map(row)
    .collect()
}

fn row(run: &[Piece]) -> Option<Row<'_>> {
    let age = |piece: &&Piece| piece.held.as_ref().map_or(0, |held| held.age_ns);
    Some(Row {
        first: run.first()?,
        oldest: run.iter().max_by_key(age)?,
        range: Range {
            start: run.first()?.range.start,
            end: run.last()?.range.end,
        },
        count: run.len(),
    })
}
