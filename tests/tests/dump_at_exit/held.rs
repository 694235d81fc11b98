//! A producer that holds a few things, and what is told of them.

use std::path::Path;
use support::{Ended, ProducerProcess, Starter};

/// Three buffers on two chips, two alike on one of them, and a kernel.
pub(crate) const HELD: [&str; 8] = [
    "pool mesh 0-1",
    "pool chip 0",
    "pool programs 0-1",
    "alloc 0 DRAM 0x1000 1000 1048576 12",
    "alloc 1 L1 0x1000 1000 16384 64",
    "alloc 1 L1 0x9000 1000 16384 64",
    "alloc 1 TRACE 0x9000 500 512 1",
    "alloc 2 KERNEL 0x100 700 704 56",
];

/// What is told of them behind the name.
pub(crate) const TOLD: &str = ": DRAM 12.0 MiB in 1 buffer on each of devices 0-1; L1 2.0 MiB in 2 buffers on \
    device 0; TRACE 512 B in 1 buffer on device 0; KERNEL 38.5 KiB in 1 allocation on each of devices 0-1
  DRAM: 1 x 12.0 MiB on each of devices 0-1
  L1: 2 x 1.0 MiB on device 0
  TRACE: 1 x 512 B on device 0
  KERNEL: 1 x 38.5 KiB on each of devices 0-1
";

pub(crate) fn told(pid: u32, until: &str) -> String {
    format!("ttmem: pid {pid} (producer_script) held {until}{TOLD}")
}

pub(crate) fn holding(dir: &Path, to: &str) -> ProducerProcess {
    let mut producer = asked(dir, to);
    producer.all_ok(&HELD);
    producer
}

pub(crate) fn asked(dir: &Path, to: &str) -> ProducerProcess {
    let mut producer = Starter::new(dir).env("TTMEM_DUMP_AT_EXIT", to).start();
    producer.ok("attach");
    producer
}

/// Has it do the last thing it does.
pub(crate) fn end_by(mut producer: ProducerProcess, command: &str) -> Ended {
    producer.send(command);
    assert_eq!(producer.answer(), None, "{command} is the end");
    producer.finish()
}

pub(crate) fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
