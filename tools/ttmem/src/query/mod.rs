//! Which of many things are asked for: `type == L1 && size > 1M`, over the field table of whatever is
//! listed. A query is read once ([`Query`]), then bound to the fields of one sort of thing ([`Bound`]).
//! The language is described where users look for it, in [`topic()`].

mod bound;
mod flag;
mod mark;
mod reading;
mod syntax;
#[cfg(test)]
mod tests;
mod topic;
mod tree;

pub(crate) use bound::Bound;
pub(crate) use flag::{Matched, Where};
pub(crate) use topic::topic;

use crate::exit::Refused;
use crate::fields::Field;
use std::sync::Arc;
use tree::Clause;

/// A query as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    text: Arc<str>,
    clause: Clause,
}

impl Query {
    /// Reads a query. What is wrong with it is a sentence with the place marked.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let clause = syntax::parse(text)?;
        Ok(Self {
            text: text.into(),
            clause,
        })
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same for things with these fields, and for what `-10m` means at this moment (nanoseconds
    /// since 1970).
    pub(crate) fn bind<T>(&self, fields: &[Field<T>], now_ns: i64) -> Result<Bound<T>, Refused> {
        Bound::new(&self.text, &self.clause, fields, now_ns)
    }
}
