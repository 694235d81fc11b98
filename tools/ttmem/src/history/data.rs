//! Generations for programs.

use super::{COVERAGE, GENERATION, History};
use crate::fields::{HOST, group};
use crate::log::EVENT;
use crate::output::json;
use crate::value::Value;
use crate::view::Host;
use std::io::{self, Write};

/// Writes one document.
pub(crate) fn document(
    out: &mut impl Write,
    host: &Host,
    history: &History,
    subject: &str,
    with_events: bool,
) -> io::Result<()> {
    let coverage = history.coverage.iter();
    let coverage = coverage.map(|one| Value::Group(group(COVERAGE, one)));
    let generations = history.generations.iter().map(|one| {
        let mut figures = group(GENERATION, one);
        if with_events {
            let events = one.events.iter();
            let events = events.map(|logged| Value::Group(group(EVENT, logged)));
            figures.push(("events", Value::List(events.collect())));
        }
        Value::Group(figures)
    });
    let mut figures = head(host, history, subject);
    figures.push(("processes", Value::List(coverage.collect())));
    figures.push(("generations", Value::List(generations.collect())));
    json::pretty(out, &Value::Group(figures))
}

/// Writes one object a line: what was asked, how far back the processes' records reach, each generation
/// and behind it its events.
pub(crate) fn lines(
    out: &mut impl Write,
    host: &Host,
    history: &History,
    subject: &str,
) -> io::Result<()> {
    let mut figures = vec![("object", Value::words("history"))];
    figures.extend(head(host, history, subject));
    json::line(out, &Value::Group(figures))?;
    for thing in &history.coverage {
        json::row(out, "process", COVERAGE, thing)?;
    }
    for thing in &history.generations {
        json::row(out, "generation", GENERATION, thing)?;
        for thing in &thing.events {
            json::row(out, "event", EVENT, thing)?;
        }
    }
    Ok(())
}

fn head<'a>(host: &'a Host, history: &History, subject: &'a str) -> Vec<(&'static str, Value<'a>)> {
    let mut figures = group(HOST, host);
    figures.push(("subject", Value::words(subject)));
    figures.push(("complete", Value::Flag(history.is_complete())));
    figures
}
