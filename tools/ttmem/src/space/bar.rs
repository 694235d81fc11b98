//! A bank as one line of letters, one for each owner: readable without colour.

use super::figures::is_circular;
use super::{Picture, Piece, Range};

/// Letters of the owners, in order of pid.
const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// What the owners beyond share.
const MORE: char = '#';
/// Free.
const FREE: char = '.';
/// Circular buffers.
const CIRCULAR: char = '=';

/// An owner of blocks in a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Its process.
    pub(crate) pid: u32,
    /// Its letter.
    pub(crate) letter: char,
    /// Blocks.
    pub(crate) blocks: u64,
    /// Bytes of a bank under them.
    pub(crate) bytes: u64,
}

/// The owners of a picture's blocks, with their letters.
pub(crate) fn owners(picture: &Picture) -> Vec<Owner> {
    let mut owners: Vec<Owner> = Vec::new();
    for (pid, range) in picture
        .blocks()
        .filter_map(|piece| Some((pid(piece)?, piece.range)))
    {
        let at = owners
            .binary_search_by_key(&pid, |owner| owner.pid)
            .unwrap_or_else(|at| {
                let new = Owner {
                    pid,
                    letter: MORE,
                    blocks: 0,
                    bytes: 0,
                };
                owners.insert(at, new);
                at
            });
        owners[at].blocks += 1;
        owners[at].bytes = owners[at].bytes.saturating_add(range.length());
    }
    for (owner, letter) in owners.iter_mut().zip(LETTERS) {
        owner.letter = char::from(*letter);
    }
    owners
}

/// Draws the bank in so many cells. A cell shows whoever has most of it: in capitals if it is taken
/// altogether, in small letters if only partly.
pub(crate) fn draw(picture: &Picture, owners: &[Owner], width: usize) -> String {
    let within = picture.room.within;
    // A cell stands for one byte at least.
    let width = width.min(usize::try_from(within.length()).unwrap_or(usize::MAX));
    if within.is_empty() || width == 0 {
        return String::new();
    }
    let scale = Scale { within, width };
    let mut cells = vec![Cell::default(); width];
    let mut reached = within.start;
    for piece in picture.blocks() {
        // Where blocks lie on one another, the first one shows.
        let start = piece.range.start.max(reached);
        let owner =
            pid(piece).and_then(|pid| owners.binary_search_by_key(&pid, |one| one.pid).ok());
        let part = Range {
            start,
            end: piece.range.end,
        };
        for (cell, bytes) in scale.cells(part.and(within)) {
            cells[cell].add(owner.unwrap_or(usize::MAX), bytes);
        }
        reached = reached.max(piece.range.end);
    }
    let circular = picture.pieces.iter().filter(|piece| is_circular(piece));
    for piece in circular {
        for (cell, bytes) in scale.cells(piece.range.and(within)) {
            cells[cell].circular += bytes;
        }
    }
    let cells = cells.iter().enumerate();
    cells
        .map(|(at, cell)| cell.letter(owners, scale.length(at)))
        .collect()
}

fn pid(piece: &Piece) -> Option<u32> {
    piece.held.as_ref().map(|held| held.pid)
}

/// Which cells addresses fall into.
struct Scale {
    within: Range,
    width: usize,
}

impl Scale {
    /// First address of a cell.
    fn start(&self, cell: usize) -> u64 {
        let length = u128::from(self.within.length());
        let offset = length * cell as u128 / self.width as u128;
        self.within.start + offset as u64
    }

    fn length(&self, cell: usize) -> u64 {
        self.start(cell + 1) - self.start(cell)
    }

    /// The cells that a range falls into, with its bytes in each.
    fn cells(&self, range: Range) -> impl Iterator<Item = (usize, u64)> {
        let offset = u128::from(range.start.saturating_sub(self.within.start));
        let guess = offset * self.width as u128 / u128::from(self.within.length().max(1));
        // Cells are rounded down, so that it may begin in the one before.
        let first = (guess as usize).saturating_sub(1);
        (first..self.width)
            .map(move |cell| {
                let ends = Range {
                    start: self.start(cell),
                    end: self.start(cell + 1),
                };
                (cell, ends.start, range.and(ends).length())
            })
            .take_while(move |(_, start, _)| *start < range.end)
            .filter(|(_, _, bytes)| *bytes > 0)
            .map(|(cell, _, bytes)| (cell, bytes))
    }
}

/// What is known of a cell.
#[derive(Clone, Debug, Default)]
struct Cell {
    /// Bytes of each owner in it.
    bytes: Vec<(usize, u64)>,
    circular: u64,
}

impl Cell {
    fn add(&mut self, owner: usize, bytes: u64) {
        match self.bytes.iter_mut().find(|(known, _)| *known == owner) {
            Some((_, sum)) => *sum += bytes,
            None => self.bytes.push((owner, bytes)),
        }
    }

    fn letter(&self, owners: &[Owner], length: u64) -> char {
        let taken: u64 = self.bytes.iter().map(|(_, bytes)| bytes).sum();
        let most = self.bytes.iter().max_by_key(|(_, bytes)| *bytes);
        let Some((owner, _)) = most else {
            return match self.circular * 2 {
                0 => FREE,
                twice if twice >= length => CIRCULAR,
                _ => '-',
            };
        };
        let letter = owners.get(*owner).map_or(MORE, |owner| owner.letter);
        if taken >= length {
            letter
        } else {
            letter.to_ascii_lowercase()
        }
    }
}
