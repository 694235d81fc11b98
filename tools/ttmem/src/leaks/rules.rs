//! The rules a group can break.

use crate::quantity::size;
use crate::value::Value;
use crate::view::Held;
use std::time::Duration;
use ttmem_layout::BufferType;
use ttmem_reader::State;

/// A rule that can trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// There is more than there was at a mark or in a baseline.
    Grew,
    /// It has been live for too long.
    Older,
    /// The group is too large.
    Larger,
    /// It was live when its process ended cleanly.
    Survived,
    /// It was live when its process was killed.
    Held,
    /// Only the closing of its device freed it.
    Closed,
}

impl Rule {
    /// In the order they are told.
    pub(crate) const ALL: [Self; 6] = [
        Self::Grew,
        Self::Older,
        Self::Larger,
        Self::Survived,
        Self::Held,
        Self::Closed,
    ];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Grew => "grew",
            Self::Older => "older",
            Self::Larger => "larger",
            Self::Survived => "survived",
            Self::Held => "held",
            Self::Closed => "closed",
        }
    }
}

/// Which rules are on, and their limits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// What the groups are compared with, in words; nothing if they are not.
    pub(crate) grew: Option<String>,
    /// The age that is allowed.
    pub(crate) older: Option<Duration>,
    /// The bytes that are allowed in a group.
    pub(crate) larger: Option<u64>,
    /// Nothing may be live at a clean end.
    pub(crate) survived: bool,
    /// Nothing may be live at a death.
    pub(crate) held: bool,
    /// Nothing may be left to the closing of its device to free.
    pub(crate) closed: bool,
}

impl Rules {
    /// Whether a rule is on.
    pub(crate) const fn has(&self, rule: Rule) -> bool {
        match rule {
            Rule::Grew => self.grew.is_some(),
            Rule::Older => self.older.is_some(),
            Rule::Larger => self.larger.is_some(),
            Rule::Survived => self.survived,
            Rule::Held => self.held,
            Rule::Closed => self.closed,
        }
    }

    /// Those for what is live, and those for what is not.
    pub(super) fn apart(&self) -> (Self, Self) {
        let live = Self {
            closed: false,
            ..self.clone()
        };
        let closed = Self {
            closed: self.closed,
            ..Self::default()
        };
        (live, closed)
    }

    /// Whether one is on.
    pub(crate) fn any(&self) -> bool {
        Rule::ALL.into_iter().any(|rule| self.has(rule))
    }

    /// Its name with its limit, for people.
    pub(crate) fn words(&self, rule: Rule) -> String {
        match rule {
            Rule::Grew => match &self.grew {
                Some(than) => format!("grew since {than}"),
                None => rule.name().into(),
            },
            Rule::Older => match self.older {
                Some(limit) => {
                    let limit = Value::Seconds(limit.as_secs_f64()).text(false);
                    format!("older than {limit}")
                }
                None => rule.name().into(),
            },
            Rule::Larger => match self.larger {
                Some(limit) => format!("larger than {}", size(limit)),
                None => rule.name().into(),
            },
            Rule::Survived => "survived a clean exit".into(),
            Rule::Held => "held at death".into(),
            Rule::Closed => "freed only by closing the device".into(),
        }
    }

    /// Whether one allocation alone breaks a rule, or counts for the rule that looks at groups. When a
    /// process was killed nobody wrote down, so that the age of what it held is not known; and a killed
    /// process holds its weights. What is cached with programs is meant to stay.
    pub(crate) fn concern(&self, rule: Rule, held: &Held) -> bool {
        match rule {
            Rule::Grew => false,
            Rule::Older => {
                let limit = self.older.map_or(i128::MAX, |age| age.as_nanos() as i128);
                held.state == State::Running && i128::from(held.age_ns) > limit
            }
            Rule::Larger => self.larger.is_some() && held.state != State::Dead,
            Rule::Survived => self.survived && held.state == State::Exited && !of_a_program(held),
            Rule::Held => self.held && held.state == State::Dead && !of_a_program(held),
            Rule::Closed => self.closed,
        }
    }
}

/// Whether it belongs to a program, which stays cached on purpose, and not to a tensor.
pub(crate) const fn of_a_program(held: &Held) -> bool {
    matches!(held.buffer.buffer_type, BufferType::Cb | BufferType::Kernel)
}
