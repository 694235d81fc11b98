//! Another process of this part.

use crate::child::Child;
use anyhow::Result;
use std::ffi::OsStr;

/// This program in the role of this part that the arguments name.
pub(super) fn child(role: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Child> {
    let role = role.into_iter().map(|word| word.as_ref().to_owned());
    Child::of_this_program(std::iter::once("reader-part".into()).chain(role))
}
