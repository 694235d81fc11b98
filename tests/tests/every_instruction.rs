//! Killed at every instruction: a debugger goes through one event of each sort step by step, and at
//! every step takes what stands in the segment for what a kill would have left.

use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use support::replay::{Live, compare, replay, table};
use support::stepped::EVENTS;
use support::{PrivateDir, skip};
use ttmem_layout::{Chunk, OPENING, Plan, SectionKind};
use ttmem_reader::{Segment, Start, State};
use zerocopy::FromBytes;

/// What one image of the segment says.
struct Verdict {
    live: Live,
    events: u64,
    references: u64,
    in_flight: u64,
}

/// Takes an image for the segment of a process that was killed at this moment.
fn judge(image: Vec<u8>) -> Result<Verdict, String> {
    let segment = Segment::from_bytes(Path::new("ttmem.0.0"), image).map_err(|e| e.to_string())?;
    let snapshot = segment.snapshot().map_err(|error| error.to_string())?;
    if snapshot.state == State::Running {
        return Err("taken for a running producer's".into());
    }
    if !snapshot.damage.is_empty() {
        return Err(format!("taken for damaged: {:?}", snapshot.damage));
    }
    if !snapshot.consistent || !snapshot.exact() {
        return Err(format!(
            "counters and live table differ, with {} events in flight: {:?}",
            snapshot.in_flight, snapshot.losses
        ));
    }
    if snapshot.in_flight > 1 {
        return Err(format!(
            "{} events of one thread in flight",
            snapshot.in_flight
        ));
    }
    let live = table(&snapshot)?;
    let mut cursor = segment.cursor(Start::Oldest).map_err(|e| e.to_string())?;
    let sweep = cursor.sweep(&segment).map_err(|error| error.to_string())?;
    if sweep.senseless > 0 || sweep.lost > 0 {
        return Err(format!(
            "{} senseless, {} lost",
            sweep.senseless, sweep.lost
        ));
    }
    let overwritten = snapshot.losses.records_overwritten;
    let references = if overwritten == 0 {
        let difference = compare(&live, &replay(&sweep.events)?);
        if let Some(fault) = difference.faults.first() {
            return Err(format!(
                "the live table is not what the ring tells: {fault}"
            ));
        }
        difference.references
    } else {
        0
    };
    Ok(Verdict {
        live,
        events: overwritten + sweep.events.len() as u64,
        references,
        in_flight: snapshot.in_flight,
    })
}

/// Whether a chunk of the ring is changing hands.
fn has_opening_chunk(image: &[u8]) -> bool {
    let plan = Plan::new(1024, 512).expect("the least sizes");
    let chunks = plan.sections()[SectionKind::Chunks as usize - 1];
    let end = (chunks.offset + chunks.count * u64::from(chunks.entry_size)) as usize;
    image[chunks.offset as usize..end]
        .chunks_exact(chunks.entry_size as usize)
        .filter_map(|bytes| Chunk::read_from_bytes(bytes).ok())
        .any(|chunk| chunk.ticket & OPENING != 0)
}

/// A process that is traced by this thread; killed on drop.
struct Traced {
    child: Child,
    pid: Pid,
}

impl Drop for Traced {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Traced {
    fn start(dir: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_stepped_producer"))
            .env_clear()
            .env("TTMEM_DIR", dir)
            .env("TTMEM_KEEP", "1")
            .env("TTMEM_RING_RECORDS", "1024")
            .env("TTMEM_LIVE_SLOTS", "512")
            .stdin(Stdio::null())
            .spawn()
            .expect("the producer can be started");
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid is an int"));
        Self { child, pid }
    }

    /// Waits for its next stop; none if it has ended.
    fn stopped(&self) -> Option<Signal> {
        match waitpid(self.pid, None).expect("the producer is our child") {
            WaitStatus::Stopped(_, signal) => Some(signal),
            _ => None,
        }
    }

    fn go_on(&self) {
        ptrace::cont(self.pid, None).expect("the producer is stopped");
    }

    fn step(&self) {
        ptrace::step(self.pid, None).expect("the producer is stopped");
    }
}

#[test]
fn a_kill_at_any_instruction_leaves_the_last_state() {
    let dir = PrivateDir::new();
    let traced = Traced::start(dir.path());
    if traced.stopped() != Some(Signal::SIGSTOP) {
        skip("this machine does not let a process trace its child");
        return;
    }
    let [path] = dir
        .segments()
        .try_into()
        .expect("the producer has attached");
    let image = || std::fs::read(&path).expect("the segment is kept");
    let (mut steps, mut images, mut in_flight) = (0_u64, 0_u64, 0_u64);
    let (mut half_way, mut opening) = (0_u64, 0_u64);
    for event in EVENTS {
        let at = |verdict: Result<Verdict, String>, step: u64| {
            verdict.unwrap_or_else(|fault| panic!("{}, instruction {step}: {fault}", event.name))
        };
        let mut last = image();
        let before = at(judge(last.clone()), 0);
        let mut seen = vec![before.live];
        let mut events = before.events;
        let mut step = 0;
        loop {
            traced.step();
            match traced.stopped() {
                Some(Signal::SIGTRAP) => {}
                Some(Signal::SIGSTOP) => break,
                other => panic!("{}: stopped by {other:?}", event.name),
            }
            step += 1;
            let now = image();
            if now == last {
                continue;
            }
            last = now;
            images += 1;
            let verdict = at(judge(last.clone()), step);
            in_flight += verdict.in_flight;
            half_way += verdict.references;
            opening += u64::from(has_opening_chunk(&last));
            assert!(
                verdict.events >= events,
                "{}, instruction {step}: an event is gone again",
                event.name
            );
            events = verdict.events;
            if seen.last() != Some(&verdict.live) {
                seen.push(verdict.live);
            }
        }
        steps += step;
        let after = at(judge(image()), step);
        assert_eq!(after.in_flight, 0, "{}", event.name);
        assert_eq!(after.references, 0, "{}", event.name);
        assert_eq!(
            seen.len(),
            event.states,
            "{}: the live table goes from one state to the next, once",
            event.name
        );
        traced.go_on();
        if event.name != EVENTS[EVENTS.len() - 1].name {
            assert_eq!(traced.stopped(), Some(Signal::SIGSTOP), "{}", event.name);
        }
    }
    println!(
        "{} events, {steps} instructions, {images} images; in flight in {in_flight}, a reference \
         without its record in {half_way}, a chunk being opened in {opening}",
        EVENTS.len()
    );
    assert!(
        in_flight > 0 && opening > 0,
        "the interesting moments were missed"
    );
}
