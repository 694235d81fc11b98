//! The checks, for people.

use super::check::{Check, Verdict};
use crate::output::text::{ALARM, FAINT, FINE, PLAIN};
use crate::quantity::count;
use crate::value::harmless;
use anstyle::Style;
use std::io::{self, Write};

/// Writes one line a check, what is not as it should be below it, and a summary.
pub(crate) fn write(out: &mut impl Write, checks: &[Check]) -> io::Result<()> {
    let wide = checks
        .iter()
        .map(|check| check.name.len())
        .max()
        .unwrap_or(0);
    for check in checks {
        let (word, style) = shown(check.verdict);
        let found = harmless(&check.found);
        writeln!(
            out,
            "{style}{word:<7}{style:#}  {:<wide$}  {found}",
            check.name
        )?;
        let indent = 7 + 2 + wide + 2;
        for detail in &check.details {
            writeln!(out, "{:indent$}{}", "", harmless(detail))?;
        }
        for advice in check.advice.iter().filter(|_| check.verdict > Verdict::Ok) {
            writeln!(out, "{:indent$}-> {}", "", harmless(advice))?;
        }
    }
    let number = |verdict| {
        checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count() as u64
    };
    let (errors, warnings) = (number(Verdict::Error), number(Verdict::Warning));
    let parts = [
        (errors, if errors == 1 { "error" } else { "errors" }),
        (warnings, if warnings == 1 { "warning" } else { "warnings" }),
        (number(Verdict::Ok), "ok"),
        (number(Verdict::NotApplicable), "not applicable"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts
        .map(|(number, word)| format!("{} {word}", count(*number)))
        .collect();
    writeln!(out, "\n{}", parts.join(", "))
}

fn shown(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::NotApplicable => ("-", FAINT),
        Verdict::Ok => ("ok", FINE),
        Verdict::Warning => ("warning", PLAIN.bold()),
        Verdict::Error => ("ERROR", ALARM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapbox::{assert_data_eq, file};

    #[test]
    fn what_is_wrong_stands_below_its_check() {
        let details = ["pid 4242 (python demo.py), device 0 open".to_owned()];
        let checks = [
            Check::ok("directory", "/dev/shm is a tmpfs and can be written to"),
            Check::not_applicable("runtime", "no program has the runtime loaded"),
            Check::error("switched_on", "1 program: started without TTMEM=1")
                .with(details)
                .advise("start it again: ttmem run -- python \u{1b}[2Jdemo.py"),
            Check::warning("dead", "1 producer left 4.7 MiB in /dev/shm").advise("ttmem reap"),
        ];
        let mut out = Vec::new();
        write(&mut anstream::StripStream::new(&mut out), &checks).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert_data_eq!(shown, file!["../../tests/screens/doctor.txt"]);
    }
}
