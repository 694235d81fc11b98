//! What the tests in `tests/` share: where the built artefacts are, a private segment directory, a
//! producer that does as it is told, the CLI's JSON, a real terminal, waiting without sleeping, and
//! skipping aloud.
#![forbid(unsafe_code)]

pub mod agreement;
pub mod binaries;
mod c_program;
pub mod cli;
mod genuine;
mod mounted_dir;
mod private_dir;
mod producer_process;
pub mod python;
pub mod replay;
mod skip;
pub mod stepped;
pub mod storm;
mod timeless;
mod tmux;
mod unprompted;
mod wait;
mod whole;

pub use c_program::{CProgram, Compiler, Language, Linking, compile};
pub use genuine::genuine;
pub use mounted_dir::MountedDir;
pub use private_dir::PrivateDir;
pub use producer_process::{Ended, ProducerProcess, Starter, kill};
pub use skip::{in_path, is_root, skip};
pub use timeless::timeless;
pub use tmux::Tmux;
pub use unprompted::{told_only_where, unprompted};
pub use wait::{DEADLINE, until, until_some};
pub use whole::is_whole;
