//! What `ttmem top` costs while somebody looks at it: processor time of the tool on a terminal of its
//! own, by view, while nothing changes and while everybody works.

mod rows;
mod shown;
mod tenant;

pub(crate) use tenant::{Flags, serve};

use crate::measure::Compared;
use crate::optional::Optional;
use crate::part::Part;
use crate::results::Results;
use anyhow::Result;
use shown::Shown;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tenant::Tenant;

/// How long each line is looked at: ten frames.
const WINDOW: Duration = Duration::from_secs(10);
/// What the screen takes to read a view for the first time is not counted, nor is a process's start.
const SETTLING: Duration = Duration::from_secs(3);

/// The part.
pub(crate) fn part<'a>(directory: &Path) -> Box<dyn Part + 'a> {
    Box::new(Optional::new(TopLines {
        directory: directory.join("top"),
    }))
}

struct TopLines {
    directory: PathBuf,
}

impl Part for TopLines {
    fn name(&self) -> &'static str {
        "top"
    }

    /// A line of ten seconds has its rounds in it.
    fn wants_more(&self, _: &Results, done: u32, _: u32) -> bool {
        done == 0
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        let mut tenants = Tenant::all(&self.directory)?;
        for view in rows::VIEWS {
            let mut shown = Shown::start(&self.directory, view.name)?;
            results.note(view.at_rest, share_of_a_core(&mut shown)?);
            let working = SETTLING + WINDOW;
            tenants.iter_mut().try_for_each(|one| one.work(working))?;
            results.note(view.busy, share_of_a_core(&mut shown)?);
            tenants.iter_mut().try_for_each(Tenant::wait)?;
        }
        results.remark(format!("While top was looked at: {}.", tenant::described()));
        Ok(())
    }
}

/// Processor time of a second.
fn share_of_a_core(shown: &mut Shown) -> Result<Compared> {
    std::thread::sleep(SETTLING);
    let before = shown.processor_time()?;
    std::thread::sleep(WINDOW);
    let used = shown.processor_time()? - before;
    Ok(Compared {
        reference: 1e9,
        candidate: used.as_nanos() as f64 / WINDOW.as_secs_f64(),
    })
}
