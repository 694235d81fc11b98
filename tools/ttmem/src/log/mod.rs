//! Events of all segments in one stream.

mod data;
mod follow;
mod lines;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use data::write_data;
pub(crate) use follow::{Following, Item, Loss, Origin};
pub(crate) use lines::{EVENT, Logged, write_line};
pub(crate) use tally::Tally;
