//! Running somebody else's program so that it reports.

mod beside;
mod child;
mod failures;
mod ignored;
mod library;
pub(crate) mod promise;
mod report;
pub(crate) mod script;
mod unpack;

pub(crate) use child::{Ended, Tracked};
pub(crate) use failures::Failures;
pub(crate) use library::Library;
pub(crate) use report::Report;
