//! Who this process is, for people to read. Liveness never depends on any of it.

use nix::unistd::{getegid, geteuid, getpid};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use ttmem_layout::Header;

/// What a segment says of its producer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Process id in its own namespace.
    pub pid: u32,
    /// Effective user id.
    pub uid: u32,
    /// Effective group id.
    pub gid: u32,
    /// Start time in clock ticks since boot.
    pub start_time: u64,
    /// Inode of the PID namespace.
    pub pid_namespace: u64,
    /// Host name.
    pub host: Vec<u8>,
    /// User name; empty if `/etc/passwd` has none.
    pub user: Vec<u8>,
    /// Command line, arguments separated by single spaces.
    pub command: Vec<u8>,
    /// Control group.
    pub cgroup: Vec<u8>,
}

impl Identity {
    /// This process. What cannot be learned stays empty or 0.
    pub fn of_this_process() -> Self {
        let uid = geteuid().as_raw();
        Self {
            pid: getpid().as_raw().unsigned_abs(),
            uid,
            gid: getegid().as_raw(),
            start_time: start_time().unwrap_or(0),
            pid_namespace: fs::metadata("/proc/self/ns/pid").map_or(0, |meta| meta.ino()),
            host: nix::unistd::gethostname().map_or_else(|_| Vec::new(), |n| n.as_bytes().to_vec()),
            user: user_name(uid).unwrap_or_default(),
            command: command().unwrap_or_default(),
            cgroup: cgroup().unwrap_or_default(),
        }
    }

    /// Writes it into a header; what is longer than its field is cut.
    pub fn write_to(&self, header: &mut Header) {
        header.pid = self.pid;
        header.uid = self.uid;
        header.gid = self.gid;
        header.start_time = self.start_time;
        header.pid_namespace = self.pid_namespace;
        fill(&mut header.host, &self.host);
        fill(&mut header.user, &self.user);
        fill(&mut header.command, &self.command);
        fill(&mut header.cgroup, &self.cgroup);
    }
}

/// Copies as much as fits. A field need not end in a zero.
fn fill(field: &mut [u8], bytes: &[u8]) {
    let length = bytes.len().min(field.len());
    field[..length].copy_from_slice(&bytes[..length]);
}

fn start_time() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The command name may hold spaces and brackets; what follows its last bracket does not.
    let after_name = &stat[stat.rfind(')')? + 1..];
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// From `/etc/passwd` only: a directory service may block for minutes, and nothing here may.
fn user_name(uid: u32) -> Option<Vec<u8>> {
    let table = fs::read_to_string("/etc/passwd").ok()?;
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse::<u32>().ok()? == uid).then(|| name.as_bytes().to_vec())
    })
}

fn command() -> Option<Vec<u8>> {
    let raw = fs::read("/proc/self/cmdline").ok()?;
    let trimmed = raw.strip_suffix(b"\0").unwrap_or(&raw);
    Some(
        trimmed
            .iter()
            .map(|byte| if *byte == 0 { b' ' } else { *byte })
            .collect(),
    )
}

fn cgroup() -> Option<Vec<u8>> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    Some(text.lines().last()?.as_bytes().to_vec())
}
