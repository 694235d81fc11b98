//! The command line.

use crate::command::{
    demo, diff, doctor, dump, history, leaks, log, map, ps, reap, run, save, top,
};
use crate::output::Color;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Who holds the memory of which chip: live, or after the crash
#[derive(Parser, Debug)]
#[command(
    name = "ttmem",
    version,
    max_term_width = 100,
    subcommand_help_heading = "Commands"
)]
#[command(after_help = "\
Without a command: top on a terminal, ps otherwise.

Examples:
  ttmem run -- python demo.py     run a program tracked, report when it ends
  ttmem ps                        who reports, alive or dead
  ttmem dump -D 0 -t l1           what lies in the L1 of device 0
  ttmem log -f -p 4242            follow what one process does
  ttmem demo                      see all of it without hardware

Exit codes: 0 ok, 1 failed, 2 usage, 3 a gate tripped, 4 no such target, 5 incomplete under \
--strict. 'run' returns the status of the program it ran.")]
pub(crate) struct Cli {
    /// Where the segments are [default: $TTMEM_DIR, or /dev/shm]
    #[arg(long, global = true, value_name = "DIR", display_order = 900)]
    pub(crate) dir: Option<PathBuf>,
    /// Colour text
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        display_order = 901
    )]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Totals with bars, per device and process
    Top(top::Flags),
    /// Producers, alive and dead, and what they hold
    Ps(ps::Flags),
    /// What is allocated now, or was when its process died
    Dump(dump::Flags),
    /// What happens, event by event
    Log(log::Flags),
    /// Every generation of an address, with reference counts and bad frees
    History(history::Flags),
    /// What lies where in a chip's memory, the gaps, and how far L1 is from a clash
    Map(map::Flags),
    /// What is still live, grouped and judged; exit 3 when a rule trips
    Leaks(leaks::Flags),
    /// What appeared, vanished and grew between two states
    Diff(diff::Flags),
    /// Keep everything in one file that every command reads with --from
    Save(save::Flags),
    /// Remove what dead producers left behind, saying what they held
    Reap(reap::Flags),
    /// Run an unmodified program tracked, and report when it ends
    Run(run::Flags),
    /// Is it on, can it work here, is what it shows complete; what to do
    Doctor(doctor::Flags),
    /// Show all of it with a made-up workload that needs no hardware
    Demo(demo::Flags),
    /// One producer of the demo
    #[command(hide = true)]
    DemoProducer(demo::ProducerFlags),
}
