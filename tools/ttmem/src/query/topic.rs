//! The language, for its users.

use crate::fields::{BUFFER, Field, PROCESS};
use crate::history::GENERATION;
use crate::log::EVENT;
use crate::space::figures::PIECE;

/// What `ttmem help query` says.
pub(crate) fn topic() -> String {
    format!(
        "\
--where lists only what matches a query. Totals stay those of all; JSON and CSV list what matches.

Examples:
  ttmem dump --where 'type == L1 && size > 1M'
  ttmem dump --where 'age > 10m and not (pid in 4242, 4243)'
  ttmem log --where 'effect != done && address >= 0x1000 && address < 0x2000'
  ttmem log --where 'time > -10m && device == 3'
  ttmem ps --where \"command ~ 'demo' && lost.live_overflow > 0\"

A comparison is a field, an operator and a value.

  == (or =)  !=           the same, not the same
  <  <=  >  >=            figures only
  ~  !~                   words within words, as in command ~ demo
  in 1, 2, 3              one of these
  exact, !moving          a field that is yes or no needs no operator

Comparisons are joined with && (and), || (or), ! (not) and parentheses. && binds tighter
than ||. Upper and lower case are the same everywhere.

What a value means depends on the field.

  sizes                   4096, 64K, 1.5M, 2GiB; units are binary
  addresses and ids       0x1000, 4096, #88
  spans of time           30, 20us, 500ms, 10m, 2h, 3d; a bare number is in seconds
  moments                 2026-11-20T12:00:00Z, 2026-11-20, now, -10m (ten minutes ago); UTC
  devices                 3 or 0-3; devices == 3 is so for whatever lies on 3 among others
  words                   L1, dead, 'python demo.py'; quote what has blanks or signs in it

A figure that is not known (- in text, null in JSON) matches no comparison, not even
!=. Whether it is known ask 'mark == null' and 'mark != null'.

Fields have the names they have in JSON. The heading in text will do too (AGE for age_s), and
so does the name without _bytes, _s or the s of a plural (device). A part of a group stands
behind a dot, as in lost.live_overflow.

Buffers (dump, leaks, diff):
{}
Events (log):
{}
Processes (ps, top):
{}
Generations (history):
{}
Pieces (map):
{}
Some fields say one of a few words. == and != refuse any other, ~ takes parts of them.

{}",
        names(BUFFER),
        names(EVENT),
        names(PROCESS),
        names(GENERATION),
        names(PIECE),
        choices()
    )
}

/// The fields that say one of a few words, each once, with the words.
fn choices() -> String {
    const NAMES: usize = 12;
    let mut known = Vec::new();
    list_choices(BUFFER, "", &mut known);
    list_choices(PROCESS, "", &mut known);
    list_choices(EVENT, "", &mut known);
    list_choices(GENERATION, "", &mut known);
    list_choices(PIECE, " (map)", &mut known);
    let mut text = String::new();
    for (name, choices) in known {
        let lines = lines(choices.iter().copied(), NAMES + 2);
        text.push_str(&format!("  {name:<NAMES$}{}", lines.trim_start()));
    }
    text.truncate(text.trim_end().len());
    text
}

/// Adds the fields of one sort of things, but for those that are there already; one of the same name with
/// other words says whose it is.
fn list_choices<T>(
    fields: &[Field<T>],
    whose: &str,
    known: &mut Vec<(String, &'static [&'static str])>,
) {
    for field in fields.iter().filter(|field| !field.choices.is_empty()) {
        let is_same =
            |(name, choices): &(String, &[&str])| *name == field.name && *choices == field.choices;
        if !known.iter().any(is_same) {
            let is_named = |(name, _): &(String, _)| name == field.name;
            let whose = if known.iter().any(is_named) {
                whose
            } else {
                ""
            };
            known.push((format!("{}{whose}", field.name), field.choices));
        }
    }
}

/// The names of fields, some to a line.
fn names<T>(fields: &[Field<T>]) -> String {
    lines(fields.iter().map(|field| field.name), 2)
}

/// Words, as many to a line as fit behind an indent.
fn lines<'a>(words: impl Iterator<Item = &'a str>, indent: usize) -> String {
    const WIDTH: usize = 92;
    let mut lines = String::new();
    let mut width = WIDTH;
    for word in words {
        if width + 1 + word.len() > WIDTH {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(&" ".repeat(indent));
            width = indent;
        } else {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += word.len();
    }
    lines.push('\n');
    lines
}
