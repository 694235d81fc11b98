//! Chips that are alike: of a mesh in lock step, one says it all.

use crate::value::ranges;
use ttmem_layout::ChipSet;

/// Groups of chips of which the same is to be said. Two chips with one number stay apart.
pub(crate) fn join<T>(
    chips: impl IntoIterator<Item = (ChipSet, T)>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<(ChipSet, T)> {
    let mut groups: Vec<(ChipSet, T)> = Vec::new();
    for (chip, thing) in chips {
        let group = groups
            .iter_mut()
            .find(|(chips, one)| chips.and(chip).is_empty() && same(one, &thing));
        match group {
            Some((chips, _)) => *chips = chips.or(chip),
            None => groups.push((chip, thing)),
        }
    }
    groups
}

/// `device 3`, `devices 0-3, each`.
pub(crate) fn devices(chips: ChipSet) -> String {
    match chips.len() {
        1 => format!("device {}", ranges(chips)),
        _ => format!("devices {}, each", ranges(chips)),
    }
}

/// `3`, `0-3 each`.
pub(crate) fn each(chips: ChipSet) -> String {
    let each = if chips.len() > 1 { " each" } else { "" };
    ranges(chips) + each
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_chips_are_joined_and_those_of_one_number_are_not() {
        let chips = [(0, 'a'), (1, 'b'), (2, 'a'), (2, 'a'), (3, 'b')];
        let chips = chips.map(|(chip, thing)| (ChipSet(1 << chip), thing));
        let groups = join(chips, char::eq);
        let expected = [(0b101, 'a'), (0b1010, 'b'), (0b100, 'a')];
        assert_eq!(groups, expected.map(|(chips, one)| (ChipSet(chips), one)));
        let [first, _, last] = &groups[..] else {
            panic!("{groups:?}");
        };
        assert_eq!(
            (each(first.0), each(last.0)),
            ("0,2 each".into(), "2".into())
        );
        assert_eq!(devices(first.0), "devices 0,2, each");
        assert_eq!(devices(last.0), "device 2");
    }
}
