//! What lies where in a bank: plain functions of ranges of addresses, so that a map and a live screen
//! show the same gaps and a test needs neither.
//!
//! Addresses are those of one bank. An allocation lies at the same address in every bank of its chips,
//! so one bank of one chip says it all.

mod bar;
mod blocks;
mod circular;
pub(crate) mod data;
pub(crate) mod figures;
mod fit;
mod picture;
mod range;
mod region;
mod room;
mod rows;
#[cfg(test)]
mod screens;
pub(crate) mod sheet;

pub(crate) use blocks::{Block, Blocks};
pub(crate) use circular::{Circular, Cores};
pub(crate) use fit::{Answer, Fit, Need};
pub(crate) use picture::{BANKED, Picture, Piece, pictures};
pub(crate) use range::Range;
pub(crate) use region::Region;
pub(crate) use room::{Gaps, Room};
