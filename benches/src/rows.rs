//! The lines of the table, and what their ratios shall be.

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What its ratio is to.
    pub(crate) against: &'static str,
    pub(crate) goal: Option<Goal>,
}

/// What a ratio shall be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) at_most: f64,
    pub(crate) aim: f64,
}

const FLOOR: &str = "floor";
const ONE_CHIP: &str = "1 chip, DRAM";

pub(crate) const TIMESTAMP: Row = row("timestamp alone", FLOOR);
pub(crate) const FLOOR_TWO_THREADS: Row = row("floor, 2 threads on its one ring", FLOOR);
pub(crate) const DRAM: Row = row(ONE_CHIP, FLOOR).goal(2.0, 1.3);
pub(crate) const L1: Row = row("1 chip, L1", FLOOR).goal(2.0, 1.3);
pub(crate) const OFF: Row = row("switched off", FLOOR).goal(0.1, 0.03);
pub(crate) const MESH_8: Row = row("mesh of 8", ONE_CHIP).goal(3.0, 2.0);
pub(crate) const MESH_32: Row = row("mesh of 32", ONE_CHIP).goal(8.0, 4.0);
pub(crate) const SPLIT_8: Row = row("mesh of 8, split into chips", ONE_CHIP).goal(3.0, 2.0);
pub(crate) const SPLIT_32: Row = row("mesh of 32, split into chips", ONE_CHIP).goal(8.0, 4.0);
pub(crate) const APART: Row = row("2 threads, different chips", ONE_CHIP).goal(1.3, 1.1);
pub(crate) const TOGETHER: Row = row("2 threads, same chip and type", ONE_CHIP).goal(3.0, 2.0);
pub(crate) const PROCESSES: Row = row("2 processes", ONE_CHIP).goal(1.3, 1.1);
pub(crate) const ATTACH: Row = row("attach", "create + populate").goal(1.3, 1.1);

/// Every line, in the order of the table.
pub(crate) const ALL: [Row; 13] = [
    TIMESTAMP,
    FLOOR_TWO_THREADS,
    DRAM,
    L1,
    OFF,
    MESH_8,
    MESH_32,
    SPLIT_8,
    SPLIT_32,
    APART,
    TOGETHER,
    PROCESSES,
    ATTACH,
];

const fn row(name: &'static str, against: &'static str) -> Row {
    Row {
        name,
        against,
        goal: None,
    }
}

impl Row {
    const fn goal(self, at_most: f64, aim: f64) -> Self {
        Self {
            goal: Some(Goal { at_most, aim }),
            ..self
        }
    }
}
