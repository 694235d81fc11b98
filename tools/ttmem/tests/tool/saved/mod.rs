//! A saved file in place of the live host.

mod kept;
mod refused;
mod shown;

use crate::support::{Place, Producer};
use std::fs;
use std::path::PathBuf;

/// A host with one producer of each state, something unreadable, and the file they were saved in. The
/// running one is between two steps.
struct Host {
    place: Place,
    chat: Producer,
    pids: [u32; 3],
    elsewhere: Place,
}

impl Host {
    fn new() -> Self {
        let place = Place::new();
        let mut chat = Producer::start(&place, "chat");
        let mut batch = Producer::start(&place, "batch");
        let mut embed = Producer::start(&place, "embed");
        chat.steps(3);
        batch.steps(3);
        embed.steps(2);
        batch.kill();
        embed.end();
        fs::write(place.path().join("ttmem.77.0badf00d"), [0xa5; 9000]).unwrap();
        Self {
            pids: [chat.pid(), batch.pid(), embed.pid()],
            chat,
            place,
            elsewhere: Place::new(),
        }
    }

    fn file(&self) -> PathBuf {
        self.elsewhere.path().join("all.ttmem")
    }

    /// Saves it, and tells what was said.
    fn save(&self) -> String {
        let file = self.file();
        let assert = self.place.ttmem(&["save", file.to_str().unwrap()]).assert();
        let output = assert.success().get_output().clone();
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Both streams and the status of a command, live or from the file.
    fn shows(&self, arguments: &[&str], saved: bool) -> (String, String, Option<i32>) {
        let file = self.file();
        let from = ["--from", file.to_str().unwrap()];
        let arguments = [arguments, if saved { &from } else { &[] }].concat();
        let place = if saved { &self.elsewhere } else { &self.place };
        let assert = place.ttmem(&arguments).assert();
        let output = assert.get_output();
        let text = |bytes: &[u8]| without_times(std::str::from_utf8(bytes).unwrap());
        (
            text(&output.stdout),
            text(&output.stderr),
            output.status.code(),
        )
    }
}

/// With every moment and every age taken out, for live they go on.
fn without_times(text: &str) -> String {
    let begins = |c: char| c.is_ascii_alphanumeric();
    let is_part = |c: char| begins(c) || "-:.".contains(c);
    let mut quiet = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(begins) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        quiet.push_str(before);
        let told = is_moment(word) || is_age(word) || quiet.trim_end().ends_with("_s\":");
        if told || ["AGE", "OLDEST"].contains(&word) {
            quiet.truncate(quiet.trim_end_matches(' ').len());
            quiet.push_str(" TIME");
        } else {
            quiet.push_str(word);
        }
        rest = after;
    }
    // A column of ages is as wide as the oldest: blanks are told as one.
    (quiet + rest)
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
        .collect()
}

fn is_moment(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() > 20 && bytes[4] == b'-' && bytes[10] == b'T' && bytes.ends_with(b"Z")
}

/// `1.5s` or `2m05s` for people, `1.500000` in a table.
fn is_age(word: &str) -> bool {
    let fraction = word.split_once('.').map(|(_, fraction)| fraction.len());
    let told = |c: char| c.is_ascii_digit() || ".dhmsu".contains(c);
    word.starts_with(|c: char| c.is_ascii_digit())
        && (word.parse::<f64>().is_ok() && fraction == Some(6)
            || word.ends_with(['s', 'm', 'h']) && word.chars().all(told))
}
