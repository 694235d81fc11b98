//! Peaks that begin anew: every observer's is the most that was held since it asked for that, whatever
//! others ask for, however chips share counters, and the peak in the segment never falls.

use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use ttmem_producer::{
    Allocation, BufferType, ChipSet, L1_CORE_LINE, Options, Outcome, Peaks, Pool, PoolKind, alloc,
    attach, close_peaks, detach, free, open_peaks, peak, register_pool, reset_peak, segment_path,
};
use ttmem_reader::Segment;

const CHIPS: u32 = 6;
const LINES: usize = L1_CORE_LINE + 1;
/// A mesh, and what parts of it are carved later: counters are split under what they have counted.
const POOLS: [u64; 7] = [
    0b11_1111, 0b00_0111, 0b11_1000, 0b00_0001, 0b01_0000, 0b11_1111, 0b00_0110,
];
const TYPES: [BufferType; 3] = [BufferType::Dram, BufferType::L1, BufferType::L1Small];

/// A process is attached once at a time.
static ATTACHED: Mutex<()> = Mutex::new(());

struct Process {
    _alone: MutexGuard<'static, ()>,
    _dir: tempfile::TempDir,
    segment: Segment,
}

impl Process {
    fn attach() -> Self {
        let alone = ATTACHED.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir_in("/dev/shm").expect("a directory");
        let options = Options {
            dir: dir.path().to_owned(),
            ring_records: 1024,
            live_slots: 512,
            ..Options::default()
        };
        attach(&options).expect("room");
        let path = segment_path().expect("it is attached");
        Self {
            _alone: alone,
            segment: Segment::open(&path).expect("it was just made"),
            _dir: dir,
        }
    }

    /// The peaks that readers show, by chip and line.
    fn shown(&self) -> HashMap<u32, [u64; LINES]> {
        let snapshot = self.segment.snapshot().expect("the segment can be read");
        let shown = snapshot.devices.iter().map(|device| {
            let mut peaks = [0; LINES];
            for buffer_type in BufferType::ALL {
                peaks[buffer_type as usize] = device.of(buffer_type).peak_bytes;
            }
            peaks[L1_CORE_LINE] = device.l1_core_peak;
            (device.info.chip, peaks)
        });
        shown.collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        detach();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Alloc {
        pool: usize,
        kind: usize,
        slot: u64,
        per_bank: u64,
    },
    Free {
        pool: usize,
        kind: usize,
        slot: u64,
    },
    Open,
    Close(usize),
    Reset {
        window: usize,
        chip: u32,
        line: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (pool, kind, slot) = (0..POOLS.len(), 0..TYPES.len(), 0..12_u64);
    prop_oneof![
        8 => (pool.clone(), kind.clone(), slot.clone(), 1..9_u64).prop_map(
            |(pool, kind, slot, size)| Step::Alloc { pool, kind, slot, per_bank: size * 32 }
        ),
        8 => (pool, kind, slot).prop_map(|(pool, kind, slot)| Step::Free { pool, kind, slot }),
        1 => Just(Step::Open),
        1 => any::<usize>().prop_map(Step::Close),
        4 => (any::<usize>(), 0..CHIPS, 0..LINES)
            .prop_map(|(window, chip, line)| Step::Reset { window, chip, line }),
    ]
}

type Figures = [[u64; LINES]; CHIPS as usize];

/// What should be held and have been reached, kept in the plainest way.
#[derive(Default)]
struct Model {
    live: HashMap<(usize, usize, u64), u64>,
    held: Figures,
    ever: Figures,
    windows: Vec<(Peaks, Figures)>,
}

impl Model {
    fn change(&mut self, pool: usize, kind: usize, per_bank: u64, sign: i64) {
        for chip in ChipSet(POOLS[pool]).iter() {
            let held = &mut self.held[chip as usize];
            let mut add = |line: usize, bytes: u64| {
                held[line] = held[line].wrapping_add_signed(sign * bytes as i64);
            };
            add(TYPES[kind] as usize, per_bank * 2);
            if TYPES[kind] != BufferType::Dram {
                add(L1_CORE_LINE, per_bank);
            }
        }
        let reached = self.windows.iter_mut().map(|(_, reached)| reached);
        for reached in reached.chain([&mut self.ever]) {
            for (reached, held) in reached.iter_mut().flatten().zip(self.held.as_flattened()) {
                *reached = (*reached).max(*held);
            }
        }
    }
}

fn run(steps: Vec<Step>) {
    let process = Process::attach();
    let mut pools: [Option<Pool>; POOLS.len()] = [None; POOLS.len()];
    let mut model = Model {
        windows: vec![(Peaks::PROCESS, Figures::default())],
        ..Model::default()
    };
    for step in steps {
        match step {
            Step::Alloc {
                pool,
                kind,
                slot,
                per_bank,
            } => {
                if model.live.contains_key(&(pool, kind, slot)) {
                    continue;
                }
                let registered = *pools[pool].get_or_insert_with(|| {
                    let chips = ChipSet(POOLS[pool]);
                    register_pool(PoolKind::Mesh, chips, 0, None).expect("room")
                });
                let allocation = Allocation {
                    pool: registered,
                    buffer_type: TYPES[kind],
                    address: slot << 16,
                    requested: per_bank,
                    per_bank,
                    banks: 2,
                    id: 0,
                };
                assert_eq!(alloc(&allocation), Outcome::Done);
                model.live.insert((pool, kind, slot), per_bank);
                model.change(pool, kind, per_bank, 1);
            }
            Step::Free { pool, kind, slot } => {
                let Some(per_bank) = model.live.remove(&(pool, kind, slot)) else {
                    continue;
                };
                let registered = pools[pool].expect("it was allocated from");
                assert_eq!(free(registered, TYPES[kind], slot << 16), Outcome::Done);
                model.change(pool, kind, per_bank, -1);
            }
            Step::Open => {
                if let Some(peaks) = open_peaks() {
                    model.windows.push((peaks, model.held));
                }
            }
            Step::Close(window) => {
                let window = window % model.windows.len();
                if window == 0 {
                    assert_eq!(close_peaks(Peaks::PROCESS), Outcome::Rejected);
                } else {
                    let (closed, _) = model.windows.remove(window);
                    assert_eq!(close_peaks(closed), Outcome::Done);
                    assert_eq!(peak(closed, 0, 0), None);
                    assert_eq!(close_peaks(closed), Outcome::Rejected);
                }
            }
            Step::Reset { window, chip, line } => {
                let window = window % model.windows.len();
                let (peaks, reached) = &mut model.windows[window];
                let reached = &mut reached[chip as usize][line];
                assert_eq!(reset_peak(*peaks, chip, line), Some(*reached));
                *reached = model.held[chip as usize][line];
            }
        }
        for (peaks, reached) in &model.windows {
            for (chip, reached) in (0..).zip(reached) {
                let found: Vec<_> = (0..LINES).map(|line| peak(*peaks, chip, line)).collect();
                assert_eq!(found, reached.map(Some), "{peaks:?} {chip}");
            }
        }
    }
    for (chip, shown) in process.shown() {
        assert_eq!(shown, model.ever[chip as usize], "chip {chip}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_observer_has_peaks_of_its_own(steps in prop::collection::vec(step(), 1..250)) {
        run(steps);
    }
}

/// In each round all threads allocate at once, less than had been reached before, while somebody's peak
/// begins anew: it has to be what they all hold then. Now and then the mesh is split meanwhile.
#[test]
fn no_allocation_slips_through_while_a_peak_begins_anew() {
    const THREADS: u64 = 3;
    const ROUNDS: u64 = 5000;
    const SIZE: u64 = 32;
    const MUCH: u64 = 1 << 20;
    let process = Process::attach();
    let whole = ChipSet((1 << CHIPS) - 1);
    let mesh = register_pool(PoolKind::Mesh, whole, 0, None).expect("room");
    let (restless, calm) = (open_peaks().expect("room"), open_peaks().expect("room"));
    let buffer = |size: u64, address: u64| Allocation {
        pool: mesh,
        buffer_type: BufferType::L1,
        address,
        requested: size,
        per_bank: size,
        banks: 1,
        id: 0,
    };
    let step = Barrier::new(THREADS as usize + 1);
    // Looked at when all threads are through: a failure in between would leave them waiting.
    let mut wrong = Vec::new();
    std::thread::scope(|scope| {
        for thread in 1..=THREADS {
            let (step, buffer) = (&step, &buffer);
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    step.wait();
                    let _ = alloc(&buffer(SIZE, thread << 32));
                    step.wait();
                }
            });
        }
        for round in 0..ROUNDS {
            let _ = alloc(&buffer(MUCH, 0));
            let _ = free(mesh, BufferType::L1, 0);
            step.wait();
            if round % 1000 == 500 {
                let part = ChipSet(whole.0 >> (round / 1000));
                register_pool(PoolKind::Submesh, part, 0, None).expect("room");
            }
            reset_peak(restless, 0, L1_CORE_LINE);
            step.wait();
            let found = [restless, calm, Peaks::PROCESS].map(|of| peak(of, 0, L1_CORE_LINE));
            if found != [THREADS * SIZE, MUCH, MUCH].map(Some) {
                wrong.push((round, found));
            }
            for thread in 1..=THREADS {
                let _ = free(mesh, BufferType::L1, thread << 32);
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong:?}");
    for (chip, shown) in process.shown() {
        assert_eq!(shown[L1_CORE_LINE], MUCH, "chip {chip}");
    }
}

/// Readers look on while threads allocate and free and peaks begin anew: what they show never falls.
#[test]
fn the_peak_that_readers_show_never_falls() {
    const ROUNDS: u64 = 4000;
    let process = Process::attach();
    let both = register_pool(PoolKind::Mesh, ChipSet(3), 0, None).expect("room");
    let done = Barrier::new(3);
    let finished = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..2_u64 {
            let (done, finished) = (&done, &finished);
            scope.spawn(move || {
                done.wait();
                for round in 0..ROUNDS {
                    let allocation = Allocation {
                        pool: both,
                        buffer_type: BufferType::Dram,
                        address: thread << 32,
                        requested: round + 1,
                        per_bank: round + 1,
                        banks: 1,
                        id: 0,
                    };
                    let _ = alloc(&allocation);
                    let _ = free(both, BufferType::Dram, thread << 32);
                }
                finished.fetch_add(1, std::sync::atomic::Ordering::Release);
            });
        }
        done.wait();
        let mut before = 0;
        while finished.load(std::sync::atomic::Ordering::Acquire) < 2 {
            reset_peak(Peaks::PROCESS, 0, BufferType::Dram as usize).expect("it is open");
            let shown = process.shown()[&1][BufferType::Dram as usize];
            assert!(shown >= before, "{shown} after {before}");
            before = shown;
        }
    });
    let shown = process.shown()[&0][BufferType::Dram as usize];
    assert!((ROUNDS..=2 * ROUNDS).contains(&shown), "{shown}");
    let last = peak(Peaks::PROCESS, 1, BufferType::Dram as usize);
    assert_eq!(last, Some(shown), "nobody asked for chip 1");
}

#[test]
fn what_is_not_there_has_no_peak() {
    let process = Process::attach();
    assert_eq!(peak(Peaks::PROCESS, 64, 0), None);
    assert_eq!(peak(Peaks::PROCESS, 0, LINES), None);
    assert_eq!(reset_peak(Peaks::from_number(7), 0, 0), None);
    assert_eq!(peak(Peaks::PROCESS, 63, 0), Some(0), "a chip of no pool");
    let open: Vec<_> = std::iter::from_fn(open_peaks).collect();
    assert_eq!(open.len(), 63);
    assert_eq!(close_peaks(open[40]), Outcome::Done);
    assert!(open_peaks().is_some_and(|again| !open.contains(&again)));
    drop(process);
    assert_eq!((open_peaks(), peak(Peaks::PROCESS, 0, 0)), (None, None));
    assert_eq!(close_peaks(open[0]), Outcome::Off);
}
