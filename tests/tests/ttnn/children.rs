//! Forked, exec'd and spawned children: each process answers for what it did itself.

use crate::figures::assert_agree;
use crate::rig::{N150, rig};
use crate::script::{Script, tracked};
use support::PrivateDir;

fn check(way: &str, points: usize) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut seen = 0;
    let script = Script::start(&mut tracked(rig, N150, dir.path(), "children.py", &[way]));
    script.each_quiet(|quiet| {
        seen += 1;
        assert_agree(dir.path(), quiet);
    });
    assert_eq!(seen, points, "the script went through all its quiet points");
    assert_eq!(dir.segments().len(), 0, "a clean end leaves no segment");
}

#[test]
fn a_forked_child_changes_nothing_by_dropping_what_it_inherited() {
    check("fork", 3);
}

#[test]
fn forked_children_that_open_devices_answer_for_themselves() {
    check("fork-open", 2);
}

#[test]
fn an_executed_child_answers_for_itself() {
    check("exec", 2);
}

#[test]
fn multiprocessing_by_fork() {
    check("multiprocessing-fork", 2);
}

#[test]
fn multiprocessing_by_spawn() {
    check("multiprocessing-spawn", 2);
}
