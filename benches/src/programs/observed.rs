//! The same program several times, each observed in another way, and their turns.

use super::cluster::{Cluster, Loop};
use super::program::Program;
use super::reader::Reader;
use super::rig::{Rig, Setting};
use super::rows::HookRows;
use super::watched::Watched;
use crate::floor::Floor;
use crate::measure::{Compared, TRIES, per_event};
use crate::results::Results;
use anyhow::{Context, Result};
use ttmem_producer::BufferType;

/// Times round a loop of the stand-in.
const HOOK_TIMES: u64 = 8192;
/// Events of one time round, of the runtime's loops and of the stand-in's, for each type.
const EVENTS: f64 = 2.0;
/// What a dispatch of another program ends and begins.
const RESIDENT: [BufferType; 2] = [BufferType::Cb, BufferType::Kernel];

/// The programs of one cluster.
pub(super) struct Observed {
    untracked: Program,
    switched_off: Program,
    tracked: Program,
    hook: Program,
    own_tracker: Program,
    tracked_segment: Watched,
    hook_segment: Watched,
    reader: Reader,
}

impl Observed {
    /// Starts them all, and waits until each can be told to do something.
    pub(super) fn start(rig: &Rig, cluster: &Cluster, reader_place: usize) -> Result<Self> {
        let mut programs = Setting::ALL
            .map(|setting| Program::start(rig, cluster, setting))
            .into_iter()
            .collect::<Result<Vec<_>>>()?;
        let mut segments = Vec::new();
        for program in &mut programs {
            segments.extend(program.opened(rig)?.map(Watched::new));
        }
        let programs: [Program; 5] = programs.try_into().ok().context("five programs")?;
        let [untracked, switched_off, tracked, hook, own_tracker] = programs;
        let segments: [Watched; 2] = segments.try_into().ok().context("two segments")?;
        let [tracked_segment, hook_segment] = segments;
        let reader = Reader::new(tracked_segment.segment().path(), reader_place)?;
        Ok(Self {
            untracked,
            switched_off,
            tracked,
            hook,
            own_tracker,
            tracked_segment,
            hook_segment,
            reader,
        })
    }

    /// One loop in each program in turns, the best time of each.
    pub(super) fn go_round(
        &mut self,
        one: &Loop,
        floor: Floor,
        results: &mut Results,
    ) -> Result<()> {
        let [
            mut bare,
            mut off,
            mut tracked,
            mut swept,
            mut own,
            mut floor_event,
        ] = [f64::INFINITY; 6];
        for _ in 0..TRIES {
            floor_event = floor_event.min(per_event(|| floor.batch(0)));
            bare = bare.min(self.untracked.time(one.name, one.times)?);
            off = off.min(self.switched_off.time(one.name, one.times)?);
            tracked = tracked.min(self.tracked(one)?);
            own = own.min(self.own_tracker.time(one.name, one.times)?);
            swept = swept.min(self.swept(one)?);
        }
        let mut note = |row, candidate| {
            results.note(
                row,
                Compared {
                    reference: bare,
                    candidate,
                },
            );
        };
        note(one.rows.switched_off, off);
        note(one.rows.tracked, tracked);
        // Where no reader kept up there is no figure.
        if swept.is_finite() {
            note(one.rows.swept, swept);
        }
        note(one.rows.own_tracker, own);
        if let Some(row) = one.rows.added {
            let added = Compared {
                reference: floor_event,
                candidate: (tracked - bare) / EVENTS,
            };
            results.note(row, added);
        }
        Ok(())
    }

    fn tracked(&mut self, one: &Loop) -> Result<f64> {
        self.tracked_segment
            .expect(&[one.buffer_type], one.times, || {
                self.tracked.time(one.name, one.times)
            })
    }

    fn swept(&mut self, one: &Loop) -> Result<f64> {
        let program = &mut self.tracked;
        let time = self
            .tracked_segment
            .expect(&[one.buffer_type], one.times, || {
                self.reader.beside(|| program.time(one.name, one.times))
            })?;
        Ok(time.unwrap_or(f64::INFINITY))
    }

    /// The preload library's wrappers alone.
    pub(super) fn hook(
        &mut self,
        rows: &HookRows,
        floor: Floor,
        results: &mut Results,
    ) -> Result<()> {
        // What these find is what they leave behind.
        self.hook.time("programs_in_turn", 2)?;
        let mut best = [f64::INFINITY; 4];
        let mut floor_event = f64::INFINITY;
        for _ in 0..TRIES {
            floor_event = floor_event.min(per_event(|| floor.batch(0)));
            let times = [
                self.hook_loop("buffers", &[BufferType::Dram], HOOK_TIMES)? / EVENTS,
                self.switched_off.time("buffers", HOOK_TIMES)? / EVENTS,
                self.hook_loop("programs_in_turn", &RESIDENT, HOOK_TIMES)?
                    / (EVENTS * RESIDENT.len() as f64),
                self.same_program()?,
            ];
            for (best, time) in best.iter_mut().zip(times) {
                *best = best.min(time);
            }
        }
        let rows = [
            rows.buffers,
            rows.switched_off,
            rows.programs_in_turn,
            rows.same_program,
        ];
        for (row, candidate) in rows.into_iter().zip(best) {
            results.note(
                row,
                Compared {
                    reference: floor_event,
                    candidate,
                },
            );
        }
        Ok(())
    }

    fn hook_loop(&mut self, name: &str, types: &[BufferType], pairs: u64) -> Result<f64> {
        self.hook_segment
            .expect(types, pairs, || self.hook.time(name, HOOK_TIMES))
    }

    /// Leaves the other of the two programs resident: the loop over both begins with this one.
    fn same_program(&mut self) -> Result<f64> {
        self.hook.time("same_program", 1)?;
        let time = self.hook_loop("same_program", &RESIDENT, 0)?;
        self.hook.time("programs_in_turn", 2)?;
        Ok(time)
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        // All at once, rather than one after the other.
        for program in [
            &mut self.untracked,
            &mut self.switched_off,
            &mut self.tracked,
            &mut self.hook,
            &mut self.own_tracker,
        ] {
            program.dismiss();
        }
    }
}
