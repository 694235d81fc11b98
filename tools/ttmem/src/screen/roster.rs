//! Processes that were there and are not any more: what they last held stays in sight.

use crate::view::{Host, Process};
use ttmem_reader::State;

/// So many are remembered; of more, those that went first are forgotten.
const REMEMBERED: usize = 32;

/// Who has gone.
#[derive(Debug, Default)]
pub(super) struct Roster {
    last: Vec<Process>,
    gone: Vec<Process>,
}

impl Roster {
    /// Compares with who was there the last time.
    pub(super) fn take(&mut self, host: &Host) {
        let is_there = |one: &Process| host.processes.iter().any(|now| now.segment == one.segment);
        self.gone.retain(|one| !is_there(one));
        for process in std::mem::take(&mut self.last) {
            if !is_there(&process) {
                self.gone.push(process);
            }
        }
        let surplus = self.gone.len().saturating_sub(REMEMBERED);
        self.gone.drain(..surplus);
        self.last.clone_from(&host.processes);
    }

    /// Who has gone, as they were last seen, those that went last at the end.
    pub(super) fn gone(&self) -> &[Process] {
        &self.gone
    }
}

/// What has become of a process, in a word.
pub(super) const fn fate(process: &Process, gone: bool) -> &'static str {
    match (process.state, gone) {
        // It ended and took its segment with it, or somebody took both away.
        (State::Running, true) => "gone",
        (state, _) => state.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    #[test]
    fn who_goes_is_remembered_with_what_it_held() {
        let host = |pids: &[u32]| {
            let process = |pid: &u32| sample::process(*pid, State::Running, &[(0, 7, 100)]);
            let mut host = sample::empty_host(0);
            host.processes = pids.iter().map(process).collect();
            host
        };
        let mut roster = Roster::default();
        roster.take(&host(&[1, 2]));
        assert!(roster.gone().is_empty());
        roster.take(&host(&[2]));
        roster.take(&host(&[2]));
        let [one] = roster.gone() else {
            panic!("one has gone")
        };
        assert_eq!((one.identity.pid, one.bytes()), (1, 100));
        assert_eq!(fate(one, true), "gone");
        roster.take(&host(&[1, 2]));
        assert!(roster.gone().is_empty());
    }
}
