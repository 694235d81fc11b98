//! A segment that its owner, alive, fills with anything between two looks: what was kept of it may be
//! nonsense, but never a panic, and soon.
#![forbid(unsafe_code)]

use nix::fcntl::{FcntlArg, fcntl};
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{PrivateDir, genuine};
use ttmem_layout::{Plan, SectionKind};
use ttmem_reader::{Segment, Start, State, Watch};

/// How long all looks at one segment may take.
const SOON: Duration = Duration::from_secs(5);

/// A genuine segment whose lock is held, so that it is taken for a running producer's.
fn held(path: &Path) -> File {
    std::fs::write(path, genuine()).expect("a file");
    let file = File::options().read(true).write(true).open(path);
    let file = file.expect("it is ours");
    let lock = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 1,
        l_pid: 0,
    };
    fcntl(&file, FcntlArg::F_OFD_SETLK(&lock)).expect("nobody else holds it");
    file
}

/// Words that matter, and any others.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        0..200_u64,
        Just(u64::MAX),
        Just(1 << 63),
        // Live control words of neighbouring versions.
        (0..3_u64, 0..3_u64).prop_map(|(version, refs)| version << 32 | refs << 2 | 2),
    ]
}

fn changes() -> impl Strategy<Value = Vec<(SectionKind, Index, u64)>> {
    let kind = prop_oneof![
        Just(SectionKind::LiveControls),
        Just(SectionKind::LiveEntries),
        Just(SectionKind::Chunks),
        Just(SectionKind::Records),
        Just(SectionKind::Pools),
        Just(SectionKind::Groups),
        Just(SectionKind::Process),
    ];
    prop::collection::vec((kind, any::<Index>(), word()), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_between_two_looks(rounds in prop::collection::vec(changes(), 1..6)) {
        let dir = PrivateDir::new();
        let path = dir.path().join("ttmem.7.00000007");
        let file = held(&path);
        let segment = Segment::open(&path).expect("its header is genuine");
        prop_assert_eq!(segment.state().expect("it can be read"), State::Running);
        let mut cursor = segment.cursor(Start::Oldest).expect("it has a ring");
        let mut watch = Watch::new(segment);
        let sections = Plan::new(1024, 512).expect("the least sizes").sections();
        let began = Instant::now();
        for (turn, changes) in rounds.into_iter().enumerate() {
            for (kind, index, word) in changes {
                let section = sections[kind as usize - 1];
                let words = section.count * u64::from(section.entry_size) / 8;
                let at = section.offset + 8 * index.index(words as usize) as u64;
                file.write_all_at(&word.to_ne_bytes(), at).expect("it is ours");
            }
            if turn % 2 == 0 {
                let _ = watch.summary().map(|summary| format!("{summary:?}"));
            }
            let _ = watch.snapshot().map(|snapshot| format!("{snapshot:?}"));
            let _ = watch.segment().glance().map(|glance| format!("{glance:?}"));
            let _ = cursor.visit(watch.segment(), |_, _| {});
            let _ = cursor.sweep(watch.segment()).map(|sweep| format!("{:?}", sweep.events));
        }
        prop_assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
}

#[test]
fn a_segment_cut_short_between_two_looks_is_an_error_and_then_whole_again() {
    let dir = PrivateDir::new();
    let path = dir.path().join("ttmem.7.00000007");
    let file = held(&path);
    let mut watch = Watch::new(Segment::open(&path).expect("its header is genuine"));
    let before = watch.snapshot().expect("it can be read").buffers.len();
    file.set_len(8192).expect("it is ours");
    assert!(watch.snapshot().is_err());
    assert!(watch.last().is_none());
    std::fs::write(&path, genuine()).expect("a file");
    let again = watch.snapshot().expect("it can be read again");
    assert_eq!(again.buffers.len(), before);
}
