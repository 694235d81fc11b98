//! What lies where in a bank: plain functions of ranges of addresses, so that a map and a live screen
//! show the same gaps and a test needs neither.
//!
//! Addresses are those of one bank. An allocation lies at the same address in every bank of its chips,
//! so one bank of one chip says it all.

mod blocks;
mod range;
mod region;
mod room;

pub(crate) use blocks::{Block, Blocks};
pub(crate) use range::Range;
pub(crate) use region::Region;
pub(crate) use room::{Gaps, Room};
