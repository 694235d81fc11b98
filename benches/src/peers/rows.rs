//! The lines of this part. The reference of each is the peer, so that a ratio is ttmem's share of its cost.

use crate::row::Row;

/// The old client as it was shipped first: a message that does not fit is dropped. The batch is sent as fast
/// as it goes, and its time divided by the messages that arrived. This is the line that has the goal.
pub(super) const STREAM: Row = Row::new(
    "1 chip, to the old stream",
    "stream send, burst, per message that arrived",
)
.goal(1.0 / 40.0, 1.0 / 60.0);
/// So much of it a tracker cannot do without: on a machine where this misses the goal, every tracker does.
pub(super) const FLOOR_STREAM: Row = Row::new(
    "floor, to the old stream",
    "stream send, burst, per message that arrived",
);
/// The same divided by all messages: what the program pays, whether it is heard or not.
pub(super) const STREAM_CALL: Row = Row::new(
    "1 chip, to the old stream, per call",
    "stream send, burst, per call",
);
/// With time for the server to keep up.
pub(super) const STREAM_PACED: Row = Row::new(
    "1 chip, to the old stream, paced",
    "stream send, every 20 µs",
);
/// The old client as it was shipped last: it waits for the server.
pub(super) const STREAM_WAITING: Row = Row::new(
    "1 chip, to the old stream that waits",
    "blocking stream send, burst",
);
pub(super) const DATAGRAM: Row = Row::new("1 chip, to old datagrams", "datagram send, burst");
pub(super) const DATAGRAM_PACED: Row = Row::new(
    "1 chip, to old datagrams, paced",
    "datagram send, every 20 µs",
);
/// One client in the process, as it was, with its lock.
pub(super) const STREAM_TWO_THREADS: Row = Row::new(
    "2 threads, to 2 on an old stream",
    "stream send, 2 threads, 1 socket",
);
/// A client and a socket for each, as two processes have.
pub(super) const STREAM_TWO_CLIENTS: Row = Row::new(
    "2 threads, to 2 old streams",
    "stream send, 2 threads, 2 sockets",
);
pub(super) const LOG: Row = Row::new("1 chip, to a line of the debug log", "log line");
pub(super) const LOG_STACK: Row =
    Row::new("1 chip, to a line with a stack", "log line, backtrace(20)");
pub(super) const LTTNG: Row =
    Row::new("1 chip, to LTTng-UST", "LTTng-UST, overwrite").goal(1.0 / 4.0, 1.0 / 7.0);
pub(super) const FLOOR_LTTNG: Row = Row::new("floor, to LTTng-UST", "LTTng-UST, overwrite");
/// Adding to the totals of one chip: a part of the hook.
pub(super) const RECORD: Row = Row::new(
    "1 chip, to the runtime's record call",
    "runtime's tracker, record call",
);
pub(super) const HOOK: Row = Row::new("1 chip, to the runtime's hook", "runtime's tracker, 1 chip");
pub(super) const HOOK_8: Row = Row::new(
    "mesh of 8, to the runtime's hook",
    "runtime's tracker, 8 chips",
)
.goal(1.0 / 20.0, 1.0 / 50.0);
pub(super) const FLOOR_HOOK_8: Row = Row::new(
    "floor, to the runtime's hook, 8 chips",
    "runtime's tracker, 8 chips",
);
