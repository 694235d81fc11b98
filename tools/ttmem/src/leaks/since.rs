//! What each process held when it last set a mark.

use super::Earlier;
use super::at_mark::live_at;
use crate::marks::{Last, Marks, Past};
use crate::select::Select;
use crate::value::harmless;
use crate::view::{Held, Host};
use std::collections::HashMap;

/// What the rings tell of the processes of a host, by segment.
pub(crate) type Pasts = HashMap<String, (Past, Marks)>;

impl Earlier {
    /// What the processes of a host held at the last mark of this name.
    pub(crate) fn at_mark(name: &str, host: &Host, pasts: &Pasts, select: &Select) -> Self {
        let mut earlier = Self::default();
        for process in &host.processes {
            let past = pasts.get(&process.segment);
            let last = past.map_or(Last::Overwritten, |(_, marks)| marks.last(name));
            if let (Last::At(mark), Some((past, _))) = (last, past) {
                let mine = |held: &&Held| *held.segment == *process.segment;
                let live = host.buffers.iter().filter(mine);
                let then = live_at(mark, past, live, process, select);
                earlier.buffers.extend(then);
                earlier.found = true;
                continue;
            }
            earlier.unknown.insert(process.segment.as_str().into());
            let (pid, name) = (process.identity.pid, harmless(name));
            earlier.notes.push(if last == Last::Never {
                format!("pid {pid} has not set a mark '{name}': not judged by 'grew'")
            } else {
                earlier.incomplete = true;
                format!(
                    "pid {pid}: its ring does not reach back to a mark '{name}': not judged by \
                     'grew' (TTMEM_RING_RECORDS makes rings longer, --baseline needs none)"
                )
            });
        }
        earlier
    }
}
