//! What the tests in `tests/` share: where the built artefacts are, a private segment directory, a
//! producer that does as it is told, the CLI's JSON, waiting without sleeping, and skipping aloud.
#![forbid(unsafe_code)]

pub mod binaries;
pub mod cli;
mod private_dir;
mod producer_process;
mod skip;
mod wait;

pub use private_dir::PrivateDir;
pub use producer_process::{ProducerProcess, Starter};
pub use skip::{in_path, is_root, skip};
pub use wait::{DEADLINE, until, until_some};
