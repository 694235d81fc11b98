//! What the live screen shows of a real program, on a real terminal.

use crate::rig::{Cluster, T3000, rig};
use crate::script::{Quiet, Script, tracked};
use support::{PrivateDir, Tmux, binaries};

#[test]
fn the_screen_shows_what_the_allocator_says_of_eight_chips() {
    let cluster = T3000;
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let Some(tmux) = Tmux::start(&binaries::ttmem(), dir.path(), 200, 50) else {
        return;
    };
    let mut script = Script::start(&mut tracked(rig, cluster, dir.path(), "holes.py", &[]));
    let opened = script.next_quiet().expect("the script opens its devices");
    assert_eq!(opened.label(), "opened");
    tmux.run("ttmem top --bytes -i 100ms");
    script.go_on();
    while let Some(quiet) = script.next_quiet() {
        for memory in ["DRAM", "L1"] {
            wait_for_overview(&tmux, &quiet, cluster, memory);
        }
        for chip in 0..cluster.chips {
            wait_for_holder(&tmux, &quiet, chip);
        }
        tmux.press("Escape");
        script.go_on();
    }
}

/// A figure of a bank, as the runtime gave it.
fn told(quiet: &Quiet, memory: &str, figure: &str) -> u64 {
    let figure = &quiet.0["spaces"][memory][figure];
    figure.as_u64().expect("the script says a number")
}

/// Bytes on each chip.
fn bytes(quiet: &Quiet, memory: &str) -> u64 {
    told(quiet, memory, "used_bytes") * told(quiet, memory, "banks")
}

/// Waits until each chip's row of a memory shows the largest gap, and of DRAM how much is in use. (In L1
/// there are circular buffers too, of which the allocator knows nothing.)
fn wait_for_overview(tmux: &Tmux, quiet: &Quiet, cluster: Cluster, memory: &str) {
    let (used, gap) = (
        bytes(quiet, memory),
        told(quiet, memory, "largest_gap_bytes"),
    );
    let what = format!("{}: {memory}: {used} used, gap {gap}", quiet.label());
    tmux.wait(&what, |screen| {
        let rows: Vec<_> = screen
            .lines()
            .filter_map(|line| row(line, memory))
            .collect();
        let right = |row: &(u64, u64)| row.1 == gap && (memory == "L1" || row.0 == used);
        rows.len() == cluster.chips && rows.iter().all(right)
    });
}

/// What is in use and the largest gap, from a row of the devices: number, memory, bar, share, used,
/// capacity, peak, gap.
fn row(line: &str, memory: &str) -> Option<(u64, u64)> {
    let mut words = line.trim_start_matches('›').split_whitespace();
    words.by_ref().take(2).find(|word| *word == memory)?;
    let used = words.nth(2)?.parse().ok()?;
    let gap = words.nth(2)?.parse().ok()?;
    Some((used, gap))
}

/// Opens a chip, and waits until the one process that holds its L1 has as much in buffers there as the
/// allocator says.
fn wait_for_holder(tmux: &Tmux, quiet: &Quiet, chip: usize) {
    tmux.press("D");
    tmux.press(&chip.to_string());
    let used = bytes(quiet, "L1").to_string();
    let what = format!("{}: {used} of buffers in L1 of {chip}", quiet.label());
    tmux.wait(&what, |screen| {
        let mut lines = screen.lines().map(str::trim);
        let opened = lines.any(|line| line.starts_with(&format!("device {chip} ")));
        let mut holders = lines.skip_while(|line| *line != "L1 is held by").skip(2);
        // Bytes, share, buffers.
        let buffers = holders
            .next()
            .and_then(|line| line.split_whitespace().nth(2));
        opened && buffers == Some(&used)
    });
}
