//! Why a segment was not read, in a sentence.

use std::path::PathBuf;

/// Why a segment was not read.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It could not be opened or copied.
    #[error("{path} cannot be read: {error}", path = path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It could not be attached by its name.
    #[error("the shared memory {name} cannot be attached: {error}")]
    Attach {
        /// Which name.
        name: String,
        /// What the crate said.
        error: shared_memory::ShmemError,
    },
    /// What is there is not what the spec says.
    #[error("{name} cannot be read as a segment: {what}")]
    Unlike {
        /// Which file or name.
        name: String,
        /// What is wrong with it.
        what: String,
    },
}
