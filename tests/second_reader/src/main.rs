//! `second_reader NAME|FILE`: what a segment says, as JSON.
//!
//! A NAME without a slash, or with one in front only, is one of POSIX shared memory
//! (`ttmem.<pid>.<id>`); anything else is a file.

use second_reader::{Refusal, Source};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: second_reader NAME|FILE");
        return ExitCode::from(2);
    };
    match print(&what) {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            eprintln!("{refusal}");
            ExitCode::FAILURE
        }
    }
}

fn print(what: &str) -> Result<String, Refusal> {
    let name = what.strip_prefix('/').unwrap_or(what);
    let source = if name.contains('/') || Path::new(what).is_file() {
        Source::file(Path::new(what))?
    } else {
        Source::shared(name)?
    };
    let report = second_reader::read(&source)?;
    Ok(format!("{:#}", report.to_json()))
}
