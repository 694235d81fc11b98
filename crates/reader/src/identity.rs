//! Who a header says its producer is.

use crate::model::Identity;
use crate::texts::printable;
use ttmem_layout::{Header, trimmed};

/// From a header. `owner` is the user the kernel says the file belongs to, where there is a file: a
/// user id inside a container means another user outside, so the kernel's word goes first.
pub(crate) fn identity_of(header: &Header, owner: Option<u32>) -> Identity {
    let uid = owner.unwrap_or(header.uid);
    let name = printable(trimmed(&header.user));
    let user = if name.is_empty() || uid != header.uid {
        uid.to_string()
    } else {
        name
    };
    Identity {
        pid: header.pid,
        uid,
        gid: header.gid,
        user,
        host: printable(trimmed(&header.host)),
        command: printable(trimmed(&header.command)),
        cgroup: printable(trimmed(&header.cgroup)),
        version: printable(trimmed(&header.version)),
        start_time: header.start_time,
        pid_namespace: header.pid_namespace,
        boot_id: header.boot_id,
        run_id: header.run_id,
        attached_ns: header.anchor_realtime as i64,
        dump_at_exit: trimmed(&header.dump_at_exit).to_vec(),
    }
}
