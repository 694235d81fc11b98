//! A single case, run so many times and nothing else: for an instruction counter to look at.

use crate::event::Events;
use crate::events::c_abi::CLibrary;
use crate::events::forms::Forms;
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

/// A case and what one batch of it does.
type Form = (&'static str, fn(Forms));

/// The cases that are events of other sorts.
const FORMS: [Form; 5] = [
    ("circular-buffers", Forms::circular_buffers),
    ("kernels", Forms::kernels),
    ("references", Forms::references),
    ("bad-frees", Forms::bad_frees),
    ("marks", Forms::marks),
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
    if let Some(form) = FORMS.into_iter().find(|(name, _)| *name == case) {
        let forms = Forms::attach(directory)?;
        return Ok(Box::new(move || form.1(forms)));
    }
    let (name, meshes) = match case.strip_suffix("-split") {
        Some(name) => (name, Meshes::Split),
        None => (case, Meshes::Whole),
    };
    let segment = Segment::attach(directory, meshes)?;
    let events = match name {
        "chip-dram" => segment.chip,
        "chip-l1" => segment.l1,
        "mesh-8" => segment.mesh_8,
        "mesh-32" => segment.mesh_32,
        _ => bail!("there is no case {case}; there are {}", CASES.join(", ")),
    };
    Ok(Box::new(move || events.batch()))
}
