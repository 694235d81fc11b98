//! The allocations that failed, and what was live when the last of them did: a program that ends on an
//! exception has freed everything by the time it is reported on.

use super::beside::Beside;
use crate::leaks::live_at;
use crate::marks::{Mark, Past};
use crate::quantity::{counted, time};
use crate::select::Select;
use crate::value::{Value, harmless, on_devices};
use crate::view::{Held, Host, Process};
use ttmem_layout::Kind;
use ttmem_reader::{Event, ReadError, Segment, Snapshot};

/// The failed allocations of one process.
pub(crate) struct Failures {
    /// File name of its segment.
    pub(crate) segment: String,
    /// How many its ring still tells of.
    count: u64,
    last: Event,
    /// What was live at the last one; nothing if the ring does not tell.
    beside: Option<Beside>,
}

impl Failures {
    /// Those of one process; nothing if none failed.
    pub(crate) fn of(process: &Process, past: &Past, host: &Host) -> Option<Self> {
        Self::among(process, past, host, i64::MIN)
    }

    /// Those since a moment, nanoseconds since 1970; the host is as the snapshot has it.
    ///
    /// # Errors
    /// When the segment cannot be read.
    pub(crate) fn since(
        segment: &Segment,
        snapshot: &Snapshot,
        host: &Host,
        begin_ns: i64,
    ) -> Result<Option<Self>, ReadError> {
        let past = Past::read(segment, snapshot)?;
        let mut processes = host.processes.iter();
        let process = processes.find(|process| process.segment == segment.name());
        Ok(process.and_then(|process| Self::among(process, &past, host, begin_ns)))
    }

    fn among(process: &Process, past: &Past, host: &Host, begin_ns: i64) -> Option<Self> {
        let failed = |event: &&Event| event.kind == Kind::AllocFailed && event.time_ns >= begin_ns;
        let last = past.events.iter().rfind(failed)?;
        Some(Self {
            segment: process.segment.clone(),
            count: past.events.iter().filter(failed).count() as u64,
            last: last.clone(),
            beside: beside(last, past, process, host),
        })
    }

    /// For people: what failed last, and beside what.
    pub(crate) fn lines(&self, exact: bool) -> Vec<String> {
        let last = &self.last;
        let memory = last.buffer_type.map_or("memory", |one| one.name());
        let requested = Value::Bytes(last.requested).text(exact);
        let failed = counted(self.count, "allocation");
        let mut lines = vec![format!(
            "{failed} FAILED, the last of {requested} of {memory} {} at {}",
            on_devices(last.chips),
            time(last.time_ns)
        )];
        let words = last.text.as_deref().and_then(|text| text.lines().next());
        lines.extend(words.map(|words| format!("  {}", harmless(words))));
        match &self.beside {
            Some(beside) => lines.extend(
                beside
                    .lines(exact)
                    .into_iter()
                    .map(|line| format!("  {line}")),
            ),
            None => {
                lines.push("  what was live at that moment the ring does not tell any more".into());
            }
        }
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
        match &self.beside {
            Some(beside) => figures.extend(beside.sum.figures()),
            None => figures.push(("buffers", Value::Unknown)),
        }
        Value::Group(figures)
    }
}

/// What was live when an allocation failed.
fn beside(failed: &Event, past: &Past, process: &Process, host: &Host) -> Option<Beside> {
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
    Some(Beside::of(failed, &then, process))
}
