//! A bar: how much of a whole is in use, and for what.

use crate::screen::theme::Theme;
use ratatui::text::Span;
use std::cmp::Reverse;
use ttmem_layout::BufferType;
use ttmem_reader::TypeTotals;

/// Cells for each part of `whole`, and for what is left, in `width` cells. What is in use is never shown
/// as nothing as long as there is room, and what is left never as full.
fn cells(parts: &[u64], whole: u64, width: usize) -> (Vec<usize>, usize) {
    let sum = parts
        .iter()
        .fold(0_u64, |sum, part| sum.saturating_add(*part));
    let full = sum >= whole;
    let room = if full { width } else { width.saturating_sub(1) };
    let scale = |part: u64| part as f64 / whole.max(sum).max(1) as f64 * width as f64;
    let mut cells: Vec<usize> = parts
        .iter()
        .map(|part| match part {
            0 => 0,
            part => (scale(*part).round() as usize).max(1),
        })
        .collect();
    // Rounding may have given away more than there is: who has most can spare it best.
    while cells.iter().sum::<usize>() > room {
        let parts = parts.iter().map(|part| Reverse(*part));
        if let Some((most, _)) = cells.iter_mut().zip(parts).max() {
            *most -= 1;
        }
    }
    if full && sum > 0 {
        let missing = width.saturating_sub(cells.iter().sum());
        if let Some(most) = cells.iter_mut().max() {
            *most += missing;
        }
    }
    let used: usize = cells.iter().sum();
    (cells, width - used)
}

/// What lies in L1: buffers, circular buffers and kernels, each with a sign of its own.
pub(in crate::screen) fn l1(
    theme: &Theme,
    of: impl Fn(BufferType) -> TypeTotals,
    capacity: u64,
    width: usize,
) -> Vec<Span<'static>> {
    let signs = theme.signs;
    let bytes = |one| of(one).bytes;
    let parts = [
        (
            bytes(BufferType::L1).saturating_add(bytes(BufferType::L1Small)),
            signs.buffers,
            BufferType::L1,
        ),
        (bytes(BufferType::Cb), signs.cb, BufferType::Cb),
        (bytes(BufferType::Kernel), signs.kernel, BufferType::Kernel),
    ];
    of_parts(theme, &parts, capacity, width)
}

/// What lies in DRAM.
pub(in crate::screen) fn dram(
    theme: &Theme,
    bytes: u64,
    capacity: u64,
    width: usize,
) -> Vec<Span<'static>> {
    let part = (bytes, theme.signs.buffers, BufferType::Dram);
    of_parts(theme, &[part], capacity, width)
}

fn of_parts(
    theme: &Theme,
    parts: &[(u64, char, BufferType)],
    capacity: u64,
    width: usize,
) -> Vec<Span<'static>> {
    let run = |sign: char, count| sign.to_string().repeat(count);
    if capacity == 0 {
        return vec![Span::styled(run(theme.signs.unknown, width), theme.faint())];
    }
    let sizes: Vec<u64> = parts.iter().map(|(bytes, ..)| *bytes).collect();
    let (cells, free) = cells(&sizes, capacity, width);
    let mut spans: Vec<_> = parts
        .iter()
        .zip(cells)
        .filter(|(_, cells)| *cells > 0)
        .map(|((_, sign, buffer_type), cells)| {
            Span::styled(run(*sign, cells), theme.of_type(*buffer_type))
        })
        .collect();
    spans.push(Span::styled(run(theme.signs.free, free), theme.faint()));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bar_shows_the_first_byte_and_the_last_one_left() {
        assert_eq!(cells(&[0], 100, 10), (vec![0], 10));
        assert_eq!(cells(&[1], 1_000_000, 10), (vec![1], 9));
        assert_eq!(cells(&[50, 25], 100, 8), (vec![4, 2], 2));
        assert_eq!(cells(&[999_999], 1_000_000, 10), (vec![9], 1));
        assert_eq!(cells(&[100], 100, 10), (vec![10], 0));
        assert_eq!(cells(&[300, 100], 100, 8), (vec![6, 2], 0));
        assert_eq!(cells(&[2, 1, 97], 100, 2), (vec![1, 0, 1], 0));
    }

    proptest! {
        #[test]
        fn a_bar_is_as_wide_as_it_should_be(
            parts in proptest::collection::vec(any::<u64>(), 0..4),
            whole in 1..u64::MAX,
            width in 0..60_usize,
        ) {
            let (cells, free) = cells(&parts, whole, width);
            prop_assert_eq!(cells.iter().sum::<usize>() + free, width);
        }
    }
}
