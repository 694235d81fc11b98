//! What a saved file says was live before: by the same processes, or by another run of the same
//! programs.

use super::Earlier;
use crate::view::{Host, Process};
use std::collections::HashMap;
use std::sync::Arc;

impl Earlier {
    /// What was live in the baseline, under the names of the processes of now. Each is found as itself,
    /// or else as one that ran the same command, on the same chips if there is one.
    pub(crate) fn in_baseline(before: &Host, now: &Host) -> Self {
        let mut free: Vec<&Process> = before.processes.iter().collect();
        let mut roles = HashMap::<&str, &Process>::new();
        let alike: [fn(&Process, &Process) -> bool; 3] = [
            |was, is| was.segment == is.segment,
            |was, is| was.identity.command == is.identity.command && was.chips() == is.chips(),
            |was, is| was.identity.command == is.identity.command,
        ];
        let mut open: Vec<&Process> = now.processes.iter().collect();
        for alike in alike {
            open.retain(|is| {
                let Some(at) = free.iter().position(|was| alike(was, is)) else {
                    return true;
                };
                roles.insert(&free.remove(at).segment, is);
                false
            });
        }
        let strangers = open.iter().filter(|one| one.buffers > 0);
        let notes = strangers.map(|one| {
            format!(
                "pid {} is not in the baseline, nor is another run of its command: all it holds is \
                 more than before",
                one.identity.pid
            )
        });
        // What a gate cannot judge must not look as if it had passed.
        let gone = free.iter().filter(|one| one.buffers > 0).map(|one| {
            format!(
                "pid {} of the baseline is gone, and no other run of its command is here: it is not \
                 compared",
                one.identity.pid
            )
        });
        let notes = notes.chain(gone).collect();
        let found = !roles.is_empty();
        let mut buffers = before.buffers.clone();
        for held in &mut buffers {
            if let Some(is) = roles.get(&*held.segment) {
                held.pid = is.identity.pid;
                held.segment = Arc::from(is.segment.as_str());
            }
        }
        Self {
            buffers,
            notes,
            found,
            incomplete: !before.exact(),
            ..Self::default()
        }
    }
}
