//! One view each, and what can be opened from it.

pub(super) mod buffer;
pub(super) mod buffers;
pub(super) mod device;
mod device_list;
pub(super) mod devices;
pub(super) mod grid;
pub(super) mod map;
pub(super) mod process;
pub(super) mod processes;
