//! What judging must hold, on made-up hosts.

use super::at_mark::live_at;
use super::closed::{but_for_the_runtimes_own, freed_by_closing};
use super::harmless::{USUAL_OF_A_PROGRAM, USUAL_SYSTEM_BUFFERS};
use super::since::Pasts;
use super::*;
use crate::grouping::Aspect;
use crate::marks::{Mark, Marks, Past};
use crate::select::Select;
use crate::view::sample::{self, Sample, host};
use crate::view::{Host, Process};
use std::time::Duration;
use ttmem_layout::{BufferType, ChipSet, Kind, flags};
use ttmem_reader::{Buffer, Event, State};

const MB: u64 = 1 << 20;

/// A process that holds buffers of these types and sizes on chip 0.
fn holding(pid: u32, state: State, buffers: &[(BufferType, u64)]) -> Sample {
    let mut seen = sample::seen(pid, state, &[(0, 7, 0)]);
    let place = |(at, &(buffer_type, bytes)): (usize, &(BufferType, u64))| Buffer {
        buffer_type,
        ..sample::buffer(at as u64 + 1, ChipSet(1), 0x1000 * at as u64, bytes)
    };
    seen.snapshot.buffers = buffers.iter().enumerate().map(place).collect();
    seen
}

fn by_size() -> By {
    By::of(&[Aspect::Process, Aspect::Devices, Aspect::Size])
}

fn judge(now: &Host, earlier: Option<&Earlier>, rules: &Rules) -> Vec<Group> {
    let case = Case {
        all: &now.buffers,
        asked: &now.buffers,
        all_closed: &[],
        closed: &[],
        earlier,
        by: by_size(),
        rules,
    };
    case.judge(&mut Suppressions::default(), |_| Phase::Forgotten)
}

fn broken(groups: &[Group]) -> Vec<(Rule, u64, u64)> {
    let findings = groups.iter().flat_map(|group| &group.findings);
    findings
        .map(|one| (one.rule, one.amount.buffers, one.amount.bytes))
        .collect()
}

fn grew() -> Rules {
    Rules {
        grew: Some("the baseline".into()),
        ..Rules::default()
    }
}

#[test]
fn every_allocation_is_in_one_group_whatever_the_grouping() {
    let host = host(&[
        holding(
            1,
            State::Running,
            &[(BufferType::Dram, 5 * MB), (BufferType::Dram, 5 * MB)],
        ),
        holding(
            2,
            State::Dead,
            &[
                (BufferType::L1, MB),
                (BufferType::Cb, 16),
                (BufferType::Dram, 3),
            ],
        ),
    ]);
    let rules = Rules::default();
    let every = [Aspect::Process, Aspect::Devices, Aspect::Size, Aspect::Mark];
    for chosen in 0..1 << every.len() {
        let aspects = every
            .iter()
            .enumerate()
            .filter(|(at, _)| chosen >> at & 1 == 1);
        let aspects: Vec<_> = aspects.map(|(_, aspect)| *aspect).collect();
        let case = Case {
            all: &host.buffers,
            asked: &host.buffers,
            all_closed: &[],
            closed: &[],
            earlier: None,
            by: By::of(&aspects),
            rules: &rules,
        };
        let groups = case.judge(&mut Suppressions::default(), |_| Phase::Beginning);
        let buffers: u64 = groups.iter().map(|group| group.amount.buffers).sum();
        let bytes: u64 = groups.iter().map(|group| group.amount.bytes).sum();
        assert_eq!((buffers, bytes), (5, 11 * MB + 19), "{aspects:?}");
    }
}

#[test]
fn a_host_has_not_grown_since_itself_and_has_by_what_is_added() {
    let few = [
        (BufferType::Dram, 5 * MB),
        (BufferType::L1, 64),
        (BufferType::Cb, MB),
    ];
    let more = [
        &few[..],
        &[
            (BufferType::L1, 64),
            (BufferType::L1, 32),
            (BufferType::L1, 64),
        ],
    ]
    .concat();
    let before = host(&[holding(1, State::Running, &few)]);
    let earlier = Earlier::in_baseline(&before, &before);
    let same = judge(&before, Some(&earlier), &grew());
    assert!(
        same.iter()
            .all(|group| group.harmless == Some(Harmless::NotMore))
    );

    let now = host(&[holding(1, State::Running, &more)]);
    let groups = judge(&now, Some(&earlier), &grew());
    assert_eq!(broken(&groups), [(Rule::Grew, 2, 128), (Rule::Grew, 1, 32)]);
    // The other way round there is only less.
    let earlier = Earlier::in_baseline(&now, &before);
    assert_eq!(broken(&judge(&before, Some(&earlier), &grew())), []);
}

#[test]
fn little_dram_is_the_runtimes_own_unless_it_grew() {
    let survived = Rules {
        survived: true,
        ..Rules::default()
    };
    let exited = |bytes| host(&[holding(1, State::Exited, &[(BufferType::Dram, bytes)])]);
    let little = judge(&exited(USUAL_SYSTEM_BUFFERS - 1), None, &survived);
    assert_eq!(little[0].harmless, Some(Harmless::SystemBuffers));
    assert_eq!(broken(&little), []);
    let much = judge(&exited(USUAL_SYSTEM_BUFFERS), None, &survived);
    assert_eq!(broken(&much), [(Rule::Survived, 1, USUAL_SYSTEM_BUFFERS)]);

    let nothing = Earlier::in_baseline(&host(&[holding(1, State::Running, &[])]), &exited(64));
    assert_eq!(
        broken(&judge(&exited(64), Some(&nothing), &grew())),
        [(Rule::Grew, 1, 64)]
    );
}

#[test]
fn little_of_a_program_is_harmless_and_programs_take_turns() {
    for (buffer_type, reason) in [
        (BufferType::Cb, Harmless::CircularBuffers),
        (BufferType::Kernel, Harmless::Kernels),
    ] {
        let with = |bytes| host(&[holding(1, State::Running, &[(buffer_type, bytes)])]);
        let larger = Rules {
            larger: Some(0),
            ..Rules::default()
        };
        let few = judge(&with(USUAL_OF_A_PROGRAM), None, &larger);
        assert_eq!(few[0].harmless, Some(reason));
        let many = judge(&with(USUAL_OF_A_PROGRAM + 1), None, &larger);
        assert_eq!(broken(&many), [(Rule::Larger, 1, USUAL_OF_A_PROGRAM + 1)]);
        // Another program's turn, which needs more.
        let earlier = Earlier::in_baseline(&with(MB), &with(2 * MB));
        assert_eq!(broken(&judge(&with(2 * MB), Some(&earlier), &grew())), []);
    }
}

#[test]
fn what_a_killed_process_held_trips_nothing_but_what_asks_for_it() {
    let weights = [(BufferType::Dram, 100 * MB), (BufferType::Kernel, MB)];
    let dead = host(&[holding(1, State::Dead, &weights)]);
    let mut rules = Rules {
        older: Some(Duration::from_millis(1)),
        larger: Some(1),
        survived: true,
        ..Rules::default()
    };
    assert_eq!(broken(&judge(&dead, None, &rules)), []);
    rules.held = true;
    assert_eq!(
        broken(&judge(&dead, None, &rules)),
        [(Rule::Held, 1, 100 * MB)]
    );
    let running = host(&[holding(1, State::Running, &weights)]);
    let rules: Vec<_> = broken(&judge(&running, None, &rules))
        .into_iter()
        .map(|one| one.0)
        .collect();
    assert_eq!(
        rules,
        [Rule::Older, Rule::Larger, Rule::Older, Rule::Larger]
    );
}

#[test]
fn another_run_of_a_program_is_found_by_its_command_and_its_chips() {
    let run = |pid, chip: u32, bytes| {
        let mut seen = sample::seen(pid, State::Running, &[(chip, 7, bytes)]);
        seen.segment = format!("ttmem.{pid}.{chip}");
        seen
    };
    let before = host(&[run(1, 0, 64), run(2, 1, 32)]);
    // The same two workers, whose pids come in the other order.
    let now = host(&[run(11, 1, 32), run(12, 0, 64)]);
    let earlier = Earlier::in_baseline(&before, &now);
    let pids: Vec<_> = earlier.buffers.iter().map(|held| held.pid).collect();
    assert_eq!(pids, [12, 11]);
    assert!(earlier.notes.is_empty());

    let mut stranger = run(13, 0, 64);
    stranger.identity.command = "vllm".into();
    let now = host(&[stranger]);
    let earlier = Earlier::in_baseline(&before, &now);
    assert_eq!(earlier.notes.len(), 3, "one that is new, two that are gone");
    assert!(!earlier.found, "nothing was compared");
    assert_eq!(
        broken(&judge(&now, Some(&earlier), &grew())),
        [(Rule::Grew, 1, 64)]
    );
}

/// An event of DRAM on chip 0.
fn event(kind: Kind, sequence: u64, address: u64, size: u64, alloc_sequence: u64) -> Event {
    Event {
        sequence,
        ticks: sequence,
        time_ns: sequence as i64,
        thread: 1,
        kind,
        buffer_type: Some(BufferType::Dram),
        flags: 0,
        refs: 1,
        pool: 0,
        chips: ChipSet(1),
        address,
        requested: size,
        per_bank: size,
        banks: 1,
        id: 0,
        alloc_sequence,
        text: None,
    }
}

#[test]
fn what_was_live_at_a_mark_is_told_by_what_was_freed_since() {
    let mark = Mark {
        name: "warm".into(),
        time_ns: 10,
        thread: 1,
        sequence: 10,
    };
    // Allocated anew with another size: the producer tells of the end that nobody reported.
    let replaced = Event {
        flags: flags::REPLACED,
        ..event(Kind::Free, 15, 0x30, 8, 5)
    };
    let past = Past {
        events: vec![
            // Gone before the mark.
            event(Kind::Alloc, 2, 0x20, 7, 0),
            event(Kind::Free, 4, 0x20, 7, 2),
            event(Kind::Alloc, 5, 0x30, 8, 0),
            // Freed since; the record of its allocation is gone.
            event(Kind::Free, 11, 0x40, 16, 1),
            // Came and went since.
            event(Kind::Alloc, 12, 0x40, 32, 0),
            event(Kind::Free, 13, 0x40, 32, 12),
            event(Kind::Alloc, 14, 0x50, 64, 0),
            replaced,
            event(Kind::Alloc, 16, 0x30, 99, 0),
        ],
        known_from: None,
    };
    let mut seen = sample::seen(1, State::Running, &[(0, 7, 0)]);
    let live = |sequence, bytes| Buffer {
        thread: 1,
        allocated_ns: sequence as i64,
        ..sample::buffer(sequence, ChipSet(1), 0x1000, bytes)
    };
    seen.snapshot.buffers = vec![live(3, 128), live(14, 64), live(16, 99)];
    let process = Process::new(seen.seen(), &Select::default());
    let now = host(&[seen]);
    let then = live_at(
        &mark,
        &past,
        now.buffers.iter(),
        &process,
        &Select::default(),
    );
    let mut sizes: Vec<_> = then.iter().map(|held| held.buffer.occupied).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [8, 16, 128]);
}

/// Sizes of what only closing freed, in a process that did this.
fn closed_in(state: State, events: Vec<Event>) -> Vec<(u64, i64)> {
    let host = host(&[holding(1, state, &[])]);
    let past = Past {
        events,
        known_from: None,
    };
    let marks = Marks::among(&past);
    let segment = host.processes[0].segment.clone();
    let pasts = Pasts::from([(segment, (past, marks))]);
    let closed = freed_by_closing(&host, &pasts, &Select::default());
    let told = closed.iter();
    told.map(|held| (held.buffer.occupied, held.age_ns - sample::NOW))
        .collect()
}

/// The end that closing a device brings.
fn cleared(sequence: u64, address: u64, size: u64, alloc_sequence: u64) -> Event {
    Event {
        flags: flags::POOL_CLEARED,
        ..event(Kind::Free, sequence, address, size, alloc_sequence)
    }
}

#[test]
fn what_the_last_closing_freed_is_found() {
    let opened = |sequence| event(Kind::Device, sequence, 0, 0, 0);
    let of_a_program = Event {
        buffer_type: Some(BufferType::Kernel),
        ..cleared(7, 0x60, 512, 4)
    };
    let once = vec![
        opened(1),
        event(Kind::Alloc, 2, 0x20, 64, 0),
        event(Kind::Alloc, 3, 0x30, 32, 0),
        event(Kind::Free, 4, 0x20, 64, 2),
        cleared(5, 0x30, 32, 3),
        // The record of its beginning is gone.
        cleared(6, 0x40, 16, 1),
        of_a_program,
    ];
    let found = [(32, -3), (16, -sample::NOW)];
    assert_eq!(closed_in(State::Exited, once.clone()), found);
    assert_eq!(closed_in(State::Dead, once.clone()), found);
    assert_eq!(closed_in(State::Running, once.clone()), []);
    // What was opened again has another end.
    let again = [once.clone(), vec![opened(8)]].concat();
    assert_eq!(closed_in(State::Exited, again), []);
    let used_again = vec![
        event(Kind::Alloc, 8, 0x30, 8, 0),
        event(Kind::Alloc, 9, 0x40, 4, 0),
        event(Kind::Free, 10, 0x30, 8, 8),
        cleared(11, 0x40, 4, 9),
    ];
    let again = [once, used_again].concat();
    assert_eq!(closed_in(State::Exited, again), [(4, -9)]);
}

#[test]
fn what_closing_freed_is_judged_by_its_own_rule_alone() {
    let all = [(BufferType::Dram, 5 * MB), (BufferType::L1, 64)];
    let closed = host(&[holding(1, State::Exited, &all)]).buffers;
    let judge = |rules: &Rules, all_closed: &[Held], closed: &[Held]| {
        let case = Case {
            all: &[],
            asked: &[],
            all_closed,
            closed,
            earlier: None,
            by: by_size(),
            rules,
        };
        broken(&case.judge(&mut Suppressions::default(), |_| Phase::Forgotten))
    };
    let mut rules = Rules {
        larger: Some(0),
        survived: true,
        ..Rules::default()
    };
    assert_eq!(judge(&rules, &closed, &closed), []);
    rules.closed = true;
    let found = [(Rule::Closed, 1, 5 * MB), (Rule::Closed, 1, 64)];
    assert_eq!(judge(&rules, &closed, &closed), found);
    // As much DRAM as the runtime may have on a chip for itself.
    let little = [(BufferType::Dram, USUAL_SYSTEM_BUFFERS - 1)];
    let little = host(&[holding(1, State::Exited, &little)]).buffers;
    assert_eq!(judge(&rules, &little, &little), []);
    assert_eq!(but_for_the_runtimes_own(&little).count(), 0);
    // Beside more of it it is not, whichever of it was asked for.
    let beside = [(BufferType::Dram, 5 * MB), (BufferType::Dram, 64)];
    let beside = host(&[holding(1, State::Exited, &beside)]).buffers;
    let found = [(Rule::Closed, 1, 64)];
    assert_eq!(judge(&rules, &beside, &beside[1..]), found);
}

#[test]
fn what_lies_in_different_memories_is_not_added_up() {
    let held = [(BufferType::Dram, 64 * MB), (BufferType::L1, 4 * MB)];
    let now = host(&[holding(1, State::Exited, &held)]);
    let rules = Rules {
        survived: true,
        ..Rules::default()
    };
    let said = sentence(&judge(&now, None, &rules), &rules).unwrap();
    let sum = "survived a clean exit: 2 buffers, DRAM 64.0 MiB, L1 4.0 MiB in 2 groups";
    assert!(said.starts_with(sum), "{said}");
}
