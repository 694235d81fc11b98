//! A line of the table, and what its ratio shall be.

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Unique in the table.
    pub(crate) name: &'static str,
    /// What its ratio is to.
    pub(crate) against: &'static str,
    pub(crate) goal: Option<Goal>,
}

/// What a ratio shall be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) at_most: f64,
    pub(crate) aim: f64,
}

impl Row {
    /// A line without a goal.
    pub(crate) const fn new(name: &'static str, against: &'static str) -> Self {
        Self {
            name,
            against,
            goal: None,
        }
    }

    /// The same with one.
    pub(crate) const fn goal(self, at_most: f64, aim: f64) -> Self {
        Self {
            goal: Some(Goal { at_most, aim }),
            ..self
        }
    }
}
