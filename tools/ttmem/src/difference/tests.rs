//! What a difference must hold, on made-up hosts.

use super::*;
use crate::grouping::Aspect;
use crate::view::sample::{self, Sample, host};
use ttmem_layout::ChipSet;
use ttmem_reader::State;

const BY_SIZE: By = By {
    process: true,
    devices: true,
    size: true,
    mark: false,
};

/// A process that holds buffers of these (sequence, bytes) on chip 0.
fn holding(pid: u32, state: State, buffers: &[(u64, u64)]) -> Sample {
    let total = buffers.iter().map(|(_, bytes)| bytes).sum();
    let mut seen = sample::seen(pid, state, &[(0, 7, total)]);
    seen.snapshot.devices[0].types[0].buffers = buffers.len() as u64;
    seen.snapshot.pools[0].buffers[0] = buffers.len() as u64;
    let place = |&(sequence, bytes): &(u64, u64)| {
        sample::buffer(sequence, ChipSet(1), 0x1000 * sequence, bytes)
    };
    seen.snapshot.buffers = buffers.iter().map(place).collect();
    seen
}

#[test]
fn a_view_does_not_differ_from_itself() {
    let host = host(&[
        holding(1, State::Running, &[(1, 64), (2, 64)]),
        holding(2, State::Dead, &[(1, 32)]),
    ]);
    let same = Difference::between(&host, &host, BY_SIZE);
    assert!(same.processes.is_empty());
    assert!(same.groups.is_empty());
    assert!(same.singles.appeared.is_empty() && same.singles.vanished.is_empty());
    let total = &same.totals[0];
    assert_eq!(total.before, total.after);
    assert_eq!(total.before.bytes, 160, "what the dead held counts");
}

#[test]
fn what_one_way_appeared_vanished_the_other_way() {
    let before = host(&[
        holding(1, State::Running, &[(1, 64), (2, 64), (3, 32)]),
        holding(2, State::Running, &[(1, 8)]),
    ]);
    let after = host(&[
        holding(1, State::Running, &[(1, 64), (4, 64), (5, 64), (6, 16)]),
        holding(3, State::Running, &[(1, 8)]),
    ]);
    let forth = Difference::between(&before, &after, BY_SIZE);
    let back = Difference::between(&after, &before, BY_SIZE);
    let sequences = |buffers: &[crate::view::Held]| -> Vec<_> {
        let of = |held: &crate::view::Held| (held.pid, held.buffer.sequence);
        buffers.iter().map(of).collect()
    };
    let appeared = [(1, 4), (1, 5), (1, 6), (3, 1)];
    assert_eq!(sequences(&forth.singles.appeared), appeared);
    assert_eq!(sequences(&back.singles.vanished), appeared);
    assert_eq!(sequences(&forth.singles.vanished), [(1, 2), (1, 3), (2, 1)]);
    for group in &forth.groups {
        let reverse = back.groups.iter().find(|one| one.key == group.key).unwrap();
        assert_eq!((reverse.before, reverse.after), (group.after, group.before));
    }
    assert_eq!(forth.groups.len(), back.groups.len());
}

#[test]
fn groups_singles_and_totals_tell_of_the_same_bytes() {
    let before = host(&[holding(1, State::Running, &[(1, 64), (2, 64), (3, 32)])]);
    let after = host(&[
        holding(1, State::Dead, &[(1, 64), (4, 64), (5, 64)]),
        holding(3, State::Running, &[(1, 8)]),
    ]);
    let all = [
        vec![],
        vec![Aspect::Size],
        vec![Aspect::Process],
        vec![Aspect::Devices, Aspect::Type, Aspect::Size, Aspect::Process],
    ];
    for by in all {
        let difference = Difference::between(&before, &after, By::of(&by));
        let grown = |one: &GroupChange| one.after.bytes as i64 - one.before.bytes as i64;
        let groups: i64 = difference.groups.iter().map(grown).sum();
        let of = |held: &crate::view::Held| held.buffer.occupied as i64;
        let singles: i64 = difference.singles.appeared.iter().map(of).sum::<i64>()
            - difference.singles.vanished.iter().map(of).sum::<i64>();
        let totals: i64 = (difference.totals.iter())
            .map(|one| one.after.bytes as i64 - one.before.bytes as i64)
            .sum();
        assert_eq!((groups, singles), (40, 40), "{by:?}");
        assert_eq!(totals, 40);
    }
}

#[test]
fn the_largest_growth_comes_first_and_exchanges_are_no_growth() {
    let before = host(&[holding(1, State::Running, &[(1, 64), (2, 32), (3, 16)])]);
    let after = host(&[holding(
        1,
        State::Running,
        &[(4, 64), (2, 32), (5, 32), (6, 8)],
    )]);
    let groups = groups(&before.buffers, &after.buffers, BY_SIZE);
    let told: Vec<_> = groups
        .iter()
        .map(|one| (one.key.size.unwrap(), one.direction()))
        .collect();
    assert_eq!(
        told,
        [
            (32, Direction::Grew),
            (8, Direction::Appeared),
            (16, Direction::Vanished)
        ]
    );
}

#[test]
fn a_pid_that_comes_again_is_another_process() {
    let old = holding(7, State::Dead, &[(1, 64)]);
    let mut new = holding(7, State::Running, &[(1, 64)]);
    new.segment = "ttmem.7.00001234".into();
    let (before, after) = (host(&[old]), host(&[new]));
    let difference = Difference::between(&before, &after, BY_SIZE);
    let fates: Vec<_> = difference.processes.iter().map(|one| one.fate()).collect();
    assert_eq!(fates, ["came", "went"]);
    assert_eq!(difference.singles.appeared.len(), 1);
    assert_eq!(difference.singles.vanished.len(), 1);
}

#[test]
fn a_death_is_a_change_even_if_nothing_else_is() {
    let before = host(&[holding(1, State::Running, &[(1, 64)])]);
    let after = host(&[holding(1, State::Dead, &[(1, 64)])]);
    let difference = Difference::between(&before, &after, BY_SIZE);
    assert_eq!(difference.processes[0].fate(), "died");
    assert!(difference.groups.is_empty());
}

#[test]
fn chips_in_lock_step_are_told_once() {
    let mesh = |bytes| {
        host(&[sample::seen(
            1,
            State::Running,
            &[(0, 7, bytes), (1, 8, bytes), (2, 9, 5)],
        )])
    };
    let totals = totals(&mesh(64), &mesh(128));
    let told: Vec<_> = totals
        .iter()
        .map(|one| (one.chips.0, one.before.bytes, one.after.bytes))
        .collect();
    assert_eq!(told, [(0b011, 64, 128), (0b100, 5, 5)]);
}
