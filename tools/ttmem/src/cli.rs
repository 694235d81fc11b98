//! The command line.

use crate::command::{
    completions, demo, diff, doctor, dump, history, leaks, log, man, map, ps, query, reap, run,
    save, top,
};
use crate::output::Color;
use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Commands as a user looks for them. Every command that is not hidden is in one of these.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Track", &["run", "demo"]),
    ("Look", &["top", "ps", "dump", "log"]),
    ("Investigate", &["map", "history", "leaks", "diff"]),
    ("Keep", &["save", "reap"]),
    (
        "Check and set up",
        &["doctor", "completions", "man", "query", "help"],
    ),
];

/// Options that many commands share, in the order every help text has them, behind the command's own.
const SHARED: [&str; 12] = [
    "devices", "pids", "users", "types", "query", "from", "sort", "format", "json", "bytes",
    "output", "strict",
];

/// Who holds the memory of which chip: live, or after the crash
#[derive(Parser, Debug)]
#[command(
    name = "ttmem",
    version,
    max_term_width = 100,
    subcommand_help_heading = "Commands"
)]
#[command(after_help = "\
Without a command: top on a terminal, ps otherwise, and their options.

Examples:
  ttmem run -- python demo.py     run a program tracked, report when it ends
  ttmem ps                        who reports, alive or dead
  ttmem dump -D 0 -t l1           what lies in the L1 of device 0
  ttmem log -f -p 4242            follow what one process does
  ttmem doctor                    why nothing, or too little, is shown
  ttmem demo                      see all of it without hardware

Exit codes:
  0 ok, 1 failed, 2 usage, 3 a gate tripped, 4 no such target, 5 incomplete under --strict.
  'run' returns the status of the program it ran, 'doctor' 1 for errors and 2 for warnings.

Environment:
  TTMEM_DIR  Where the segments are, unless --dir says so [default: /dev/shm]
  NO_COLOR   Nothing is coloured, unless --color says so
  What a tracked program obeys is in 'ttmem run --help'.")]
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
    /// The live screen: devices, processes, buffers and the address map
    Top(top::Flags),
    /// Producers, alive and dead, and what they hold
    Ps(ps::Flags),
    /// What is allocated now, or was when its process died
    Dump(dump::Flags),
    /// What happens, event by event
    Log(log::Flags),
    /// Every generation of an address, with reference counts and bad frees
    History(history::Flags),
    /// What lies where in a chip's memory, the gaps, and the way to a clash
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
    /// Write a shell's completion script
    Completions(completions::Flags),
    /// Write the manual pages
    Man(man::Flags),
    /// How to write --where: comparisons, units, and which fields there are
    Query(query::Flags),
    /// Show all of it with a made-up workload that needs no hardware
    Demo(demo::Flags),
    /// One producer of the demo
    #[command(hide = true)]
    DemoProducer(demo::ProducerFlags),
}

/// Reads the command line; ends the program after help, a version or an error.
pub(crate) fn parse() -> Cli {
    let arguments: Vec<_> = std::env::args_os().collect();
    let command = || command().color(color_of(&arguments));
    let matches = command().try_get_matches_from(&arguments);
    let matches = matches.or_else(|error| match error.kind() {
        ErrorKind::UnknownArgument if begins_with_options(&arguments) => {
            command().try_get_matches_from(with_command(&arguments, bare()))
        }
        _ => Err(error),
    });
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    cli.unwrap_or_else(|error| error.exit())
}

/// The command that runs where none is named.
pub(crate) fn bare() -> &'static str {
    if io::stdout().is_terminal() {
        "top"
    } else {
        "ps"
    }
}

/// Whether something that is no option of all commands stands where a command would: then it is one of
/// the command that runs where none is named.
fn begins_with_options(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().skip(1);
    while let Some(word) = words.next() {
        match word.to_str().unwrap_or_default() {
            "--dir" | "--color" => drop(words.next()),
            word if word.starts_with("--dir=") || word.starts_with("--color=") => {}
            word => return word.starts_with('-'),
        }
    }
    false
}

/// The same command line with a command in it.
fn with_command(arguments: &[OsString], command: &str) -> Vec<OsString> {
    let mut arguments = arguments.to_vec();
    arguments.insert(1, command.into());
    arguments
}

/// The command line with its commands in groups.
pub(crate) fn command() -> clap::Command {
    let command = in_order(Cli::command());
    let groups = grouped(&command);
    let heading = *command.get_styles().get_header();
    command.help_template(format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n{groups}\n\
         {heading}Options:{heading:#}\n{{options}}{{after-help}}"
    ))
}

/// The same without what is hidden: for what is written about it elsewhere.
pub(crate) fn visible() -> clap::Command {
    let all = in_order(Cli::command());
    let shown = all.get_subcommands().filter(|one| !one.is_hide_set());
    let shown: Vec<_> = shown.cloned().collect();
    let arguments: Vec<_> = all.get_arguments().cloned().collect();
    clap::Command::new("ttmem")
        .version(env!("CARGO_PKG_VERSION"))
        .about(all.get_about().cloned().unwrap_or_default())
        .after_help(all.get_after_help().cloned().unwrap_or_default())
        .subcommand_help_heading("Commands")
        .args(arguments)
        .subcommands(shown)
}

fn in_order(command: clap::Command) -> clap::Command {
    let place = |id: &str| SHARED.iter().position(|one| *one == id);
    command.mut_subcommands(|one| {
        one.mut_args(|argument| match place(argument.get_id().as_str()) {
            Some(place) => argument.display_order(100 + place),
            None => argument,
        })
    })
}

/// The list of commands, as clap would write it, but under several headings.
fn grouped(command: &clap::Command) -> String {
    let styles = command.get_styles();
    let (heading, literal) = (styles.get_header(), styles.get_literal());
    let mut text = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(text, "\n{heading}{title}:{heading:#}");
        for name in names {
            let about = match command.find_subcommand(name).map(clap::Command::get_about) {
                Some(about) => about.map(ToString::to_string).unwrap_or_default(),
                // Clap adds this one by itself.
                None => "Help on ttmem or one of its commands".to_owned(),
            };
            let _ = writeln!(text, "  {literal}{name:<13}{literal:#}{about}");
        }
    }
    text
}

/// What `--color` says, before the command line is read: help and errors obey it as well.
fn color_of(arguments: &[OsString]) -> ColorChoice {
    let words = arguments
        .iter()
        .map(|word| word.to_str().unwrap_or_default());
    let mut words = words.take_while(|word| *word != "--");
    let mut choice = Color::Auto;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        let value = value.and_then(|value| Color::from_str(value, false).ok());
        choice = value.unwrap_or(choice);
    }
    match choice {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of a help text that show a command line, as words.
    fn examples(help: &str) -> Vec<Vec<String>> {
        let after = help
            .split_once("Examples:\n")
            .map_or("", |(_, after)| after);
        let lines = after.lines().take_while(|line| line.starts_with("  "));
        // What stands further to the right explains the line above.
        let lines = lines.filter(|line| !line.starts_with("   "));
        let lines = lines.filter_map(|line| line.trim_start().split("  ").next());
        let words = lines.map(|line| shlex::split(line).expect("quotes are closed"));
        let first_command = |words: Vec<String>| {
            let ends = |word: &String| ["|", ">", ">>", "&&", ";"].contains(&word.as_str());
            // Variables, sudo, ssh HOST.
            let own = words.into_iter().skip_while(|word| word != "ttmem");
            own.take_while(|word| !ends(word)).collect::<Vec<_>>()
        };
        words.map(first_command).collect()
    }

    #[test]
    fn every_command_has_examples_and_every_example_is_understood() {
        let command = command();
        let commands = command.get_subcommands().filter(|one| !one.is_hide_set());
        for one in commands.chain([&command]) {
            let help = one.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            let examples = examples(&help);
            assert!(!examples.is_empty(), "{} has no examples", one.get_name());
            for words in examples {
                assert!(!words.is_empty(), "{}: {help}", one.get_name());
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("{}: {words:?}: {error}", one.get_name());
                }
            }
        }
    }

    #[test]
    fn every_command_is_in_one_group_and_fits_a_terminal() {
        let command = command();
        let mut listed: Vec<_> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let mut there: Vec<_> = command
            .get_subcommands()
            .filter(|one| !one.is_hide_set())
            .map(clap::Command::get_name)
            .chain(["help"])
            .collect();
        listed.sort_unstable();
        there.sort_unstable();
        assert_eq!(listed, there);
        let plain = anstream::adapter::strip_str(&grouped(&command)).to_string();
        for line in plain.lines() {
            assert!(line.chars().count() <= 88, "{line}");
        }
    }

    #[test]
    fn options_without_a_command_are_those_of_what_runs_without_one() {
        let begins = |line: &str| {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            begins_with_options(&words)
        };
        assert!(begins("ttmem -p 4242"));
        assert!(begins("ttmem --dir /tmp --color=never -D 0"));
        assert!(begins("ttmem --dir=/tmp --view map"));
        assert!(!begins("ttmem --dir /tmp ps --frob"));
        assert!(!begins("ttmem frobnicate"));
        assert!(!begins("ttmem"));
        let words = ["ttmem", "-p", "4242"].map(OsString::from);
        let cli = Cli::try_parse_from(with_command(&words, "top")).unwrap();
        assert!(matches!(cli.command, Some(Command::Top(_))));
    }

    #[test]
    fn what_is_the_programs_own_colour_is_not_ours() {
        let choice = |line: &str| {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            color_of(&words)
        };
        assert_eq!(choice("ttmem --color never ps"), ColorChoice::Never);
        assert_eq!(choice("ttmem ps --color=always"), ColorChoice::Always);
        assert_eq!(choice("ttmem run -- ls --color=always"), ColorChoice::Auto);
        assert_eq!(choice("ttmem ps --color"), ColorChoice::Auto);
    }

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        command().debug_assert();
        visible().debug_assert();
    }
}
