//! Pieces as rows of a table for people: neighbours that are alike are one row.

use super::{Piece, Range};
use crate::view::Held;

/// Rows beyond which neighbours of one process are one row whatever their sizes.
const MANY: usize = 60;
/// Rows that are shown of more than can be taken in: the largest.
const SHOWN: usize = 100;
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

/// The largest of too many rows, still in order of address; and the largest size of those left out.
pub(crate) fn largest(rows: Vec<Row<'_>>) -> (Vec<Row<'_>>, Option<u64>) {
    if rows.len() <= SHOWN {
        return (rows, None);
    }
    let mut sizes: Vec<_> = rows.iter().map(|row| row.range.length()).collect();
    sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
    let (least, below) = (sizes[SHOWN - 1], sizes[SHOWN]);
    // Of those as small as the least shown, the lowest ones.
    let mut alike = sizes[..SHOWN].iter().filter(|size| **size == least).count();
    let shown = rows.into_iter().filter(|row| {
        let size = row.range.length();
        let one_of_alike = size == least && alike > 0;
        alike -= usize::from(one_of_alike);
        size > least || one_of_alike
    });
    (shown.collect(), Some(below))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_layout::{BufferType, ChipSet};
    use ttmem_reader::State;

    fn piece(start: u64, length: u64, pid: Option<u32>) -> Piece {
        let chips = ChipSet(1);
        Piece {
            chips,
            buffer_type: BufferType::Dram,
            range: Range::at(start, length),
            held: pid.map(|pid| Held {
                pid,
                segment: format!("ttmem.{pid}.0").into(),
                state: State::Running,
                chips,
                age_ns: start as i64,
                buffer: sample::buffer(start, chips, start, length),
            }),
        }
    }

    /// As (start, end, pieces).
    fn shown(rows: &[Row<'_>]) -> Vec<(u64, u64, usize)> {
        let shown = |row: &Row<'_>| (row.range.start, row.range.end, row.count);
        rows.iter().map(shown).collect()
    }

    #[test]
    fn neighbours_that_are_alike_are_one_row() {
        let mut pieces: Vec<_> = (0..4).map(|at| piece(at * 8, 8, Some(1))).collect();
        pieces.push(piece(32, 8, Some(2)));
        pieces.push(piece(40, 8, None));
        pieces.push(piece(48, 16, Some(2)));
        pieces.push(piece(64, 16, Some(2)));
        let joined = rows(&pieces, false);
        assert_eq!(
            shown(&joined),
            [
                (0, 32, 4),
                (32, 40, 1),
                (40, 48, 1),
                (48, 64, 1),
                (64, 80, 1)
            ]
        );
        assert_eq!(joined[0].oldest.range.start, 24);
        assert_eq!(rows(&pieces, true).len(), pieces.len());
    }

    #[test]
    fn in_a_long_table_neighbours_of_any_size_are_one_row() {
        let sizes = (0..100).map(|at| 1 + at % 2);
        let mut start = 0;
        let pieces: Vec<_> = sizes
            .map(|size| {
                start += size;
                piece(start - size, size, Some(1))
            })
            .collect();
        assert_eq!(shown(&rows(&pieces, false)), [(0, 150, 100)]);
    }

    #[test]
    fn of_too_many_rows_the_largest_are_shown() {
        let piece = |at: u64| piece(at * 100, 1 + at % 50, at.is_multiple_of(2).then_some(1));
        let pieces: Vec<_> = (0..300).map(piece).collect();
        let (kept, below) = largest(rows(&pieces, false));
        assert_eq!(kept.len(), SHOWN);
        let least = kept.iter().map(|row| row.range.length()).min();
        assert_eq!((least, below), (Some(34), Some(34)));
        assert!(kept.is_sorted_by_key(|row| row.range.start));
    }
}
