//! One check: what was found, and what to do.

use crate::exit::Exit;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// There is nothing to be checked.
    NotApplicable,
    /// As it should be.
    Ok,
    /// Somebody may see too little.
    Warning,
    /// Somebody does see too little, or would.
    Error,
}

impl Verdict {
    /// In data.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One check.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    /// Its name in data; never changes.
    pub(crate) name: &'static str,
    /// How it ended.
    pub(crate) verdict: Verdict,
    /// What was found, in one line.
    pub(crate) found: String,
    /// Each thing that is not as it should be: which file, which process.
    pub(crate) details: Vec<String>,
    /// What to do about it: commands, or a sentence with one.
    pub(crate) advice: Vec<String>,
}

impl Check {
    fn new(name: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self {
            name,
            verdict,
            found: found.into(),
            details: Vec::new(),
            advice: Vec::new(),
        }
    }

    /// All is well.
    pub(crate) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Verdict::Ok, found)
    }

    /// There is nothing to be checked, and why.
    pub(crate) fn not_applicable(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Verdict::NotApplicable, found)
    }

    /// Somebody may see too little.
    pub(crate) fn warning(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Verdict::Warning, found)
    }

    /// Somebody sees too little.
    pub(crate) fn error(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Verdict::Error, found)
    }

    /// With particulars.
    pub(crate) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// With what to do.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }
}

/// How the command ends: with what is worst.
pub(crate) fn exit(checks: &[Check]) -> Exit {
    match checks.iter().map(|check| check.verdict).max() {
        Some(Verdict::Error) => Exit::Failed,
        Some(Verdict::Warning) => Exit::Warned,
        _ => Exit::Ok,
    }
}
