//! One producer, alive or dead, with what it holds on each chip asked for.

use super::{Seen, add};
use crate::quantity::counted_by_name;
use crate::select::Select;
use crate::value::shortened;
use ttmem_layout::{BufferType, ChipSet, TYPES, loss};
use ttmem_reader::{Anomalies, DeviceTotals, Identity, Losses, State, TypeTotals};

/// One producer.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// File name of its segment.
    pub(crate) segment: String,
    /// Who it is.
    pub(crate) identity: Identity,
    /// Whether it is still there.
    pub(crate) state: State,
    /// When it ended cleanly, nanoseconds since 1970.
    pub(crate) detached_ns: Option<i64>,
    /// What it holds, by chip, in ascending order.
    pub(crate) holdings: Vec<DeviceTotals>,
    /// Sums over those chips. A peak is the largest that one chip has seen.
    pub(crate) types: [TypeTotals; TYPES],
    /// Allocations it holds; one that lies on several chips counts once.
    pub(crate) buffers: u64,
    /// What is missing.
    pub(crate) losses: Losses,
    /// What the program did wrong.
    pub(crate) anomalies: Anomalies,
    /// Name of the last mark.
    pub(crate) mark: Option<String>,
    /// Whether totals and live table are complete and agree.
    pub(crate) exact: bool,
    /// Whether the counters and the live table agreed.
    pub(crate) consistent: bool,
    /// Whether it reported events while it was looked at: the figures need not add up.
    pub(crate) moving: bool,
    /// What could not be made sense of.
    pub(crate) damage: Vec<String>,
}

impl Process {
    /// What a segment says of the chips and buffer types asked for.
    pub(crate) fn new(seen: Seen<'_>, select: &Select) -> Self {
        let snapshot = seen.snapshot;
        let chips = select.chips();
        let mut holdings: Vec<_> = snapshot
            .devices
            .iter()
            .filter(|device| chips.contains(device.info.chip))
            .cloned()
            .collect();
        let mut types = [TypeTotals::default(); TYPES];
        for holding in &mut holdings {
            for unwanted in BufferType::ALL
                .into_iter()
                .filter(|one| !select.wants_type(*one))
            {
                holding.types[unwanted as usize] = TypeTotals::default();
            }
            for (sum, part) in types.iter_mut().zip(&holding.types) {
                add(sum, part);
                sum.peak_bytes = sum.peak_bytes.max(part.peak_bytes);
            }
        }
        Self {
            segment: seen.segment.to_owned(),
            identity: seen.identity.clone(),
            state: snapshot.state,
            detached_ns: snapshot.detached_ns,
            holdings,
            types,
            buffers: snapshot
                .pools
                .iter()
                .filter(|pool| !pool.chips.and(chips).is_empty())
                .flat_map(|pool| BufferType::ALL.into_iter().zip(pool.buffers))
                .filter(|(buffer_type, _)| select.wants_type(*buffer_type))
                .fold(0, |sum, (_, buffers)| sum.saturating_add(buffers)),
            losses: snapshot.losses,
            anomalies: snapshot.anomalies,
            mark: snapshot.current_mark.as_deref().map(str::to_owned),
            exact: snapshot.exact(),
            consistent: snapshot.consistent,
            moving: snapshot.moving,
            damage: snapshot.damage.clone(),
        }
    }

    /// The chips it reported or allocated on.
    pub(crate) fn chips(&self) -> ChipSet {
        self.holdings
            .iter()
            .filter_map(|holding| ChipSet::of(holding.info.chip))
            .fold(ChipSet::EMPTY, ChipSet::or)
    }

    /// Everything it holds, in whichever memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.types
            .iter()
            .map(|totals| totals.bytes)
            .fold(0, u64::saturating_add)
    }

    /// Its last mark as a table has room for it, if it set one. `more` stands for what is cut off.
    pub(crate) fn short_mark(&self, more: &str) -> Option<String> {
        const LETTERS: usize = 32;
        let mark = self.mark.as_deref();
        mark.map(|mark| shortened(mark, LETTERS, more))
    }

    /// How many things are missing of it for good. Overwritten records are not: a ring is made to
    /// overwrite.
    pub(crate) fn lost(&self) -> u64 {
        let counts = self.losses.counts.iter().enumerate();
        let things = counts.filter(|(what, _)| *what != loss::LIVE_OVERFLOW_BYTES);
        things.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// What is not exact about it, whichever the figures.
    pub(crate) fn inexact_in(&self) -> Vec<&'static str> {
        let losses = loss::NAMES.into_iter().zip(self.losses.counts);
        let mut kinds: Vec<_> = losses
            .filter_map(|(name, count)| (count > 0).then_some(name))
            .collect();
        if !self.damage.is_empty() {
            kinds.push("damage");
        } else if !self.consistent {
            kinds.push("disagreement");
        }
        kinds
    }

    /// Why it is not exact, as a sentence; nothing if it is.
    pub(crate) fn inexact_because(&self) -> Option<String> {
        if self.exact {
            return None;
        }
        let mut reasons = counted_by_name(&loss::NAMES, &self.losses.counts);
        if !self.damage.is_empty() {
            reasons.push("its segment is damaged".into());
        } else if !self.consistent {
            reasons.push("its counters and its live table did not agree at that moment".into());
        }
        Some(format!(
            "pid {} is not exact: {}",
            self.identity.pid,
            reasons.join(", ")
        ))
    }
}
