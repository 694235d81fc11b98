//! A made-up workload: what a small language model does to a chip's memory, without a chip.

mod actor;
mod expected;
mod producer;
mod script;

pub(crate) use actor::Actor;
pub(crate) use producer::produce;
pub(crate) use script::{LEAK, Role};
