//! The clusters that are pretended, and what is measured on each.

use super::rows::{self, HookRows, LoopRows};
use ttmem_producer::BufferType;

/// A cluster.
pub(super) struct Cluster {
    /// How the rig calls it.
    pub(super) name: &'static str,
    pub(super) loops: &'static [Loop],
    pub(super) hook: HookRows,
}

/// A loop of a program: each time round is one allocation and one free.
pub(super) struct Loop {
    /// How the program calls it.
    pub(super) name: &'static str,
    /// Of what it allocates.
    pub(super) buffer_type: BufferType,
    /// Times round: some ten milliseconds, so that many sweeps of a reader fall into it.
    pub(super) times: u64,
    pub(super) rows: LoopRows,
}

pub(super) const ONE_CHIP: Cluster = Cluster {
    name: "n150",
    loops: &[
        Loop {
            name: "create_dram",
            buffer_type: BufferType::Dram,
            times: 2000,
            rows: rows::CREATE_DRAM,
        },
        Loop {
            name: "create_l1",
            buffer_type: BufferType::L1,
            times: 2000,
            rows: rows::CREATE_L1,
        },
        Loop {
            name: "add",
            buffer_type: BufferType::Dram,
            times: 400,
            rows: rows::ADD,
        },
    ],
    hook: rows::HOOK,
};

pub(super) const EIGHT_CHIPS: Cluster = Cluster {
    name: "t3k",
    loops: &[
        Loop {
            name: "create_dram",
            buffer_type: BufferType::Dram,
            times: 2000,
            rows: rows::CREATE_8,
        },
        Loop {
            name: "add",
            buffer_type: BufferType::Dram,
            times: 400,
            rows: rows::ADD_8,
        },
    ],
    hook: rows::HOOK_8,
};
