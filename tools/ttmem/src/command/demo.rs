//! `ttmem demo`: all of it, on a made-up workload that needs no hardware.

use super::{Context, dump, ps, top};
use crate::demo::{Actor, LEAK, Role, produce as report};
use crate::exit::Exit;
use crate::output::{Present, Sink};
use crate::quantity::{count, counted, parse_duration, size};
use crate::select::Select;
use crate::source::{Depth, Source};
use crate::view::Host;
use crate::wake::{Wake, Wakes};
use clap::Args;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Steps before the first look.
const STEPS: u64 = 10;
/// Time between steps while others are to look on.
const PACE: Duration = Duration::from_millis(100);

/// Flags of `ttmem demo`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem demo               what readers see, checked against what must be seen
  ttmem demo --for 60s     goes on for a minute: look with 'ttmem top' from another terminal

Three processes pretend to have four devices. Their segments lie beside everybody else's and are \
removed at the end. Exits with 1 if a single figure is wrong.")]
pub(crate) struct Flags {
    /// Go on for so long, so that other commands can look on
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    time: Option<Duration>,
}

/// Flags of the demo's own producers.
#[derive(Args, Debug)]
pub(crate) struct ProducerFlags {
    role: Role,
}

pub(super) fn produce(context: &Context, flags: &ProducerFlags) -> anyhow::Result<Exit> {
    report(&context.dir, flags.role)?;
    Ok(Exit::Ok)
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let wakes = Wakes::new()?;
    let mut out = Present::default().open(context.color)?;
    let mut verdict = Verdict::default();

    writeln!(
        out,
        "Three programs that pretend to have four devices. No hardware is touched.\n"
    )?;
    let mut actors = Vec::new();
    for role in Role::ALL {
        let actor = Actor::start(role, &context.dir)?;
        writeln!(out, "  pid {:<8} {}", actor.pid(), role.story())?;
        actors.push(actor);
    }
    for actor in &mut actors {
        for _ in 0..STEPS {
            actor.step()?;
        }
    }
    let select = Select {
        pids: actors.iter().map(Actor::pid).collect(),
        ..Select::default()
    };
    let mut source = Source::new(&context.dir, &select);

    title(
        &mut out,
        &format!("After {STEPS} steps each, 'ttmem top --once' shows"),
    )?;
    top::frame(&mut out, &source.look(Depth::Totals)?, false)?;
    verdict.check(&actors)?;
    writeln!(
        out,
        "\nDevices 0 and 1 hold the same: their allocations are lock-step. Device 2 holds {} leaks.",
        count(STEPS)
    )?;
    out.flush()?;

    let batch = &mut actors[2];
    batch.kill()?;
    title(
        &mut out,
        &format!(
            "pid {} was killed with SIGKILL: 'ttmem ps' shows",
            batch.pid()
        ),
    )?;
    ps::table(&mut out, &source.look(Depth::Totals)?, false)?;
    title(
        &mut out,
        &format!(
            "What it held is still there: 'ttmem dump -p {}' shows",
            batch.pid()
        ),
    )?;
    dump::text(
        &mut out,
        &only(&context.dir, batch)?,
        &Select::default(),
        false,
    )?;
    verdict.check(&actors)?;
    out.flush()?;

    if let Some(time) = flags.time {
        go_on(&mut out, &wakes, &mut actors[..2], time)?;
        verdict.check(&actors)?;
    }

    actors[0].end()?;
    actors[1].end()?;
    title(
        &mut out,
        &format!(
            "pid {} ended cleanly, so its segment is gone; pid {} was told to leave its segment \
             (TTMEM_KEEP=1): 'ttmem ps' shows",
            actors[0].pid(),
            actors[1].pid()
        ),
    )?;
    let leaks = actors[1].steps().min(1_000);
    ps::table(&mut out, &source.look(Depth::Totals)?, false)?;
    verdict.check(&actors[1..])?;
    writeln!(
        out,
        "\npid {} left {} that it had leaked, {}.",
        actors[1].pid(),
        counted(leaks, "buffer"),
        size(leaks * LEAK)
    )?;

    title(&mut out, "Both are removed, as 'ttmem reap' would")?;
    for actor in &actors[1..] {
        ttmem_reader::reap(actor.segment())?;
        writeln!(out, "  removed {}", actor.segment().display())?;
    }
    writeln!(out)?;
    verdict.tell(&mut out)
}

/// Keeps the two that live at work until the time is over or somebody stops it.
fn go_on(
    out: &mut Sink,
    wakes: &Wakes,
    actors: &mut [Actor],
    time: Duration,
) -> anyhow::Result<()> {
    title(
        out,
        &format!("Going on for {} s, or until Ctrl-C", time.as_secs_f64()),
    )?;
    writeln!(
        out,
        "Look on from another terminal: ttmem top, ttmem dump, ttmem log -f, ttmem ps"
    )?;
    out.flush()?;
    let until = Instant::now() + time;
    while Instant::now() < until {
        for actor in &mut *actors {
            actor.step()?;
        }
        let pause = PACE.min(until.saturating_duration_since(Instant::now()));
        if wakes.wait(pause) == Some(Wake::Stop) {
            break;
        }
    }
    Ok(())
}

fn only(dir: &Path, actor: &Actor) -> anyhow::Result<Host> {
    let select = Select {
        pids: vec![actor.pid()],
        ..Select::default()
    };
    Source::new(dir, &select).look(Depth::Buffers)
}

fn title(out: &mut Sink, words: &str) -> anyhow::Result<()> {
    let style = crate::output::text::HEADING;
    Ok(writeln!(out, "\n{style}== {words}:{style:#}\n")?)
}

/// Whether readers saw what they had to see.
#[derive(Default)]
struct Verdict {
    compared: usize,
    wrong: Vec<String>,
}

impl Verdict {
    fn check(&mut self, actors: &[Actor]) -> anyhow::Result<()> {
        for actor in actors {
            let (compared, wrong) = actor.check()?;
            self.compared += compared;
            self.wrong.extend(wrong);
        }
        Ok(())
    }

    fn tell(&self, out: &mut Sink) -> anyhow::Result<Exit> {
        use crate::output::text::{ALARM, FINE};
        for wrong in &self.wrong {
            writeln!(out, "{ALARM}{wrong}{ALARM:#}")?;
        }
        let compared = counted(self.compared as u64, "figure");
        if self.wrong.is_empty() {
            writeln!(
                out,
                "{FINE}exact{FINE:#}: {compared} that readers saw are what they had to be"
            )?;
        } else {
            let wrong = counted(self.wrong.len() as u64, "figure");
            writeln!(
                out,
                "{ALARM}NOT EXACT{ALARM:#}: {wrong} of {compared} are wrong"
            )?;
        }
        out.flush()?;
        Ok(if self.wrong.is_empty() {
            Exit::Ok
        } else {
            Exit::Failed
        })
    }
}
