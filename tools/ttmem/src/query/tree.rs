//! A query, taken apart.

use std::ops::Range;

/// What must be so.
#[derive(Clone, Debug)]
pub(super) enum Clause {
    /// Each of them.
    All(Vec<Self>),
    /// At least one of them.
    Any(Vec<Self>),
    /// Not that.
    Not(Box<Self>),
    /// One comparison.
    Test(Test),
}

/// One comparison of a field.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) field: Word,
    pub(super) operator: Operator,
    /// What it is compared with: several after `in`, none after a field that stands alone.
    pub(super) wanted: Vec<Word>,
}

/// A word of the query, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) place: Range<usize>,
}

/// How a figure is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Contains,
    ContainsNot,
    /// A field that stands alone: it is `true`.
    Holds,
}
