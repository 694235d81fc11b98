//! Exit codes: what a script may rely on.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all is well.
    Ok,
    /// 1: something failed.
    Failed,
    /// 2: the command line makes no sense.
    Usage,
    /// 2: the doctor has warnings and no errors.
    Warned,
    /// 3: a gate tripped.
    Gate,
    /// 4: what `-p` or `-D` names does not exist.
    NoTarget,
    /// 5: what was shown is incomplete, and `--strict` asked for the whole truth.
    Inexact,
    /// The status of the child of `run`.
    Child(u8),
}

impl Exit {
    /// The number the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage | Self::Warned => 2,
            Self::Gate => 3,
            Self::NoTarget => 4,
            Self::Inexact => 5,
            Self::Child(status) => status,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that ends the program with another code than 1.
#[derive(Debug)]
pub(crate) struct Refused {
    exit: Exit,
    message: String,
}

impl Refused {
    /// The command line asks for something that does not exist.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    /// The child of `run` could not be started; `status` is what a shell would return.
    pub(crate) fn child(status: u8, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Child(status),
            message: message.into(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Refused {}

/// The code for an error that reached `main`.
pub(crate) fn of_error(error: &anyhow::Error) -> Exit {
    error
        .downcast_ref::<Refused>()
        .map_or(Exit::Failed, |refused| refused.exit)
}

/// Whether whoever read our output has gone: the end of the work, not a failure.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
