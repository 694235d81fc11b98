//! Where segments are: on the live host, or in a saved file.

use crate::saved::Saved;
use crate::select::Select;
use nix::unistd::{Uid, User};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;
use ttmem_reader::{Scan, ScanError, Unreadable};

/// Where segments are.
pub(super) enum Place {
    /// In a directory of this host, where they come and go.
    Directory(PathBuf),
    /// One of them, whatever else its directory holds.
    Segment(PathBuf),
    /// In a saved file, as they stood.
    Saved(Saved),
}

impl Place {
    /// The segments there are, but for those that are `known`.
    pub(super) fn scan(&self, known: impl Fn(&Path) -> bool) -> Result<Scan, ScanError> {
        match self {
            Self::Directory(directory) => ttmem_reader::scan_unknown(directory, known),
            Self::Segment(path) => Ok(ttmem_reader::scan_one(path, known)),
            Self::Saved(saved) => Ok(saved.scan(known)),
        }
    }

    /// Name of the host.
    pub(super) fn host_name(&self) -> String {
        match self {
            Self::Directory(_) | Self::Segment(_) => host_name(),
            Self::Saved(saved) => saved.host.clone(),
        }
    }

    /// The moment that is shown, nanoseconds since 1970.
    pub(super) fn now_ns(&self) -> i64 {
        match self {
            Self::Directory(_) | Self::Segment(_) => now_ns(),
            Self::Saved(saved) => saved.time_ns,
        }
    }
}

/// Whether an unreadable segment may belong to what is asked for. Its name carries a pid and its file
/// an owner; only if one of them rules it out it is none of our business.
pub(crate) fn may_be_wanted(one: &Unreadable, select: &Select) -> bool {
    let name = one
        .path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let pid = name.split('.').nth(1).and_then(|pid| pid.parse().ok());
    pid.is_none_or(|pid| select.wants_pid(pid))
        && (select.users.is_empty()
            || one
                .uid
                .is_none_or(|uid| select.wants_user(&user_name(uid), uid)))
}

/// Name of a user; empty if nobody knows it. Whom to ask may be a server far away, so that nobody is asked
/// twice.
fn user_name(uid: u32) -> Rc<str> {
    thread_local! {
        static KNOWN: RefCell<HashMap<u32, Rc<str>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let name = known.entry(uid).or_insert_with(|| {
            let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
            user.map(|user| user.name).unwrap_or_default().into()
        });
        Rc::clone(name)
    })
}

/// Name of this host.
pub(crate) fn host_name() -> String {
    nix::unistd::gethostname()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Nanoseconds since 1970.
pub(crate) fn now_ns() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .unwrap_or_default()
}
