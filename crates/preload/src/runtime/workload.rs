//! A dispatched workload: which programs run on which chips of a mesh.

use super::{Device, Program, Workload, device};
use crate::containers::{ReturnedVector, Vector, unordered_map_nodes};
use crate::symbols::Import;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use ttmem_producer::ChipSet;

// SAFETY: `std::unordered_map<MeshCoordinateRange, Program>& get_programs()`.
static PROGRAMS: Import<unsafe extern "C-unwind" fn(*const Workload) -> *const c_void> =
    unsafe { Import::new(c"_ZN2tt8tt_metal11distributed12MeshWorkload12get_programsEv") };
// SAFETY: `const MeshDeviceView& get_view() const`.
static VIEW: Import<unsafe extern "C-unwind" fn(*const Device) -> *const c_void> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal11distributed10MeshDevice8get_viewEv") };
// SAFETY: `std::vector<IDevice*> get_devices(const MeshCoordinateRange&) const`: the result's place
// is the first argument.
static DEVICES: Import<
    unsafe extern "C-unwind" fn(*mut Vector<*const Device>, *const c_void, *const c_void),
> = unsafe {
    Import::new(
        c"_ZNK2tt8tt_metal11distributed14MeshDeviceView11get_devicesERKNS1_19MeshCoordinateRangeE",
    )
};

/// Most programs of one workload that are looked at.
const MOST_PROGRAMS: usize = 4096;
/// Words of a node searched for the program after its range; a node has 34. (It was word 31 in 0.78
/// and 0.81.)
const NODE_WORDS: std::ops::Range<usize> = 2..34;

/// In which word of a map's node the program's pointer lies, once seen; 0 before.
static PROGRAM_WORD: AtomicUsize = AtomicUsize::new(0);

/// Whether the programs of a workload cannot be told apart from other words yet: the first that is known
/// shows where they lie.
#[inline]
pub(crate) fn wants_examples() -> bool {
    PROGRAM_WORD.load(Ordering::Relaxed) == 0
}

/// One program of a workload.
pub(crate) struct Entry {
    node: *const usize,
    /// The program.
    pub(crate) program: *const Program,
}

/// The programs of a workload. The map's key, a range of coordinates, has no size that is known
/// here; `known` tells a program's address from the other words of the first node.
///
/// # Safety
/// `workload` is alive, and nobody adds a program meanwhile.
pub(crate) unsafe fn programs(
    workload: *const Workload,
    known: impl Fn(*const Program) -> bool,
) -> Option<impl Iterator<Item = Entry>> {
    // SAFETY: promised by the caller.
    let map = unsafe { PROGRAMS.get()?(workload) };
    // SAFETY: promised by the caller.
    let nodes = || unsafe { unordered_map_nodes(map, MOST_PROGRAMS) };
    // SAFETY: a node is larger than a range, which is larger than these words.
    let program_at =
        |node: *const usize, at: usize| std::ptr::with_exposed_provenance(unsafe { *node.add(at) });
    let mut at = PROGRAM_WORD.load(Ordering::Relaxed);
    if at == 0 {
        let node = nodes().next()?;
        at = NODE_WORDS.clone().find(|at| known(program_at(node, *at)))?;
        PROGRAM_WORD.store(at, Ordering::Relaxed);
    }
    Some(nodes().map(move |node| Entry {
        node,
        program: program_at(node, at),
    }))
}

/// The chips of `mesh` that an entry's program runs on.
///
/// # Safety
/// `mesh` is alive, and so is the workload that the entry came from.
pub(crate) unsafe fn chips(entry: &Entry, mesh: *const Device) -> ChipSet {
    let (Some(view), Some(devices)) = (VIEW.get(), DEVICES.get()) else {
        return ChipSet::EMPTY;
    };
    let mut list = ReturnedVector(Vector::<*const Device>::empty());
    // SAFETY: promised by the caller; the range follows the node's first word.
    unsafe { devices(&raw mut list.0, view(mesh), entry.node.add(1).cast()) };
    // SAFETY: just filled, with live devices of the mesh.
    unsafe {
        list.0
            .elements()
            .iter()
            .filter(|chip| device::sort(**chip) == Some(device::Sort::Chip))
            .filter_map(|chip| ChipSet::of(device::chip_number(*chip)?))
            .fold(ChipSet::EMPTY, ChipSet::or)
    }
}
