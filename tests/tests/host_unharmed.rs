//! What a host program is allowed and does must not turn against it because it is tracked.

use support::{PrivateDir, ProducerProcess, Starter};
use ttmem_reader::{Segment, State, scan};

fn limited(dir: &PrivateDir, blocks: u64) -> ProducerProcess {
    let script = format!("ulimit -c 0; ulimit -f {blocks}; exec \"$0\"");
    Starter::through(&["sh", "-c", &script], dir.path()).start()
}

/// A file larger than `ulimit -f` is not an error but a deadly signal.
#[test]
fn a_limit_on_file_sizes_does_not_kill_the_program() {
    let dir = PrivateDir::new();
    // 2048 blocks of 512 bytes (or 1024, in some shells): room for a segment of the least size.
    let mut producer = limited(&dir, 2048);
    producer.all_ok(&["attach", "pool chip 0", "alloc 0 DRAM 0x1000 100 128 12"]);
    let found = scan(dir.path()).expect("the directory is readable");
    let snapshot = found.segments[0].snapshot().expect("a segment");
    assert!(snapshot.exact() && snapshot.buffers.len() == 1);
    assert!(
        producer.complaints().contains("ulimit -f"),
        "{}",
        producer.complaints()
    );

    let mut producer = limited(&dir, 16);
    let answer = producer.ask("attach");
    assert!(
        answer.starts_with("err ") && answer.contains("ulimit -f"),
        "{answer}"
    );
    assert_eq!(producer.ok("attached"), "false");
    let ended = producer.finish();
    assert!(ended.status.success(), "{:?}: {}", ended.status, ended.err);
}

/// A program may close every descriptor it has (daemons do) and then uses the numbers for its own
/// files: nothing of the library's may be among them.
#[test]
fn no_descriptor_stays_open_for_a_program_to_trip_over() {
    let dir = PrivateDir::new();
    let producer = ProducerProcess::attached(dir.path());
    let [path] = dir.segments().try_into().expect("one segment");
    let open = std::fs::read_dir(format!("/proc/{}/fd", producer.pid())).expect("it lives");
    let names: Vec<_> = open
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .collect();
    assert!(!names.contains(&path), "{names:?}");
    let segment = Segment::open(&path).expect("a segment");
    assert_eq!(segment.state().expect("the kernel knows"), State::Running);
    drop(producer);
    assert_eq!(segment.state().expect("the kernel knows"), State::Dead);
}
