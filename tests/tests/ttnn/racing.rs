//! Threads that dispatch, build and destroy programs far faster than with the real runtime: whatever they do
//! at once, each chip ends up with the program that was dispatched on it last, all of that program, and the
//! chips of a mesh with the same one.

use crate::own_runtime::build;
use crate::script::{said_by_ttmem, track};
use std::collections::BTreeMap;
use std::process::Command;
use support::{PrivateDir, cli, in_path, skip};
use ttmem_layout::{BufferType, ChipSet, Kind};
use ttmem_reader::{Event, Segment, Start};

/// All chips: the mesh that the program dispatches on at first.
const WHOLE: &[ChipSet] = &[ChipSet(0xff)];
/// Then workloads have a program for each half of it, with the same circular buffers and kernels of its own.
const HALVES: &[ChipSet] = &[ChipSet(0x0f), ChipSet(0xf0)];
/// Then there are also two parts of it, and so what is between them may be left with another program.
const PIECES: &[ChipSet] = &[ChipSet(0x03), ChipSet(0x0c), ChipSet(0xf0)];

#[test]
fn threads_that_dispatch_at_once_leave_whole_programs() {
    if !in_path("cc") {
        skip("there is no C compiler");
        return;
    }
    let dir = PrivateDir::new();
    let built = tempfile::tempdir().expect("a directory to build in");
    let mut command = Command::new(build(built.path(), "racing_runtime.c", &[]));
    command.arg("1000").env("LD_LIBRARY_PATH", built.path());
    track(&mut command, dir.path());
    command.envs([("TTMEM_KEEP", "1"), ("TTMEM_RING_RECORDS", "262144")]);
    let output = command.output().expect("the program can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let said = said_by_ttmem(&complaint);
    assert_eq!(said.len(), 1, "only what this runtime lacks: {said:?}");

    let dump = cli::json(dir.path(), &["dump"]);
    let devices = dump["devices"].as_array().map(Vec::len);
    assert_eq!(devices, Some(8), "each chip was reported as it opened");
    let process = &dump["processes"][0];
    assert_eq!(process["exact"], true, "{process}");
    let anomalies = process["anomalies"].as_object();
    for (name, count) in anomalies.expect("anomalies are listed") {
        assert_eq!(count, 0, "{name}");
    }
    assert_eq!(process["lost"]["rejected"], 0, "everything was attributed");
    assert_eq!(dump["buffers"], serde_json::json!([]), "all programs ended");

    let segment = Segment::open(&dir.segments()[0]).expect("the segment can be read");
    let mut cursor = segment.cursor(Start::Oldest).expect("it has a ring");
    let sweep = cursor.sweep(&segment).expect("the ring can be read");
    assert_eq!(sweep.lost, 0, "the ring holds it all");
    assert_eq!(Chips::replay(&sweep.events).quiet, 3000);
}

/// What lies on the chips, as the events tell it.
#[derive(Default)]
struct Chips {
    /// The numbers of the programs that circular buffers and kernels are of, with their chips.
    resident: [BTreeMap<(u16, u64), (u64, ChipSet)>; 2],
    /// Chips of which each has the same circular buffers, and the same kernels.
    pieces: [&'static [ChipSet]; 2],
    /// How often everybody stood still.
    quiet: usize,
}

impl Chips {
    fn replay(events: &[Event]) -> Self {
        let mut chips = Self::default();
        for event in events {
            chips.take(event);
        }
        chips
    }

    fn take(&mut self, event: &Event) {
        // As large as a program's number, times so much.
        let (sort, unit) = match (event.kind, event.text.as_deref()) {
            (Kind::Mark, Some("quiet")) => return self.assert_whole(),
            (Kind::Mark, label) => return self.enter(label.unwrap_or_default()),
            _ => match event.buffer_type {
                Some(BufferType::Cb) => (0, 64),
                Some(BufferType::Kernel) => (1, 16),
                _ => return,
            },
        };
        let resident = &mut self.resident[sort];
        let key = (event.pool, event.address);
        if event.kind.is_free() {
            resident.remove(&key);
            return;
        }
        resident.insert(key, (event.per_bank / unit, event.chips));
        // Chips of a mesh that are dispatched on together are together here too.
        let is_whole =
            |piece: &ChipSet| [ChipSet::EMPTY, *piece].contains(&event.chips.and(*piece));
        assert!(
            self.pieces[sort].iter().all(is_whole),
            "no dispatch was on these chips: {event:?}"
        );
    }

    fn enter(&mut self, phase: &str) {
        self.pieces = match phase {
            "one mesh" => [WHOLE, WHOLE],
            "a program for each half" => [WHOLE, HALVES],
            "each half goes" => [HALVES, HALVES],
            _ => [PIECES, PIECES],
        };
    }

    /// Nobody is at it: each chip has circular buffers and kernels of one program, or nothing.
    fn assert_whole(&mut self) {
        self.quiet += 1;
        let [circular, kernels] = &self.resident;
        let all = |resident: &BTreeMap<_, (u64, ChipSet)>| {
            let mut chips_of = BTreeMap::new();
            for (of, chips) in resident.values() {
                let all: &mut ChipSet = chips_of.entry(*of).or_default();
                *all = all.or(*chips);
            }
            chips_of
        };
        assert_eq!(all(circular), all(kernels), "at quiet point {}", self.quiet);
        circular.values().fold(ChipSet::EMPTY, |sum, (_, chips)| {
            assert!(sum.and(*chips).is_empty(), "two programs on one chip");
            sum.or(*chips)
        });
    }
}
