//! A single case, run so many times and nothing else: for an instruction counter to look at.

use crate::event::Events;
use crate::events::c_abi::CLibrary;
use crate::events::segments::{Meshes, Segment};
use crate::floor::Floor;
use anyhow::{Result, bail};
use std::path::Path;

/// Names of the cases.
pub(crate) const CASES: [&str; 14] = [
    "floor",
    "switched-off",
    "chip-dram",
    "chip-l1",
    "mesh-8",
    "mesh-32",
    "mesh-8-split",
    "mesh-32-split",
    "circular-buffers",
    "kernels",
    "references",
    "bad-frees",
    "marks",
    "c-abi",
];

/// Runs `batches` of a case, after one that warms up.
pub(crate) fn run(directory: &Path, case: &str, batches: u64) -> Result<()> {
    let mut batch = prepare(directory, case)?;
    for _ in 0..=batches {
        batch();
    }
    Ok(())
}

fn prepare(directory: &Path, case: &str) -> Result<Box<dyn FnMut()>> {
    if case == "floor" {
        let floor = Floor::new(directory)?;
        floor.prepare(0);
        return Ok(Box::new(move || floor.batch(0)));
    }
    if case == "switched-off" {
        return Ok(Box::new(|| Events::switched_off().batch()));
    }
    if case == "c-abi" {
        let mut library = CLibrary::load()?;
        library.attach(directory)?;
        return Ok(Box::new(move || library.batch()));
    }
    let (name, meshes) = match case.strip_suffix("-split") {
        Some(name) => (name, Meshes::Split),
        None => (case, Meshes::Whole),
    };
    let segment = Segment::attach(directory, meshes)?;
    let forms = segment.forms;
    let events = match name {
        "chip-dram" => segment.chip,
        "chip-l1" => segment.l1,
        "mesh-8" => segment.mesh_8,
        "mesh-32" => segment.mesh_32,
        "circular-buffers" => return Ok(Box::new(move || forms.circular_buffers())),
        "kernels" => return Ok(Box::new(move || forms.kernels())),
        "references" => return Ok(Box::new(move || forms.references())),
        "bad-frees" => return Ok(Box::new(move || forms.bad_frees())),
        "marks" => return Ok(Box::new(move || forms.marks())),
        _ => bail!("there is no case {case}; there are {}", CASES.join(", ")),
    };
    Ok(Box::new(move || events.batch()))
}
