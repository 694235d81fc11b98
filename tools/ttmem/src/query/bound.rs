//! A query for one sort of thing.

use super::mark::marked;
use super::reading::Reading;
use super::tree::{Clause, Operator, Test, Word};
use crate::exit::Refused;
use crate::fields::{Field, find};
use crate::value::Value;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

/// A query whose fields have been found.
pub(crate) struct Bound<T> {
    text: Arc<str>,
    clause: Found<T>,
}

enum Found<T> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Comparison(Comparison<T>),
}

struct Comparison<T> {
    value: for<'a> fn(&'a T) -> Value<'a>,
    /// Which part of a group.
    part: Option<String>,
    operator: Operator,
    wanted: Vec<Reading>,
    field: Range<usize>,
    against: Range<usize>,
}

/// A figure met something that it cannot be compared with: where that stands in the query, and why.
struct Unlike(Range<usize>, String);

impl<T> Bound<T> {
    pub(super) fn new(
        text: &Arc<str>,
        clause: &Clause,
        fields: &[Field<T>],
        now_ns: i64,
    ) -> Result<Self, Refused> {
        match Found::new(clause, fields, now_ns) {
            Ok(clause) => Ok(Self {
                text: text.clone(),
                clause,
            }),
            Err(unlike) => Err(refused(text, unlike)),
        }
    }

    /// Whether this is one that is asked for. What cannot be compared is not.
    pub(crate) fn matches(&self, thing: &T) -> bool {
        self.clause.holds(thing).unwrap_or(false)
    }

    /// The same; what cannot be compared is refused, with the place marked.
    pub(crate) fn judge(&self, thing: &T) -> Result<bool, Refused> {
        self.clause
            .holds(thing)
            .map_err(|unlike| refused(&self.text, unlike))
    }
}

fn refused(text: &str, Unlike(place, sentence): Unlike) -> Refused {
    Refused::usage(marked(&sentence, text, place))
}

impl<T> Found<T> {
    fn new(clause: &Clause, fields: &[Field<T>], now_ns: i64) -> Result<Self, Unlike> {
        let each = |clauses: &[Clause]| -> Result<Vec<Self>, Unlike> {
            let found = clauses.iter().map(|one| Self::new(one, fields, now_ns));
            found.collect()
        };
        Ok(match clause {
            Clause::All(clauses) => Self::All(each(clauses)?),
            Clause::Any(clauses) => Self::Any(each(clauses)?),
            Clause::Not(clause) => Self::Not(Box::new(Self::new(clause, fields, now_ns)?)),
            Clause::Test(test) => Self::Comparison(Comparison::new(test, fields, now_ns)?),
        })
    }

    fn holds(&self, thing: &T) -> Result<bool, Unlike> {
        match self {
            Self::All(clauses) => {
                for clause in clauses {
                    if !clause.holds(thing)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(clauses) => {
                for clause in clauses {
                    if clause.holds(thing)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(clause) => Ok(!clause.holds(thing)?),
            Self::Comparison(comparison) => comparison.holds(thing),
        }
    }
}

impl<T> Comparison<T> {
    fn new(test: &Test, fields: &[Field<T>], now_ns: i64) -> Result<Self, Unlike> {
        let place = test.field.place.clone();
        let Some((field, part)) = find(fields, &test.field.text) else {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            return Err(Unlike(
                place,
                format!(
                    "there is no field '{}' here; there are {}",
                    test.field.text,
                    names.join(", ")
                ),
            ));
        };
        if !field.parts.is_empty() {
            let there = |part: &str| field.parts.iter().any(|one| one.eq_ignore_ascii_case(part));
            if !part.is_some_and(there) {
                return Err(Unlike(place, group(field.name, field.parts.iter())));
            }
        }
        let equality = matches!(test.operator, Operator::Is | Operator::IsNot);
        if equality && !field.choices.is_empty() {
            test.wanted.iter().try_for_each(|word| known(field, word))?;
        }
        let wanted: Vec<_> = test
            .wanted
            .iter()
            .map(|word| Reading::of(&word.text, word.quoted, now_ns))
            .collect();
        let first = test.wanted.first().map_or(&place, |word| &word.place);
        let last = test.wanted.last().map_or(&place, |word| &word.place);
        let against = first.start..last.end;
        if !equality && wanted.iter().any(|word| word.null) {
            return Err(Unlike(
                against,
                "null is no figure: ask with == null or != null".into(),
            ));
        }
        Ok(Self {
            value: field.value,
            part: part.map(str::to_owned),
            operator: test.operator,
            wanted,
            field: place,
            against,
        })
    }

    fn holds(&self, thing: &T) -> Result<bool, Unlike> {
        let value = (self.value)(thing);
        match (&self.part, &value) {
            (None, value) => self.compare(value),
            (Some(part), Value::Group(figures)) => {
                let named = |(name, _): &&(&str, _)| name.eq_ignore_ascii_case(part);
                match figures.iter().find(named) {
                    Some((_, value)) => self.compare(value),
                    None => Err(Unlike(
                        self.field.clone(),
                        group("this", figures.iter().map(|(name, _)| name)),
                    )),
                }
            }
            (Some(_), _) => Err(Unlike(
                self.field.clone(),
                "this has no parts that a dot could name".into(),
            )),
        }
    }

    fn compare(&self, value: &Value<'_>) -> Result<bool, Unlike> {
        if let Value::Unknown = value {
            return Ok(self.operator == Operator::Is && self.wanted.iter().any(|word| word.null));
        }
        match self.operator {
            Operator::Is => self.any(|word| is(value, word)),
            Operator::IsNot => Ok(!self.any(|word| is(value, word))?),
            Operator::Contains => self.any(|word| contains(value, word)),
            Operator::ContainsNot => Ok(!self.any(|word| contains(value, word))?),
            Operator::Less => self.any(|word| Ok(order(value, word)?.is_lt())),
            Operator::AtMost => self.any(|word| Ok(order(value, word)?.is_le())),
            Operator::More => self.any(|word| Ok(order(value, word)?.is_gt())),
            Operator::AtLeast => self.any(|word| Ok(order(value, word)?.is_ge())),
            Operator::Holds => match value {
                Value::Flag(flag) => Ok(*flag),
                _ => Err(Unlike(
                    self.field.clone(),
                    "this is no yes or no: compare it with something".into(),
                )),
            },
        }
    }

    fn any(&self, holds: impl Fn(&Reading) -> Result<bool, String>) -> Result<bool, Unlike> {
        for word in &self.wanted {
            if holds(word).map_err(|sentence| Unlike(self.against.clone(), sentence))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Refuses a word that a field of few words never says: it would match nothing, in silence.
fn known<T>(field: &Field<T>, word: &Word) -> Result<(), Unlike> {
    let asked = word.text.trim();
    let is_null = asked.eq_ignore_ascii_case("null") && !word.quoted;
    let is_asked = |choice: &&str| choice.eq_ignore_ascii_case(asked);
    if is_null || field.choices.iter().any(is_asked) {
        return Ok(());
    }
    Err(Unlike(
        word.place.clone(),
        format!(
            "'{asked}' is no {}; there are {}",
            field.name,
            field.choices.join(", ")
        ),
    ))
}

fn is(value: &Value<'_>, word: &Reading) -> Result<bool, String> {
    if word.null {
        return Ok(false);
    }
    match value {
        Value::Text(text) => Ok(same(text, &word.word)),
        Value::Flag(flag) => Ok(*flag == wanted(word.flag, word, "true or false")?),
        Value::Chips(chips) => {
            let asked = wanted(word.chips, word, "device: write it like 3 or 0-3")?;
            Ok(!chips.and(asked).is_empty())
        }
        Value::List(values) => {
            for value in values {
                if is(value, word)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(order(value, word)?.is_eq()),
    }
}

/// Without regard to case, as lists are printed in one case and typed in another.
fn same(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word) || !word.is_ascii() && text.to_lowercase() == word
}

fn contains(value: &Value<'_>, word: &Reading) -> Result<bool, String> {
    match value {
        Value::Text(text) => Ok(text.to_lowercase().contains(&word.word)),
        Value::List(values) => {
            for value in values {
                if contains(value, word)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err("~ looks for words within words, and this is a figure".into()),
    }
}

fn order(value: &Value<'_>, word: &Reading) -> Result<Ordering, String> {
    /// Times are shown in microseconds, and what is shown should be found.
    const MICROSECOND: i64 = 1_000;
    match value {
        Value::Bytes(bytes) => {
            let asked = wanted(word.number, word, "size: write it like 4096, 64K or 1.5M")?;
            Ok(bytes.cmp(&asked))
        }
        Value::Count(number) | Value::Number(number) => {
            Ok(number.cmp(&wanted(word.number, word, "whole number")?))
        }
        Value::Hex(number) => {
            let asked = wanted(word.number, word, "address or id: write it like 0x1000")?;
            Ok(number.cmp(&asked))
        }
        Value::Time(moment) => {
            let like = "moment: write it like 2026-11-20T12:00:00Z, or -10m for ten minutes ago";
            let asked = wanted(word.moment, word, like)?;
            let shown = |moment: i64| moment.div_euclid(MICROSECOND);
            Ok(shown(*moment).cmp(&shown(asked)))
        }
        Value::Seconds(seconds) => {
            let like = "duration: write it like 30, 500ms, 10m or 2h";
            Ok(seconds.total_cmp(&wanted(word.seconds, word, like)?))
        }
        Value::Percent(percent) => {
            Ok(percent.total_cmp(&wanted(word.percent, word, "share: write it like 12.5")?))
        }
        Value::Text(_) | Value::Flag(_) | Value::Chips(_) | Value::List(_) => {
            Err("what is compared here is neither more nor less: ask with == or !=".into())
        }
        Value::BytesChange(_) | Value::CountChange(_) => {
            Err("a change is no figure of its own: ask for what was and what is".into())
        }
        Value::Group(figures) => Err(group("this", figures.iter().map(|(name, _)| name))),
        Value::Unknown => Err("this is not known".into()),
    }
}

fn wanted<M>(meaning: Option<M>, word: &Reading, what: &str) -> Result<M, String> {
    meaning.ok_or_else(|| format!("'{}' is no {what}", word.word))
}

fn group<'a>(name: &str, parts: impl Iterator<Item = &'a &'static str>) -> String {
    let parts: Vec<_> = parts.copied().collect();
    format!(
        "{name} is several figures: name one of them behind a dot; there are {}",
        parts.join(", ")
    )
}
