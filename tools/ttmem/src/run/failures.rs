//! The allocations that failed, and what was live when the last of them did: a program that ends on an
//! exception has freed everything by the time it is reported on.

use crate::grouping::Sum;
use crate::leaks::live_at;
use crate::marks::{Mark, Past};
use crate::quantity::{counted, time};
use crate::select::Select;
use crate::value::{Value, harmless};
use crate::view::{Held, Host, Process};
use ttmem_layout::Kind;
use ttmem_reader::{Event, ReadError, Segment};

/// The failed allocations of one process.
pub(crate) struct Failures {
    /// File name of its segment.
    pub(crate) segment: String,
    /// How many its ring still tells of.
    count: u64,
    last: Event,
    /// Buffers that were live at the last one; nothing if the ring does not tell.
    held: Option<Sum>,
}

impl Failures {
    /// Those of one process; nothing if none failed.
    ///
    /// # Errors
    /// When its segment cannot be read.
    pub(crate) fn of(segment: &Segment, host: &Host) -> Result<Option<Self>, ReadError> {
        let past = Past::read(segment, &segment.summary()?)?;
        let process = host
            .processes
            .iter()
            .find(|process| process.segment == segment.name());
        let failed = |event: &&Event| event.kind == Kind::AllocFailed;
        let (Some(last), Some(process)) = (past.events.iter().rfind(failed), process) else {
            return Ok(None);
        };
        Ok(Some(Self {
            segment: segment.name().to_owned(),
            count: past.events.iter().filter(failed).count() as u64,
            last: last.clone(),
            held: held_at(last, &past, process, host),
        }))
    }

    /// For people: what failed last, and beside what.
    pub(crate) fn lines(&self, exact: bool) -> Vec<String> {
        let last = &self.last;
        let memory = last.buffer_type.map_or("memory", |one| one.name());
        let requested = Value::Bytes(last.requested).text(exact);
        let failed = counted(self.count, "allocation");
        let mut lines = vec![format!(
            "{failed} FAILED, the last of {requested} of {memory} at {}",
            time(last.time_ns)
        )];
        let words = last.text.as_deref().and_then(|text| text.lines().next());
        lines.extend(words.map(|words| format!("  {}", harmless(words))));
        lines.push(match &self.held {
            Some(held) if held.buffers > 0 => format!(
                "  live at that moment: {}: {}",
                counted(held.buffers, "buffer"),
                held.by_memory(exact)
            ),
            Some(_) => "  nothing was live at that moment".into(),
            None => "  what was live at that moment the ring does not tell any more".into(),
        });
        lines
    }

    /// For programs.
    pub(crate) fn figures(&self) -> Value<'_> {
        let last = &self.last;
        let mut figures = vec![
            ("segment", Value::words(&self.segment)),
            ("failures", Value::Count(self.count)),
            ("time", Value::Time(last.time_ns)),
            ("devices", Value::Chips(last.chips)),
            (
                "type",
                last.buffer_type
                    .map_or(Value::Unknown, |one| Value::words(one.name())),
            ),
            ("requested_bytes", Value::Bytes(last.requested)),
            (
                "text",
                last.text.as_deref().map_or(Value::Unknown, Value::words),
            ),
        ];
        match &self.held {
            Some(held) => figures.extend(held.figures()),
            None => figures.push(("buffers", Value::Unknown)),
        }
        Value::Group(figures)
    }
}

/// What was live when an allocation failed.
fn held_at(failed: &Event, past: &Past, process: &Process, host: &Host) -> Option<Sum> {
    if past.known_from.is_some_and(|from| from > failed.time_ns) {
        return None;
    }
    let moment = Mark {
        name: "".into(),
        time_ns: failed.time_ns,
        thread: failed.thread,
        sequence: failed.sequence,
    };
    let mine = |held: &&Held| *held.segment == *process.segment;
    let live = host.buffers.iter().filter(mine);
    let then = live_at(&moment, past, live, process, &Select::default());
    Some(Sum::of(&then))
}
