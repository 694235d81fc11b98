//! The lines of this part, and what their ratios shall be.

use crate::row::Row;

const FLOOR: &str = "floor";
const ONE_CHIP: &str = "1 chip, DRAM";

pub(crate) const TIMESTAMP: Row = Row::new("timestamp alone", FLOOR);
pub(crate) const STORE: Row = Row::new("64-byte store + release index", FLOOR);
pub(crate) const XADD: Row = Row::new("atomic add, own line", FLOOR);
pub(crate) const CAS: Row = Row::new("compare-and-swap, own line", FLOOR);
pub(crate) const FLOOR_TWO_THREADS: Row = Row::new("floor, 2 threads on its one ring", FLOOR);
pub(crate) const DRAM: Row = Row::new(ONE_CHIP, FLOOR).goal(2.0, 1.3);
pub(crate) const L1: Row = Row::new("1 chip, L1", FLOOR).goal(2.0, 1.3);
pub(crate) const CIRCULAR_BUFFERS: Row = Row::new("circular buffers", FLOOR);
pub(crate) const KERNELS: Row = Row::new("kernels", FLOOR);
pub(crate) const REFERENCES: Row = Row::new("a reference more or less", FLOOR);
pub(crate) const BAD_FREES: Row = Row::new("free of what never was", FLOOR);
pub(crate) const MARKS: Row = Row::new("mark", FLOOR);
pub(crate) const C_ABI: Row = Row::new("1 chip, DRAM, C ABI", FLOOR).goal(2.3, 1.6);
pub(crate) const COLD: Row = Row::new("cold event (ticks)", "cold floor (ticks)").goal(1.5, 1.2);
pub(crate) const COLD_AGAIN: Row =
    Row::new("cold event, slot used before (ticks)", "cold floor (ticks)");
pub(crate) const OFF: Row = Row::new("switched off, inline", FLOOR).goal(0.1, 0.03);
pub(crate) const OFF_C_ABI: Row = Row::new("switched off, C ABI", FLOOR).goal(0.3, 0.2);
pub(crate) const MESH_8: Row = Row::new("mesh of 8", ONE_CHIP).goal(3.0, 2.0);
pub(crate) const MESH_32: Row = Row::new("mesh of 32", ONE_CHIP).goal(8.0, 4.0);
pub(crate) const SPLIT_8: Row = Row::new("mesh of 8, split into chips", ONE_CHIP).goal(3.0, 2.0);
pub(crate) const SPLIT_32: Row = Row::new("mesh of 32, split into chips", ONE_CHIP).goal(8.0, 4.0);
pub(crate) const APART: Row = Row::new("2 threads, different chips", ONE_CHIP).goal(1.3, 1.1);
pub(crate) const TOGETHER: Row = Row::new("2 threads, same chip and type", ONE_CHIP).goal(3.0, 2.0);
pub(crate) const PROCESSES: Row = Row::new("2 processes", ONE_CHIP).goal(1.3, 1.1);
pub(crate) const CROWD: Row =
    Row::new("8 processes on 2 processors, processor time", "1 process").goal(1.5, 1.2);
pub(crate) const ATTACH: Row = Row::new("attach", "create + populate").goal(1.3, 1.1);
