//! A directory full of what is no segment, and files that change under a reader: each is named, and no
//! healthy segment is hidden.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};
use support::{PrivateDir, ProducerProcess, genuine, is_root, until};
use ttmem_reader::{Segment, Start, State, scan};

/// How long a scan may take, whatever lies about.
const SOON: Duration = Duration::from_secs(5);

/// A file that is cut short while it is open is an error, not a SIGBUS.
#[test]
fn a_file_cut_short_under_a_reader() {
    let dir = PrivateDir::new();
    let path = dir.path().join("ttmem.7.00000007");
    std::fs::write(&path, genuine()).expect("a file");
    let segment = Segment::open(&path).expect("a segment");
    let mut cursor = segment.cursor(Start::Oldest).expect("a cursor");
    let file = File::options().write(true).open(&path).expect("a file");
    file.set_len(5000).expect("it can be cut short");
    assert!(segment.snapshot().is_err());
    let error = cursor.sweep(&segment).expect_err("the ring is gone");
    assert!(
        error.to_string().contains("it ends at byte 5000"),
        "{error}"
    );
}

/// A directory of things that carry a segment's name: each is named as unreadable, and the segments
/// among them are read.
#[test]
fn hostile_neighbours_hide_nothing() {
    let dir = PrivateDir::new();
    let mut first = ProducerProcess::attached(dir.path());
    first.all_ok(&["pool chip 0", "alloc 0 DRAM 0x1000 100 128 12"]);
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("ttmem.0.empty"), []).expect("a file");
    std::fs::write(at("ttmem.0.noise"), [0xa5; 10_000]).expect("a file");
    std::fs::write(at("ttmem.0.short"), &genuine()[..9000]).expect("a file");
    std::fs::create_dir(at("ttmem.0.directory")).expect("a directory");
    nix::unistd::mkfifo(&at("ttmem.0.fifo"), nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
    let _socket = UnixListener::bind(at("ttmem.0.socket")).expect("a socket");
    symlink("/dev/zero", at("ttmem.0.zero")).expect("a link");
    symlink(at("ttmem.0.loop"), at("ttmem.0.loop")).expect("a link");
    let [real] = dir
        .segments()
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("ttmem.0."))
        .collect::<Vec<_>>()
        .try_into()
        .expect("one segment");
    symlink(&real, at("ttmem.0.link")).expect("a link");
    std::fs::write(at("ttmem.0.twin"), genuine()).expect("a file");
    std::fs::hard_link(at("ttmem.0.twin"), at("ttmem.0.twin2")).expect("a hard link");
    let mut hostile = 11;
    if !is_root() {
        std::fs::write(at("ttmem.0.secret"), genuine()).expect("a file");
        let secret = Permissions::from_mode(0o000);
        std::fs::set_permissions(at("ttmem.0.secret"), secret).expect("it is ours");
        hostile += 1;
    }
    let mut second = ProducerProcess::attached(dir.path());
    second.all_ok(&["pool chip 1", "alloc 0 L1 0x2000 100 128 1"]);
    let began = Instant::now();
    let found = scan(dir.path()).expect("the directory is readable");
    assert!(began.elapsed() < SOON, "the scan waited for something");
    let mut pids: Vec<u32> = found.segments.iter().map(|s| s.identity().pid).collect();
    pids.sort_unstable();
    let mut expected = [first.pid(), second.pid()];
    expected.sort_unstable();
    assert_eq!(pids, expected);
    for segment in &found.segments {
        let snapshot = segment.snapshot().expect("a healthy segment");
        assert!(snapshot.exact() && snapshot.buffers.len() == 1);
        assert_eq!(snapshot.state, State::Running);
    }
    assert_eq!(found.unreadable.len(), hostile, "{:#?}", found.unreadable);
    for entry in &found.unreadable {
        assert!(entry.reason.len() > 10 && entry.uid.is_some(), "{entry:?}");
    }
    first.kill();
    until("the dead one is seen", || {
        let found = scan(dir.path()).expect("the directory is readable");
        let states = found.segments.iter().map(Segment::state);
        states
            .flatten()
            .filter(|state| *state == State::Dead)
            .count()
            == 1
    });
}
