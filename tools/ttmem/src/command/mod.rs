//! One file per subcommand.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod dump;
pub(crate) mod history;
pub(crate) mod leaks;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod map;
pub(crate) mod ps;
pub(crate) mod query;
pub(crate) mod reap;
pub(crate) mod run;
pub(crate) mod save;
pub(crate) mod top;

use crate::cli::{Cli, Command, bare};
use crate::exit::{Exit, Refused};
use crate::fields::{self, Field};
use crate::output::Color;
use std::path::PathBuf;

/// What every command is told.
pub(crate) struct Context {
    /// Where the segments are.
    pub(crate) dir: PathBuf,
    /// Whether to colour text.
    pub(crate) color: Color,
}

/// Runs what the command line asks for.
pub(crate) fn dispatch(cli: Cli) -> anyhow::Result<Exit> {
    let context = Context {
        dir: cli.dir.unwrap_or_else(ttmem_reader::directory),
        color: cli.color,
    };
    match cli.command {
        Some(Command::Top(flags)) => top::run(&context, &flags),
        Some(Command::Ps(flags)) => ps::run(&context, &flags),
        Some(Command::Dump(flags)) => dump::run(&context, &flags),
        Some(Command::Log(flags)) => log::run(&context, &flags),
        Some(Command::History(flags)) => history::run(&context, &flags),
        Some(Command::Map(flags)) => map::run(&context, &flags),
        Some(Command::Leaks(flags)) => leaks::run(&context, &flags),
        Some(Command::Diff(flags)) => diff::run(&context, &flags),
        Some(Command::Save(flags)) => save::run(&context, &flags),
        Some(Command::Doctor(flags)) => doctor::run(&context, &flags),
        Some(Command::Query(flags)) => query::run(&context, &flags),
        Some(Command::Reap(flags)) => reap::run(&context, &flags),
        Some(Command::Run(flags)) => run::run(&context, &flags),
        Some(Command::Completions(flags)) => completions::run(&flags),
        Some(Command::Man(flags)) => man::run(&flags),
        Some(Command::Demo(flags)) => demo::run(&context, &flags),
        Some(Command::DemoProducer(flags)) => demo::produce(&context, &flags),
        None if bare() == "top" => top::run(&context, &top::Flags::default()),
        None => ps::run(&context, &ps::Flags::default()),
    }
}

/// Puts things in the order of `--sort`; without it they stay as they are.
fn sort<T>(things: &mut [T], fields: &[Field<T>], by: Option<&str>) -> anyhow::Result<()> {
    let Some(by) = by else { return Ok(()) };
    let Some((field, None)) = fields::find(fields, by) else {
        let names: Vec<_> = fields.iter().map(|field| field.name).collect();
        return Err(Refused::usage(format!(
            "nothing to sort by is called '{by}'; there are {}",
            names.join(", ")
        ))
        .into());
    };
    things.sort_by(|a, b| (field.value)(a).order(&(field.value)(b)));
    Ok(())
}
