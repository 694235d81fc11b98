//! What there was to say beside the data. Figures in it change from look to look; what has been said of a
//! segment is said again only if it is another kind of trouble.

use crate::note::note;
use std::collections::{BTreeMap, BTreeSet};

/// What a sentence is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trouble {
    /// Whose: a segment, a pid; empty if it is the host's.
    pub(super) of: String,
    /// Which kind.
    pub(super) kind: String,
}

/// Sentences, of the last look and of those before.
#[derive(Default)]
pub(super) struct Said {
    now: BTreeMap<String, Trouble>,
    before: BTreeSet<Trouble>,
    /// Whether what is said stays here, rather than going to stderr.
    quiet: bool,
}

impl Said {
    /// Another look begins.
    pub(super) fn look_again(&mut self) {
        let now = std::mem::take(&mut self.now);
        // Kept to itself, it has not been said at all.
        if !self.quiet {
            self.before.extend(now.into_values());
        }
    }

    /// Says a sentence; whether it had not been said.
    pub(super) fn say(&mut self, trouble: Trouble, line: String) -> bool {
        if self.before.contains(&trouble) || self.now.contains_key(&line) {
            return false;
        }
        if !self.quiet {
            note(&line);
        }
        self.now.insert(line, trouble);
        true
    }

    /// Keeps what there is to say.
    pub(super) const fn keep_quiet(&mut self) {
        self.quiet = true;
    }

    /// Says what was kept of the last look, and everything from now on.
    pub(super) fn speak(&mut self) {
        self.quiet = false;
        self.now.keys().for_each(note);
    }

    /// What there was to say of the last look, and is new.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.now.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(said: &mut Said, kind: &str, count: u64) -> bool {
        let trouble = Trouble {
            of: "ttmem.10.1".into(),
            kind: kind.into(),
        };
        said.say(trouble, format!("{kind} {count}"))
    }

    #[test]
    fn another_count_is_no_other_trouble() {
        let mut said = Said::default();
        assert!(lost(&mut said, "records dropped", 1));
        for look in 2..5 {
            said.look_again();
            assert!(!lost(&mut said, "records dropped", look));
            assert_eq!(said.lines().count(), 0);
        }
        assert!(lost(&mut said, "texts lost", 1));
        assert!(!lost(&mut said, "texts lost", 1));
        // Two of a kind at a time are two.
        assert!(lost(&mut said, "texts lost", 2));
    }

    #[test]
    fn a_screen_shows_all_of_each_look() {
        let mut said = Said::default();
        said.keep_quiet();
        for look in 0..3 {
            said.look_again();
            assert!(lost(&mut said, "records dropped", look));
            assert_eq!(said.lines().count(), 1);
        }
    }
}
