//! How an event reads for programs: one object a line.

use super::{EVENT, Item, Loss};
use crate::output::json;
use crate::value::Value;
use std::io::{self, Write};
use ttmem_reader::State;

/// Writes something that was found out at a moment on a line of its own.
pub(crate) fn write_data(out: &mut impl Write, item: &Item, now_ns: i64) -> io::Result<()> {
    let (name, origin) = match item {
        Item::Event(logged) => {
            let row = json::Row {
                object: None,
                fields: EVENT,
                thing: logged,
            };
            return json::line(out, &row);
        }
        Item::Lost(origin, ..) => ("lost", origin),
        Item::Gone(origin, State::Dead) => ("died", origin),
        Item::Gone(origin, _) => ("ended", origin),
    };
    let mut figures = vec![
        ("time", Value::Time(now_ns)),
        ("event", Value::words(name)),
        ("pid", Value::Number(origin.pid.into())),
        ("segment", Value::words(&origin.segment)),
    ];
    if let Item::Lost(_, loss, records) = item {
        let reason = match loss {
            Loss::Older => "older",
            Loss::Overrun => "overrun",
            Loss::Dropped => "dropped",
            Loss::Rejected => "rejected",
            Loss::Damaged => "damaged",
        };
        let lost = vec![
            ("records", Value::Count(*records)),
            ("reason", Value::words(reason)),
        ];
        figures.push(("lost", Value::Group(lost)));
    }
    json::line(out, &Value::Group(figures))
}
