//! The pieces every view is made of.

pub(super) mod bar;
pub(super) mod footer;
pub(super) mod headline;
pub(super) mod help;
pub(super) mod lines;
pub(super) mod sparkline;
pub(super) mod table;
pub(super) mod tabs;
