//! The lines of these parts, and what their ratios shall be.

use crate::row::Row;

const COPY: &str = "copy and check";
const SWEEP: &str = "reader: sweep, all events in order";
const BARE_OPEN: &str = "open + mmap + header";

pub(super) const FIRST_TOTALS: Row =
    Row::new("reader: attach to first totals", BARE_OPEN).goal(10.0, 3.0);
pub(super) const FIRST_SNAPSHOT: Row = Row::new("reader: attach to snapshot", BARE_OPEN);
pub(super) const AGGREGATION: Row = Row::new("reader: validated aggregation", COPY).goal(2.5, 1.4);
pub(super) const SWEEP_ALL: Row = Row::new(SWEEP, COPY);
pub(super) const LOG_TEXT: Row = Row::new("log as text, to the bytes", COPY);
pub(super) const LOG_JSON: Row = Row::new("log as JSON lines, to the bytes", COPY);
pub(super) const LOG_TEXT_EVENTS: Row = Row::new("log as text, to the events", SWEEP);
pub(super) const LOG_JSON_EVENTS: Row = Row::new("log as JSON lines, to the events", SWEEP);

/// The lines of one number of buffers. Per buffer.
pub(super) struct Held {
    pub(super) snapshot: Row,
    pub(super) changed: Row,
    pub(super) unchanged: Row,
    pub(super) totals: Row,
    pub(super) text: Row,
    pub(super) json: Row,
}

const TABLE: &str = "pread of the live table";

pub(super) const HELD_100_000: Held = Held {
    snapshot: Row::new("snapshot of 100,000 buffers", TABLE),
    changed: Row::new("look at 100,000 buffers, 100 changed", TABLE),
    unchanged: Row::new("look at 100,000 buffers, none changed", TABLE),
    totals: Row::new("totals of 100,000 buffers, 100 changed", TABLE),
    text: Row::new(
        "dump of 100,000 buffers, text",
        "snapshot of 100,000 buffers",
    ),
    json: Row::new(
        "dump of 100,000 buffers, JSON",
        "snapshot of 100,000 buffers",
    ),
};

pub(super) const HELD_1_000_000: Held = Held {
    snapshot: Row::new("snapshot of 1,000,000 buffers", TABLE),
    changed: Row::new("look at 1,000,000 buffers, 100 changed", TABLE),
    unchanged: Row::new("look at 1,000,000 buffers, none changed", TABLE),
    totals: Row::new("totals of 1,000,000 buffers, 100 changed", TABLE),
    text: Row::new(
        "dump of 1,000,000 buffers, text",
        "snapshot of 1,000,000 buffers",
    ),
    json: Row::new(
        "dump of 1,000,000 buffers, JSON",
        "snapshot of 1,000,000 buffers",
    ),
};

/// The lines of one number of segments.
pub(super) struct Hosted {
    pub(super) ps: Row,
    pub(super) top: Row,
}

const VERSION: &str = "ttmem --version";

pub(super) const HOSTED_1: Hosted = Hosted {
    ps: Row::new("ps, 1 segment", VERSION),
    top: Row::new("top --once, 1 segment", VERSION),
};
pub(super) const HOSTED_32: Hosted = Hosted {
    ps: Row::new("ps, 32 segments", VERSION),
    top: Row::new("top --once, 32 segments", VERSION),
};
pub(super) const HOSTED_128: Hosted = Hosted {
    ps: Row::new("ps, 128 segments", VERSION),
    top: Row::new("top --once, 128 segments", VERSION),
};

const UNREAD: &str = "1 chip, DRAM, unread";

pub(super) const SWEPT: Row =
    Row::new("a producer while a reader sweeps at 1 kHz", UNREAD).goal(1.5, 1.2);
pub(super) const SWEPT_BY_20: Row = Row::new("a producer while 20 readers sweep at 1 kHz", UNREAD);
pub(super) const FOLLOWED: Row = Row::new("a producer while a reader takes all events", UNREAD);
pub(super) const LOOKED_AT: Row = Row::new("a producer while a reader looks at 1 kHz", UNREAD);
pub(super) const SPUN_AT: Row =
    Row::new("a producer while a reader sweeps without a pause", UNREAD);

const PLANNED: &str = "1 ms";
pub(super) const SWEPT_PERIOD: Row = Row::new("from one sweep to the next, 1 reader", PLANNED);
pub(super) const SWEPT_BY_20_PERIOD: Row =
    Row::new("from one sweep to the next, each of 20 readers", PLANNED);
pub(super) const FOLLOWED_PERIOD: Row = Row::new("from one sweep to the next, all events", PLANNED);
pub(super) const SPUN_AT_PERIOD: Row =
    Row::new("from one sweep to the next, without a pause", PLANNED);
pub(super) const LOOKED_AT_PERIOD: Row = Row::new("from one look to the next", PLANNED);

pub(super) const MEMORY: Row = Row::new(
    "memory beyond the ring's and the table's own, bytes",
    "ring + table, bytes",
)
.goal(0.25, 0.10);
