//! What was asked for with `/`: words, or a query.

use crate::fields::Field;
use crate::query::{Bound, Query};
use crate::value::Value;
use std::sync::Arc;

/// Something to look for.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    text: Arc<str>,
    query: Option<Query>,
}

impl PartialEq for Finding {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Finding {
    /// Takes what was typed for a query of things with these fields if it is one, and for words
    /// otherwise. What looks like a query and is none is a sentence that says why.
    pub(super) fn read<T>(text: &str, fields: &[Field<T>]) -> Result<Self, String> {
        let query = Query::parse(text).and_then(|query| {
            query
                .bind(fields, 0)
                .map(|_| query)
                .map_err(|refused| refused.to_string())
        });
        let query = match query {
            Ok(query) => Some(query),
            Err(error) if text.contains(['=', '<', '>', '~', '&', '|']) => return Err(error),
            Err(_) => None,
        };
        Ok(Self {
            text: text.into(),
            query,
        })
    }

    /// As it was typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The same for one sort of things at this moment.
    pub(super) fn bind<T>(&self, fields: &'static [Field<T>], now_ns: i64) -> Sieve<T> {
        let asked = match &self.query {
            Some(query) => query.bind(fields, now_ns).ok().map(Asked::Query),
            None => {
                let words = self.text.split_whitespace();
                Some(Asked::Words(words.map(str::to_ascii_lowercase).collect()))
            }
        };
        Sieve { fields, asked }
    }
}

/// Lets through what was asked for.
pub(super) struct Sieve<T: 'static> {
    fields: &'static [Field<T>],
    /// Nothing if it cannot be asked of these things: then nothing goes through.
    asked: Option<Asked<T>>,
}

enum Asked<T> {
    Query(Bound<T>),
    Words(Vec<String>),
}

impl<T> Sieve<T> {
    /// Whether a thing is wanted. Words may be in any of its figures, each in another.
    pub(super) fn lets_through(&self, thing: &T) -> bool {
        match &self.asked {
            None => false,
            Some(Asked::Query(bound)) => bound.judge(thing).unwrap_or(false),
            Some(Asked::Words(words)) => {
                let mut text = String::new();
                for field in self.fields {
                    match (field.value)(thing) {
                        Value::Group(_) | Value::Time(_) => {}
                        value => value.write(false, &mut text),
                    }
                    text.push('\n');
                }
                text.make_ascii_lowercase();
                words.iter().all(|word| text.contains(word))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::PROCESS;
    use crate::view::sample;
    use ttmem_reader::State;

    #[test]
    fn words_and_queries_are_told_apart() {
        let process = sample::process(4242, State::Running, &[(0, 7, 1 << 30)]);
        let wanted = |text: &str| {
            Finding::read(text, PROCESS)
                .map(|finding| finding.bind(PROCESS, sample::NOW).lets_through(&process))
        };
        assert_eq!(wanted("DEMO.py"), Ok(true));
        assert_eq!(wanted("demo running"), Ok(true));
        assert_eq!(wanted("demo dead"), Ok(false));
        assert_eq!(wanted("dram > 1M"), Ok(true));
        assert_eq!(wanted("dram > 2G"), Ok(false));
        assert!(wanted("dram >").is_err());
        assert!(wanted("nothing == 1").is_err());
    }
}
