//! What is held, in words for people.

use super::line::{Count, Devices, Size, Text};
use super::{Amount, Group, Held, Rest, rests};
use std::cmp::Reverse;
use std::fmt::{self, Write};
use ttmem_layout::{BufferType, ChipSet, TYPES, loss};

/// Most bytes of a text: what a pipe takes in one piece.
pub const TEXT_BYTES: usize = 4096;

/// Groups listed one by one.
const LISTED: usize = 10;

/// Sums listed one by one.
const SUMS: usize = 8;

/// Letters of a command that are shown.
const COMMAND_LETTERS: usize = 60;

/// Losses after which something may be missing of what is held.
const HIDING: [usize; 5] = [
    loss::LIVE_OVERFLOW,
    loss::LIVE_OVERFLOW_BYTES,
    loss::OVERFLOW_FREES,
    loss::POOLS,
    loss::REJECTED,
];

/// Whose allocations are told of.
#[derive(Clone, Debug)]
pub struct Holder(String);

/// Up to when something was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The process ended cleanly, or stopped reporting.
    End,
    /// The process died: killed, crashed, or replaced by another program.
    Death,
    /// The allocator freed all it had, as when its device is closed.
    Closing,
}

/// The text of a dump, in a place of fixed size.
pub struct Telling<'a> {
    text: Text<'a>,
    holder: &'a Holder,
}

impl Holder {
    /// A process, and what of its command fits into a line without steering a terminal. The directory
    /// of the program is left out: interpreters are often deep down.
    pub fn new(pid: u32, command: &[u8]) -> Self {
        let command = String::from_utf8_lossy(command);
        let program = command.split(' ').next().unwrap_or_default();
        let command = &command[program.rfind('/').map_or(0, |last| last + 1)..];
        let letters = command.chars().map(|letter| {
            let steers = letter.is_control()
                || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if steers { '?' } else { letter }
        });
        let mut shown: String = letters.take(COMMAND_LETTERS).collect();
        if command.chars().nth(COMMAND_LETTERS).is_some() {
            shown.push('…');
        }
        Self(format!("pid {pid} ({shown})"))
    }
}

impl<'a> Telling<'a> {
    /// Nothing so far.
    pub fn new(holder: &'a Holder, place: &'a mut [u8; TEXT_BYTES]) -> Self {
        Self {
            text: Text::new(place),
            holder,
        }
    }

    /// Tells what was held: the sums of each buffer type, then the largest groups. `losses` are those of
    /// the process. Uses `held` up: it can take in nothing afterwards.
    pub fn tell(&mut self, held: &mut Held, until: Until, losses: &[u64]) {
        // A text in memory takes everything.
        let _ = self.write(held, until, losses);
    }

    /// The whole text.
    pub fn finish(self) -> &'a [u8] {
        self.text.finish()
    }

    fn write(&mut self, held: &mut Held, until: Until, losses: &[u64]) -> fmt::Result {
        let text = &mut self.text;
        write!(text, "ttmem: {} held ", self.holder.0)?;
        if held.is_empty() {
            text.write_str("nothing ")?;
        }
        text.write_str(match until {
            Until::End => "at its end",
            Until::Death => "when it died",
            Until::Closing => "when its device was closed or cleared",
        })?;
        write_sums(text, held)?;
        text.write_str("\n")?;
        let Held { groups, rest } = held;
        let groups = merged(groups);
        for group in groups.iter().take(LISTED) {
            let (name, count) = (group.buffer_type.name(), Count(group.count));
            let (size, devices) = (Size(group.size), Devices(group.chips));
            writeln!(text, "  {name}: {count} x {size} on {devices}")?;
        }
        let further = groups.len().min(LISTED);
        write_further(text, &groups[further..], rest)?;
        write_losses(text, losses)
    }
}

/// `: L1 2.0 MiB in 2 buffers on device 0; …`: devices that hold as much are told of together.
fn write_sums(text: &mut Text<'_>, held: &Held) -> fmt::Result {
    let mut told = 0;
    for buffer_type in BufferType::ALL {
        let mut rest = all_chips(held, buffer_type);
        while let Some(chip) = rest.iter().next() {
            let amount = on_chip(held, buffer_type, chip);
            let alike = rest
                .iter()
                .filter(|other| on_chip(held, buffer_type, *other) == amount)
                .filter_map(ChipSet::of)
                .fold(ChipSet::EMPTY, ChipSet::or);
            rest = rest.without(alike);
            told += 1;
            if told > SUMS {
                return text.write_str("; and more");
            }
            text.write_str(if told == 1 { ": " } else { "; " })?;
            let (name, size, count) = (buffer_type.name(), Size(amount.bytes), Count(amount.count));
            let noun = match (buffer_type, amount.count) {
                (BufferType::Cb | BufferType::Kernel, 1) => "allocation",
                (BufferType::Cb | BufferType::Kernel, _) => "allocations",
                (_, 1) => "buffer",
                _ => "buffers",
            };
            write!(
                text,
                "{name} {size} in {count} {noun} on {}",
                Devices(alike)
            )?;
        }
    }
    Ok(())
}

/// Chips on which something of a type lies.
fn all_chips(held: &Held, buffer_type: BufferType) -> ChipSet {
    amounts(held, buffer_type).fold(ChipSet::EMPTY, |all, (chips, _)| all.or(chips))
}

fn on_chip(held: &Held, buffer_type: BufferType, chip: u32) -> Amount {
    let mut sum = Amount::default();
    for (_, amount) in amounts(held, buffer_type).filter(|(chips, _)| chips.contains(chip)) {
        sum.add(amount.count, amount.bytes);
    }
    sum
}

fn amounts(held: &Held, wanted: BufferType) -> impl Iterator<Item = (ChipSet, Amount)> + '_ {
    let groups = held.groups.iter().filter(|group| group.count > 0);
    let groups = groups.map(|group| (group.chips, group.buffer_type, group.amount()));
    groups
        .chain(rests(&held.rest))
        .filter(move |(_, buffer_type, _)| *buffer_type == wanted)
        .map(|(chips, _, amount)| (chips, amount))
}

/// The groups, those of several pools over the same chips made one, then those that are as many on other
/// chips; the largest first, and circular buffers and kernels, which belong to programs that stay cached,
/// behind all others.
fn merged(groups: &mut [Group]) -> &[Group] {
    let alike = |group: &Group| (group.buffer_type, group.size, group.chips.0);
    groups.sort_unstable_by_key(|group| (group.count == 0, alike(group)));
    let used = groups.partition_point(|group| group.count > 0);
    let groups = folded(&mut groups[..used], |group, next| {
        let same = alike(group) == alike(next);
        group.count += if same { next.count } else { 0 };
        same
    });
    let as_many = |group: &Group| (group.buffer_type, group.size, group.count);
    groups.sort_unstable_by_key(|group| (as_many(group), group.chips.0));
    let groups = folded(groups, |group, next| {
        let apart = as_many(group) == as_many(next) && group.chips.and(next.chips).is_empty();
        if apart {
            group.chips = group.chips.or(next.chips);
        }
        apart
    });
    groups.sort_unstable_by_key(|group| {
        let of_a_program = matches!(group.buffer_type, BufferType::Cb | BufferType::Kernel);
        (of_a_program, Reverse(group.bytes()), alike(group))
    });
    groups
}

/// The groups without those that `take` has taken into the one before them.
fn folded(groups: &mut [Group], take: impl Fn(&mut Group, &Group) -> bool) -> &mut [Group] {
    let mut used = 0;
    for at in 0..groups.len() {
        let group = groups[at];
        if used == 0 || !take(&mut groups[used - 1], &group) {
            groups[used] = group;
            used += 1;
        }
    }
    &mut groups[..used]
}

/// `  and 12 more: L1 3.0 MiB`, for what is not listed.
fn write_further(text: &mut Text<'_>, groups: &[Group], rest: &[Rest]) -> fmt::Result {
    let mut sums = [Amount::default(); TYPES];
    let mut several = false;
    let listed = groups
        .iter()
        .map(|one| (one.chips, one.buffer_type, one.amount()));
    for (chips, buffer_type, amount) in listed.chain(rests(rest)) {
        let bytes = amount.bytes.saturating_mul(u64::from(chips.len()));
        sums[buffer_type as usize].add(amount.count, bytes);
        several |= chips.len() > 1;
    }
    let count = sums.iter().map(|sum| sum.count).sum();
    if count == 0 {
        return Ok(());
    }
    write!(text, "  and {} more", Count(count))?;
    let some = BufferType::ALL.into_iter().zip(sums);
    let mut separator = ": ";
    for (buffer_type, sum) in some.filter(|(_, sum)| sum.count > 0) {
        write!(
            text,
            "{separator}{} {}",
            buffer_type.name(),
            Size(sum.bytes)
        )?;
        separator = ", ";
    }
    text.write_str(if several {
        ", over all devices\n"
    } else {
        "\n"
    })
}

/// `  NOT EXACT: rejected 2`, if something may be missing.
fn write_losses(text: &mut Text<'_>, losses: &[u64]) -> fmt::Result {
    let mut separator = "  NOT EXACT: ";
    for loss in HIDING {
        let lost = losses.get(loss).copied().unwrap_or_default();
        if lost == 0 {
            continue;
        }
        text.write_str(separator)?;
        for (at, word) in loss::NAMES[loss].split('_').enumerate() {
            write!(text, "{}{word}", if at > 0 { " " } else { "" })?;
        }
        write!(text, " {}", Count(lost))?;
        separator = ", ";
    }
    if separator == ", " {
        text.write_str("\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_on_several_chips_is_told_in_one_line() {
        let mut held = Held::new();
        for chip in 0..8 {
            let chips = ChipSet::of(chip).expect("a host has 64");
            for _ in 0..2 {
                held.take(chip as u16, chips, BufferType::Dram, 1 << 20);
            }
            held.take(chip as u16, chips, BufferType::L1, 4096);
        }
        // One more on chip 3: it is as many as nobody else.
        held.take(3, ChipSet::of(3).expect("as above"), BufferType::L1, 4096);
        let holder = Holder::new(7, b"model");
        let mut place = [0; TEXT_BYTES];
        let mut telling = Telling::new(&holder, &mut place);
        telling.tell(&mut held, Until::End, &[]);
        let text = String::from_utf8_lossy(telling.finish()).into_owned();
        let (_, groups) = text.split_once('\n').expect("the first line is the sums");
        assert_eq!(
            groups,
            "  DRAM: 2 x 1.0 MiB on each of devices 0-7\n  \
             L1: 1 x 4.0 KiB on each of devices 0-2,4-7\n  \
             L1: 2 x 4.0 KiB on device 3\n"
        );
    }
}
