//! `--where`, the flag of every command that lists something.

use super::{Bound, Query};
use crate::exit::Refused;
use crate::fields::Field;
use crate::note::note;
use crate::quantity::counted;
use clap::Args;

/// The filter over figures that listing commands share.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Where {
    /// List only what matches; totals stay those of all. 'ttmem help query' says how
    #[arg(long = "where", value_name = "QUERY", value_parser = Query::parse)]
    query: Option<Query>,
}

impl From<Option<Query>> for Where {
    fn from(query: Option<Query>) -> Self {
        Self { query }
    }
}

impl Where {
    /// As it was written, if it was.
    pub(crate) fn text(&self) -> Option<&str> {
        self.query.as_ref().map(Query::text)
    }

    /// The query for things with these fields, if there is one. `-10m` is counted from this moment.
    pub(crate) fn bind<T>(
        &self,
        fields: &[Field<T>],
        now_ns: i64,
    ) -> Result<Option<Bound<T>>, Refused> {
        let query = self.query.as_ref();
        query.map(|query| query.bind(fields, now_ns)).transpose()
    }

    /// Leaves of a list only what matches, and tells how much that is. A query that cannot be asked of these
    /// things is refused.
    pub(crate) fn keep<T>(
        &self,
        things: &mut Vec<T>,
        fields: &[Field<T>],
        now_ns: i64,
    ) -> Result<Matched, Refused> {
        let all = things.len();
        let Some(bound) = self.bind(fields, now_ns)? else {
            return Ok(Matched { all, left: all });
        };
        let mut refused = None;
        things.retain(|thing| {
            refused.is_none()
                && bound.judge(thing).unwrap_or_else(|error| {
                    refused = Some(error);
                    false
                })
        });
        let left = things.len();
        refused.map_or(Ok(Matched { all, left }), Err)
    }
}

/// How much of a list matches.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Matched {
    pub(crate) all: usize,
    pub(crate) left: usize,
}

impl Matched {
    /// The two lists as one.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            left: self.left + other.left,
        }
    }

    /// Says so if nothing matches although there is something: a word that is misspelt looks like that.
    pub(crate) fn say_if_none(self, thing: &str) {
        if self.left == 0 && self.all > 0 {
            let all = counted(self.all as u64, thing);
            note(format_args!("--where matches none of {all}"));
        }
    }
}
