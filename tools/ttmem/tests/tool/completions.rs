//! completions, manual pages, and colour in help: what other programs make of them.

use crate::support::Place;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// Gives `input` to a program; what it writes, and what it complains of.
fn piped(program: &str, arguments: &[&str], input: &str) -> (String, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn bash_completes_commands_options_and_values() {
    let place = Place::new();
    let script = place.shows(&["completions", "bash"]);
    let (_, complaint) = piped("bash", &["-n"], &script);
    assert_eq!(complaint, "");
    // What bash does when a tab is typed: it asks the function that the script has registered.
    let complete = |words: &[&str], begun: &str| -> Vec<String> {
        let (list, before) = (words.join(" "), words.last().unwrap());
        let ask = format!(
            "{script}\nCOMP_WORDS=({list} '{begun}')\nCOMP_CWORD={}\n\
             asked=$(complete -p ttmem)\nasked=${{asked#*-F }}\n\
             ${{asked%% *}} ttmem '{begun}' {before}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            words.len(),
        );
        let (out, complaint) = piped("bash", &["--norc"], &ask);
        assert_eq!(complaint, "");
        out.lines().map(str::to_owned).collect()
    };
    assert_eq!(complete(&["ttmem"], "du"), ["dump"]);
    assert_eq!(complete(&["ttmem"], "demo"), ["demo"]);
    assert_eq!(complete(&["ttmem", "dump"], "--wat"), ["--watch"]);
    assert_eq!(complete(&["ttmem", "completions"], "z"), ["zsh"]);
    assert_eq!(complete(&["ttmem", "ps", "--format"], "nd"), ["ndjson"]);
}

#[test]
fn every_shell_gets_a_script_and_others_a_sentence() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.shows(&["completions", shell]);
        assert!(script.contains("doctor"), "{shell}");
        assert!(!script.contains("demo-producer"), "{shell}");
    }
    place.ttmem(&["completions", "tcsh"]).assert().code(2);
}

#[test]
fn manual_pages_are_what_man_likes() {
    let place = Place::new();
    let dir = place.path().join("man1");
    place.ttmem(&["man"]).arg(&dir).assert().success();
    let mut names: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.contains(&"ttmem.1".to_owned()), "{names:?}");
    assert!(names.contains(&"ttmem-doctor.1".to_owned()), "{names:?}");
    assert!(
        !names.iter().any(|name| name.contains("demo-producer")),
        "{names:?}"
    );
    let has_groff = Command::new("groff").arg("--version").output().is_ok();
    for name in &names {
        let page = fs::read_to_string(dir.join(name)).unwrap();
        check_roff(name, &page);
        if has_groff {
            let (shown, complaint) = piped(
                "groff",
                &["-man", "-ww", "-Kutf8", "-Tutf8", "-P-cbou"],
                &page,
            );
            assert_eq!(complaint, "", "{name}");
            assert!(shown.contains("EXAMPLES"), "{name}");
        }
    }
    let one = place.shows(&["man", "--of", "dump"]);
    assert_eq!(one, fs::read_to_string(dir.join("ttmem-dump.1")).unwrap());
    place.ttmem(&["man", "--of", "nothing"]).assert().code(2);
}

/// What every page needs, wherever no formatter can be asked: its title, its sections in order, and no
/// line that begins with a control character by accident.
fn check_roff(name: &str, page: &str) {
    let sections: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix(".SH "))
        .collect();
    assert_eq!(sections[..3], ["NAME", "SYNOPSIS", "DESCRIPTION"], "{name}");
    assert_eq!(sections.last(), Some(&"\"SEE ALSO\""), "{name}");
    assert_eq!(
        page.lines()
            .filter(|line| line.starts_with(".TH ttmem"))
            .count(),
        1,
        "{name}"
    );
    let known = [
        ".TH", ".SH", ".TP", ".PP", ".RS", ".RE", ".IP", ".nf", ".fi", ".ie", ".el", ".br",
    ];
    let control = page.lines().filter(|line| line.starts_with(['.', '\'']));
    for line in control {
        let word = line.split(' ').next().unwrap();
        assert!(known.contains(&word), "{name}: {line}");
    }
    let opened = page.lines().filter(|line| *line == ".nf").count();
    assert_eq!(
        opened,
        page.lines().filter(|line| *line == ".fi").count(),
        "{name}"
    );
}

#[test]
fn help_and_errors_are_coloured_as_everything_else() {
    let place = Place::new();
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = place.ttmem(arguments);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let output = command.envs(environment.iter().copied()).output().unwrap();
        [output.stdout, output.stderr].concat().contains(&0x1b)
    };
    for arguments in [&["--help"][..], &["dump", "--help"], &["dump", "-D", "64"]] {
        let with = |color| [arguments, &["--color", color][..]].concat();
        assert!(!coloured(arguments, &[]), "a pipe: {arguments:?}");
        assert!(coloured(&with("always"), &[]), "{arguments:?}");
        assert!(
            coloured(&with("always"), &[("NO_COLOR", "1")]),
            "{arguments:?}"
        );
        assert!(
            coloured(arguments, &[("CLICOLOR_FORCE", "1")]),
            "{arguments:?}"
        );
        assert!(
            !coloured(arguments, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]),
            "{arguments:?}"
        );
        assert!(
            !coloured(&with("never"), &[("CLICOLOR_FORCE", "1")]),
            "{arguments:?}"
        );
    }
}
