//! Whole screens of made-up hosts, compared with `tests/screens/`. `SNAPSHOTS=overwrite` rewrites
//! them: read the difference then.

use crate::command::{dump, ps, top};
use crate::difference::{self, Difference};
use crate::grouping::{Aspect, By, Phase};
use crate::leaks::{self, Case, Earlier, Rules, Suppressions};
use crate::select::Select;
use crate::source::Depth;
use crate::view::Host;
use crate::view::sample::{self, Sample, host};
use snapbox::{assert_data_eq, file};
use std::io::{self, Write};
use std::time::Duration;
use ttmem_layout::{BufferType, ChipSet};
use ttmem_reader::{Buffer, PoolInfo, PoolKind, State, TypeTotals};

/// Two producers on one chip, one of which died, and what a busy one has in L1.
fn busy() -> Vec<Sample> {
    let mut running = sample::seen(4242, State::Running, &[(0, 0xabc, 8 << 30)]);
    let device = &mut running.snapshot.devices[0];
    for (buffer_type, bytes) in [
        (BufferType::L1, 40 << 20),
        (BufferType::Cb, 3 << 20),
        (BufferType::Kernel, 512 << 10),
    ] {
        device.types[buffer_type as usize] = TypeTotals {
            bytes,
            requested_bytes: bytes - 1_000,
            buffers: 7,
            peak_bytes: bytes + (1 << 20),
            allocs: 12_007,
            frees: 12_000,
        };
    }
    (device.l1_core_bytes, device.l1_core_peak) = (612 << 10, 1_310_720);
    (device.cb_union, device.cb_core_peak, device.programs) = (96 << 10, 64 << 10, 3);
    running.snapshot.anomalies.counts[0] = 3;
    let mut dead = sample::seen(
        9921,
        State::Dead,
        &[(0, 0xabc, 1 << 30), (1, 0xabd, 1 << 30)],
    );
    dead.identity.user = "ci".into();
    dead.identity.command = "vllm serve model".into();
    vec![running, dead]
}

/// A Galaxy in lock step, the buffers of a submesh on its mesh's, and incomplete.
fn galaxy() -> Vec<Sample> {
    let chips: Vec<_> = (0..32)
        .map(|chip| (chip, 0x100 + u64::from(chip), 6 << 30))
        .collect();
    let mut seen = sample::seen(7, State::Running, &chips);
    let pool = |index, kind, chips, parent| PoolInfo {
        index,
        chips: ChipSet(chips),
        kind: Some(kind),
        runtime_id: index.into(),
        parent,
        retired: false,
        buffers: [1, 0, 0, 0, 0, 0, 0],
    };
    seen.snapshot.pools = vec![
        pool(0, PoolKind::Mesh, 0xffff_ffff, None),
        pool(1, PoolKind::Submesh, 0xff, Some(0)),
    ];
    let mesh = sample::buffer(1, ChipSet(0xffff_ffff), 0x1000, 6 << 30);
    let submesh = Buffer {
        pool: 1,
        ..sample::buffer(2, ChipSet(0xff), 0x2000, 4096)
    };
    seen.snapshot.buffers = vec![mesh, submesh];
    seen.snapshot.losses.counts[ttmem_layout::loss::LIVE_OVERFLOW] = 2;
    vec![seen]
}

/// The busy host some time later: it has leaked, the dead one was reaped and another has come.
fn later() -> Vec<Sample> {
    let mut busy = busy().remove(0);
    let dram = &mut busy.snapshot.devices[0].types[BufferType::Dram as usize];
    (dram.bytes, dram.buffers) = (dram.bytes + (4 << 20), 5);
    for leaked in 2..6 {
        let address = 0x10_0000 * leaked;
        let buffer = sample::buffer(leaked, ChipSet(1), address, 1 << 20);
        busy.snapshot.buffers.push(buffer);
    }
    vec![
        busy,
        sample::seen(5151, State::Running, &[(1, 0xabd, 64 << 20)]),
    ]
}

fn screen(
    seen: Vec<Sample>,
    unreadable: u64,
    draw: impl Fn(&mut Vec<u8>, &Host) -> io::Result<()>,
) -> String {
    let host = Host::new(
        "tt01".into(),
        sample::NOW,
        unreadable,
        seen.iter().map(Sample::seen).collect(),
        Depth::Buffers,
        &Select::default(),
    );
    plain(|out| draw(out, &host))
}

fn plain(draw: impl Fn(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    draw(&mut out).unwrap();
    let mut plain = anstream::StripStream::new(Vec::new());
    plain.write_all(&out).unwrap();
    String::from_utf8(plain.into_inner()).unwrap()
}

#[test]
fn ps_of_a_busy_host() {
    let shown = screen(busy(), 0, |out, host| ps::table(out, host, false));
    assert_data_eq!(shown, file!["../../tests/screens/ps.txt"]);
}

#[test]
fn a_long_mark_leaves_room_for_the_command() {
    let mut busy = busy();
    let long = "decode: layer 31 of 80, batch 32, sequence 4096";
    busy[0].snapshot.current_mark = Some(long.into());
    let shown = screen(busy, 0, |out, host| ps::table(out, host, false));
    assert_data_eq!(shown, file!["../../tests/screens/ps-long-mark.txt"]);
}

#[test]
fn dump_of_a_busy_host() {
    let shown = screen(busy(), 0, |out, host| {
        dump::text(out, host, &Select::default(), false)
    });
    assert_data_eq!(shown, file!["../../tests/screens/dump.txt"]);
}

#[test]
fn dump_of_a_dead_process() {
    let select = Select {
        pids: vec![9921],
        ..Select::default()
    };
    let seen = busy();
    let seen = seen.iter().map(Sample::seen).collect();
    let host = Host::new("tt01".into(), sample::NOW, 0, seen, Depth::Buffers, &select);
    let shown = plain(|out| dump::text(out, &host, &select, false));
    assert_data_eq!(shown, file!["../../tests/screens/dump-dead.txt"]);
}

#[test]
fn dump_to_the_byte() {
    let shown = screen(busy(), 0, |out, host| {
        dump::text(out, host, &Select::default(), true)
    });
    assert_data_eq!(shown, file!["../../tests/screens/dump-bytes.txt"]);
}

#[test]
fn top_of_a_busy_host() {
    let shown = screen(busy(), 3, |out, host| top::frame(out, host, false));
    assert_data_eq!(shown, file!["../../tests/screens/top.txt"]);
}

#[test]
fn a_host_that_changes_under_the_look_says_so() {
    let first_line = |seen| {
        let shown = screen(seen, 0, dump::headline);
        shown.trim_end().to_owned()
    };
    let mut seen = busy();
    seen[0].snapshot.moving = true;
    assert!(first_line(seen.clone()).ends_with("  exact so far, changing"));
    // What is missing is missing, moving or not.
    seen[0].snapshot.losses.counts[ttmem_layout::loss::REJECTED] = 1;
    assert!(first_line(seen).ends_with("  NOT EXACT"));
    assert!(first_line(busy()).ends_with("  exact"));
}

#[test]
fn top_of_a_galaxy() {
    let shown = screen(galaxy(), 0, |out, host| top::frame(out, host, false));
    assert_data_eq!(shown, file!["../../tests/screens/top-galaxy.txt"]);
}

#[test]
fn warnings_and_losses_of_a_galaxy() {
    let shown = screen(galaxy(), 0, |out, host| {
        for process in &host.processes {
            writeln!(out, "{}", process.inexact_because().unwrap_or_default())?;
        }
        host.overlaps
            .iter()
            .try_for_each(|overlap| writeln!(out, "{}", overlap.sentence()))
    });
    assert_data_eq!(shown, file!["../../tests/screens/notes-galaxy.txt"]);
}

#[test]
fn diff_of_a_busy_host() {
    let by = By::of(&[Aspect::Process, Aspect::Devices, Aspect::Size]);
    let difference = Difference::between(&host(&busy()), &host(&later()), by);
    let shown = plain(|out| difference::text::write(out, &difference, true, false));
    assert_data_eq!(shown, file!["../../tests/screens/diff.txt"]);
}

#[test]
fn diff_of_a_mesh_that_has_grown() {
    let chips = [0, 1, 2, 3];
    let mesh = |bytes: [u64; 4]| {
        let holding: Vec<_> = chips
            .map(|chip| (chip, chip.into(), bytes[chip as usize]))
            .into();
        host(&[sample::seen(7, State::Running, &holding)])
    };
    let (before, after) = (
        mesh([1 << 30; 4]),
        mesh([3 << 30, 3 << 30, 3 << 30, 2 << 30]),
    );
    let difference = Difference::between(&before, &after, By::of(&[Aspect::Process]));
    let shown = plain(|out| difference::text::write(out, &difference, false, false));
    assert_data_eq!(shown, file!["../../tests/screens/diff-mesh.txt"]);
}

#[test]
fn leaks_of_a_busy_host() {
    let (before, now) = (host(&busy()), host(&later()));
    let rules = Rules {
        grew: Some("the baseline".into()),
        older: Some(Duration::from_secs(60)),
        ..Rules::default()
    };
    let by = By::of(&[Aspect::Process, Aspect::Devices, Aspect::Size]);
    let case = Case {
        all: &now.buffers,
        asked: &now.buffers,
        all_closed: &[],
        closed: &[],
        earlier: Some(&Earlier::in_baseline(&before, &now)),
        by,
        rules: &rules,
    };
    let groups = case.judge(&mut Suppressions::default(), |_| Phase::Forgotten);
    let shown = plain(|out| {
        leaks::text::write(out, &groups, &rules, by, false, false)?;
        leaks::text::write(out, &groups, &rules, by, true, false)?;
        writeln!(out, "\n{}", leaks::sentence(&groups, &rules).unwrap())
    });
    assert_data_eq!(shown, file!["../../tests/screens/leaks.txt"]);
}
