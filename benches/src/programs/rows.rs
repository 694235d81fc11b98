//! The lines of this part. None has a goal of its own.

use crate::row::Row;

const UNTRACKED: &str = "untracked";
const FLOOR: &str = "floor";

/// The lines of one loop of a program.
pub(super) struct LoopRows {
    pub(super) switched_off: Row,
    pub(super) tracked: Row,
    pub(super) swept: Row,
    pub(super) own_tracker: Row,
    /// What ttmem adds to the loop, per event. Not of a loop so slow that it would drown.
    pub(super) added: Option<Row>,
}

macro_rules! loop_rows {
    ($name:literal, $added:expr) => {
        LoopRows {
            switched_off: Row::new(concat!($name, ": preloaded, switched off"), UNTRACKED),
            tracked: Row::new(concat!($name, ": ttmem"), UNTRACKED),
            swept: Row::new(concat!($name, ": ttmem, a reader at 1 kHz"), UNTRACKED),
            own_tracker: Row::new(concat!($name, ": the runtime's own tracker"), UNTRACKED),
            added: $added,
        }
    };
}

macro_rules! create_rows {
    ($name:literal) => {
        loop_rows!(
            $name,
            Some(Row::new(
                concat!($name, ": what ttmem adds, per event"),
                FLOOR
            ))
        )
    };
}

/// The lines about the preload library's wrappers alone.
pub(super) struct HookRows {
    pub(super) buffers: Row,
    pub(super) switched_off: Row,
    pub(super) same_program: Row,
    pub(super) programs_in_turn: Row,
}

macro_rules! hook_rows {
    ($chips:literal) => {
        HookRows {
            buffers: Row::new(concat!("preload hook, ", $chips), FLOOR),
            switched_off: Row::new(concat!("preload hook, ", $chips, ": switched off"), FLOOR),
            same_program: Row::new(
                concat!("preload hook, ", $chips, ": dispatch of the same program"),
                FLOOR,
            ),
            programs_in_turn: Row::new(
                concat!(
                    "preload hook, ",
                    $chips,
                    ": each event of a dispatch of another program"
                ),
                FLOOR,
            ),
        }
    };
}

pub(super) const CREATE_DRAM: LoopRows = create_rows!("create + free in DRAM, 1 chip");
pub(super) const CREATE_L1: LoopRows = create_rows!("create + free in L1, 1 chip");
pub(super) const ADD: LoopRows = loop_rows!("add, 1 chip", None);
pub(super) const CREATE_8: LoopRows = create_rows!("create + free in DRAM, 8 chips");
pub(super) const ADD_8: LoopRows = loop_rows!("add, 8 chips", None);
pub(super) const HOOK: HookRows = hook_rows!("1 chip");
pub(super) const HOOK_8: HookRows = hook_rows!("8 chips");
