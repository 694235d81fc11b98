//! Events of all segments in one stream.

mod follow;
mod lines;
mod tally;

pub(crate) use follow::{Following, Item, Loss};
pub(crate) use lines::{EVENT, Logged, remark, write_sentence};
pub(crate) use tally::Tally;
