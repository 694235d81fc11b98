//! What the counters alone say: the first figures there are.

use crate::error::ReadError;
use crate::model::{Anomalies, DeviceTotals, Losses, State};
use crate::prefix;
use crate::ring;
use crate::segment::Segment;
use crate::snapshot::{anomalies, devices, losses};
use crate::totals;
use std::collections::BTreeMap;
use ttmem_layout::{Process, SectionKind};

/// What a segment's counters say. Each figure is one that was true at some moment during the glance;
/// whether they agree with the live table nobody has asked, and the last events of a producer that was
/// killed may be missing. A [`crate::Snapshot`] knows better, for the price of reading the live table.
#[derive(Clone, Debug)]
pub struct Glance {
    /// Whether the producer was there.
    pub state: State,
    /// Every chip the producer reported or has a pool on, in ascending order. How many bytes were
    /// requested is in no counter, and is 0 here.
    pub devices: Vec<DeviceTotals>,
    /// What is missing.
    pub losses: Losses,
    /// What the program did wrong.
    pub anomalies: Anomalies,
}

impl Glance {
    pub(crate) fn at(segment: &Segment) -> Result<Self, ReadError> {
        let bytes = segment.bytes();
        let state = segment.state()?;
        let process = bytes.one::<Process>(SectionKind::Process, 0)?;
        let process = process.unwrap_or_default();
        let counted = totals::by_chip(&prefix::groups(bytes)?);
        let mut devices = devices(segment, &counted, &BTreeMap::new(), false)?;
        for totals in devices.iter_mut().flat_map(|device| &mut device.types) {
            totals.buffers = totals.allocs.saturating_sub(totals.frees);
        }
        Ok(Self {
            state,
            devices,
            losses: losses(&process, &ring::headers(bytes)?),
            anomalies: anomalies(&process),
        })
    }
}
