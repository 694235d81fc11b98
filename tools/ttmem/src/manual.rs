//! The manual: a page for ttmem and one for each command, made of what `--help` says.

use crate::cli;
use clap::Command;
use clap_mangen::Man;
use roff::{Roff, bold, roman};

/// A manual page.
pub(crate) struct Page {
    /// What `man` is asked for.
    pub(crate) name: String,
    /// The page, in roff.
    pub(crate) text: Vec<u8>,
}

impl Page {
    /// What its file is called.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.1", self.name)
    }
}

/// Every page, that of ttmem itself first.
pub(crate) fn pages() -> Vec<Page> {
    let mut all = cli::visible().disable_help_subcommand(true);
    all.build();
    let commands: Vec<_> = all.get_subcommands().cloned().collect();
    let names: Vec<_> = commands.iter().map(page_name).collect();
    let mut pages = vec![page(all, &names)];
    for command in commands {
        pages.push(page(command, &["ttmem".to_owned()]));
    }
    pages
}

fn page_name(command: &Command) -> String {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned()
}

fn page(command: Command, others: &[String]) -> Page {
    let name = page_name(&command);
    let words = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let has_commands = command.has_subcommands();
    let man = Man::new(command)
        .source(concat!("ttmem ", env!("CARGO_PKG_VERSION")))
        .manual("ttmem manual");
    let mut text = Vec::new();
    let written = man
        .render_title(&mut text)
        .and_then(|()| man.render_name_section(&mut text))
        .and_then(|()| man.render_synopsis_section(&mut text))
        .and_then(|()| man.render_description_section(&mut text))
        .and_then(|()| match has_commands {
            true => man.render_subcommands_section(&mut text),
            false => Ok(()),
        })
        .and_then(|()| man.render_options_section(&mut text))
        .and_then(|()| closing(&words, others).to_writer(&mut text));
    debug_assert!(written.is_ok(), "memory takes everything");
    Page { name, text }
}

/// What stands below the options: a paragraph that is a heading begins a section, and what is
/// indented stays as it was typed.
fn closing(words: &str, others: &[String]) -> Roff {
    let mut roff = Roff::new();
    let mut titled = false;
    for paragraph in words.split("\n\n") {
        let mut lines = paragraph.lines().peekable();
        let heading = lines.next_if(|line| line.ends_with(':') && !line.starts_with(' '));
        if let Some(heading) = heading {
            roff.control(
                "SH",
                [heading.trim_end_matches(':').to_uppercase().as_str()],
            );
        } else if titled {
            roff.control("PP", []);
        } else {
            roff.control("SH", ["NOTES"]);
        }
        titled = heading.is_none();
        let typed = lines.peek().is_some_and(|line| line.starts_with(' '));
        if typed {
            roff.control("nf", []);
        }
        for line in lines {
            roff.text([roman(line)]);
        }
        if typed {
            roff.control("fi", []);
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    for (at, name) in others.iter().enumerate() {
        let end = if at + 1 < others.len() { "(1)," } else { "(1)" };
        roff.text([bold(name), roman(end)]);
    }
    roff
}
