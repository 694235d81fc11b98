//! `ttmem leaks`: what is still live, grouped and judged.

use super::{Context, dump, sort};
use crate::exit::{Exit, Refused};
use crate::fields::BUFFER;
use crate::grouping::{Aspect, By, Phase, Sum};
use crate::leaks::data::Told;
use crate::leaks::since::Pasts;
use crate::leaks::{Case, Earlier, GROUP, Group, Rules, Suppressions};
use crate::leaks::{freed_by_closing, sentence, text};
use crate::marks::{Marks, Past};
use crate::note::note;
use crate::output::{Format, Present};
use crate::quantity::{counted, parse_duration, parse_size};
use crate::query::Where;
use crate::select::Select;
use crate::source::{Depth, Origin, Source};
use crate::view::{Held, Host};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use ttmem_layout::ChipSet;
use ttmem_reader::{Snapshot, State};

/// Flags of `ttmem leaks`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem leaks                            what is live, and what survived a clean exit
  ttmem save warm.ttmem                  once the program is warm ...
  ttmem leaks --baseline warm.ttmem      ... and whenever you like: what there is more of
  ttmem leaks --since decode -p 4242     more than when it last set this mark
  ttmem leaks --older-than 10m --larger-than 64M -t l1
  ttmem leaks --from crash.ttmem --held --by process

Exits with 3 if a rule trips, whatever else is missing, and says which on stderr. Rules judge \
groups; BREAKS names those that a group breaks. What a killed process held trips 'grew' and 'held' \
only: it was killed with its weights. Circular buffers and kernels belong to programs, which stay \
cached: they trip none of 'survived', 'held' and 'closed'. A program at work has activations that \
come and go: compare it at the same point of its work.

ttnn closes its devices at a program's end, and closing a device frees everything on it: what was \
forgotten does not survive. 'closed' judges that, as far as rings reach back. It is not on by itself, as \
what modules hold to the very end is freed so too, and so are small buffers that operations keep in the \
program cache: semaphores, tables of convolutions.

Harmless, and left out unless you say --all: groups that are no larger than in the baseline or at \
the mark; up to 64 KiB of circular buffers in a core, and of kernels; less than 1 MiB of DRAM on a \
chip, which is the runtime's own, unless it grew; and what --suppress names.

In a suppression file each line is a query as for --where, or begins with #:
  # weights of the embedding
  type == DRAM && size > 256M && requested < 301M")]
pub(crate) struct Flags {
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    #[command(flatten)]
    origin: Origin,
    /// What the allocations of a group have in common, beside their type: process, devices, size,
    /// mark
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        hide_possible_values = true,
        default_value = "process,devices,size"
    )]
    by: Vec<Aspect>,
    /// Leave out what the queries in this file match, one a line
    #[arg(long, value_name = "FILE")]
    suppress: Option<PathBuf>,
    /// List what is harmless too, with the reason
    #[arg(short, long)]
    all: bool,
    /// Sort groups by a field, e.g. bytes, buffers, oldest_s
    #[arg(short, long, value_name = "FIELD")]
    sort: Option<String>,
    #[command(flatten)]
    present: Present,
    // Last: its heading would be that of whatever follows.
    #[command(flatten)]
    rules: RuleFlags,
}

/// The rules and their limits.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
struct RuleFlags {
    /// grew: more in a group than when its process last set this mark
    #[arg(long, value_name = "MARK", conflicts_with = "baseline")]
    since: Option<String>,
    /// grew: more in a group than in this file of 'ttmem save', be it of the same process or of
    /// another run of the same command
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// older: live for longer than this in a running process, e.g. 60s or 10m
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    older_than: Option<Duration>,
    /// larger: a group of more bytes than this, e.g. 1M
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    larger_than: Option<u64>,
    /// survived: live when its process ended cleanly (TTMEM_KEEP=1); on if no other rule is asked for
    #[arg(long)]
    survived: bool,
    /// held: live when its process was killed
    #[arg(long)]
    held: bool,
    /// closed: freed only by the closing of its device, in a process that has ended
    #[arg(long)]
    closed: bool,
}

impl RuleFlags {
    fn rules(&self) -> Rules {
        let mark = self.since.as_ref().map(|name| format!("mark '{name}'"));
        let baseline = self.baseline.as_ref().map(|_| "the baseline".to_owned());
        let mut rules = Rules {
            grew: mark.or(baseline),
            older: self.older_than,
            larger: self.larger_than,
            survived: self.survived,
            held: self.held,
            closed: self.closed,
        };
        rules.survived |= !rules.any();
        rules
    }
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let (by, rules) = (By::of(&flags.by), flags.rules.rules());
    if by.mark && rules.grew.is_some() {
        let sentence = "what grew cannot be told by mark: leave 'mark' out of --by";
        return Err(Refused::usage(sentence).into());
    }
    let mut source = Source::open(&context.dir, &flags.origin, &flags.select)?;
    let host = source.look(Depth::Buffers)?;
    let mut suppressions = match &flags.suppress {
        Some(file) => Suppressions::read(file, host.time_ns)?,
        None => Suppressions::default(),
    };
    let mut asked = host.buffers.clone();
    let mut matched = flags.wanted.keep(&mut asked, BUFFER, host.time_ns)?;

    let of_running = by.mark || flags.rules.since.is_some();
    let pasts = read_pasts(&mut source, of_running);
    let all_closed = freed_by_closing(&host, &pasts, &flags.select);
    let mut closed = all_closed.clone();
    let of_closed = flags.wanted.keep(&mut closed, BUFFER, host.time_ns)?;
    if flags.rules.closed {
        matched = matched.and(of_closed);
    }
    matched.say_if_none("buffer");
    let mut earlier = earlier(flags, &host, &pasts)?;
    if let Some(earlier) = &mut earlier {
        flags
            .wanted
            .keep(&mut earlier.buffers, BUFFER, host.time_ns)?;
    }
    let case = Case {
        all: &host.buffers,
        asked: &asked,
        all_closed: &all_closed,
        closed: &closed,
        earlier: earlier.as_ref(),
        by,
        rules: &rules,
    };
    let phase = |held: &Held| {
        let marks = pasts.get(&*held.segment).map(|(_, marks)| marks);
        marks.map_or(Phase::Forgotten, |marks| marks.phase(&held.buffer))
    };
    let mut groups = case.judge(&mut suppressions, phase);
    sort(&mut groups, GROUP, flags.sort.as_deref())?;

    let mut out = flags.present.open(context.color)?;
    let closed = Sum::of(&closed);
    let told = Told {
        host: &host,
        groups: &groups,
        closed: &closed,
        rules: &rules,
        suppressions: &suppressions,
        all: flags.all,
    };
    match flags.present.format() {
        Format::Text if host.processes.is_empty() => source.explain_emptiness(&host),
        Format::Text => {
            dump::headline(&mut out, &host)?;
            text::write(
                &mut out,
                &groups,
                &rules,
                by,
                flags.all,
                flags.present.bytes,
            )?;
        }
        Format::Json => told.document(&mut out)?,
        Format::Ndjson => told.lines(&mut out)?,
        Format::Csv => told.table(&mut out)?,
    }
    out.flush()?;

    let strict = flags.present.strict;
    let seen = source.judge(&host, strict);
    let judged = earlier.map_or(Exit::Ok, |earlier| judge(&earlier, strict));
    let marked = judge_marks(&groups, strict);
    suppressions.sentences().for_each(note);
    if closed.buffers > 0 && !rules.closed {
        note(format_args!(
            "freed only by closing the device, and not judged: {}; --closed judges them",
            closed.words()
        ));
    }
    if let Some(sentence) = sentence(&groups, &rules) {
        note(format_args!("tripped: {sentence}"));
        return Ok(Exit::Gate);
    }
    let first = [seen, judged, marked]
        .into_iter()
        .find(|exit| *exit != Exit::Ok);
    Ok(first.unwrap_or(Exit::Ok))
}

/// What the rings of the processes that were looked at still tell: of those that have ended, and of those
/// that run if that is asked for.
fn read_pasts(source: &mut Source, of_running: bool) -> Pasts {
    let mut pasts = Pasts::new();
    let mut errors = Vec::new();
    let wanted = |snapshot: &Snapshot| of_running || snapshot.state != State::Running;
    for (segment, snapshot) in source.looked_at().filter(|(_, one)| wanted(one)) {
        match Past::read(segment, snapshot) {
            Ok(past) => {
                let marks = Marks::among(&past);
                pasts.insert(segment.name().to_owned(), (past, marks));
            }
            Err(error) => errors.push((segment.path().to_owned(), error)),
        }
    }
    for (path, error) in errors {
        source.cannot_read(&path, &error);
    }
    pasts
}

/// What was live before, if a rule asks for it.
fn earlier(flags: &Flags, host: &Host, pasts: &Pasts) -> anyhow::Result<Option<Earlier>> {
    if let Some(name) = &flags.rules.since {
        return Ok(Some(Earlier::at_mark(name, host, pasts, &flags.select)));
    }
    let Some(file) = &flags.rules.baseline else {
        return Ok(None);
    };
    // Another run had other pids, and maybe another user.
    let select = Select {
        pids: Vec::new(),
        users: Vec::new(),
        ..flags.select.clone()
    };
    let mut source = Source::saved(file, &select)?;
    let mut before = source.look(Depth::Buffers)?;
    // What was not used then is nothing amiss.
    before.missing_chips = ChipSet::EMPTY;
    source.judge(&before, false);
    Ok(Some(Earlier::in_baseline(&before, host)))
}

/// Says what is to be known of what was before, and how the command should end.
fn judge(earlier: &Earlier, strict: bool) -> Exit {
    earlier.notes.iter().for_each(note);
    if !earlier.found {
        note("no process can be compared");
    }
    match earlier.found {
        _ if strict && earlier.incomplete => Exit::Inexact,
        true => Exit::Ok,
        false => Exit::NoTarget,
    }
}

/// Says of how many allocations the mark is not known, and how the command should end.
fn judge_marks(groups: &[Group], strict: bool) -> Exit {
    let forgotten = groups
        .iter()
        .filter(|group| group.key.phase == Some(Phase::Forgotten));
    let buffers = forgotten.fold(0, |sum, group| sum + group.amount.buffers);
    if buffers == 0 {
        return Exit::Ok;
    }
    note(format_args!(
        "the mark of {} is not known: rings do not reach back to their allocation \
         (TTMEM_RING_RECORDS makes them longer)",
        counted(buffers, "buffer")
    ));
    if strict { Exit::Inexact } else { Exit::Ok }
}
