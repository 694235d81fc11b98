//! The kernels of a program: what each takes of the cores it lies on.

use super::{Device, Kernel, Program, word};
use crate::containers::{ReturnedVector, Vector, unordered_map_nodes};
use crate::footprint::CoreRange;
use crate::symbols::Import;
use std::ffi::c_void;

// SAFETY: `std::unordered_map<KernelHandle, std::shared_ptr<Kernel>>& get_kernels(uint32_t)`.
static KERNELS: Import<unsafe extern "C-unwind" fn(*const Program, u32) -> *const c_void> =
    unsafe { Import::new(c"_ZN2tt8tt_metal6detail11ProgramImpl11get_kernelsEj") };
// SAFETY: `ProgramId get_id() const`.
static ID: Import<unsafe extern "C-unwind" fn(*const Program) -> u64> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal6detail11ProgramImpl6get_idEv") };
// SAFETY: `std::vector<CoreRange> logical_coreranges() const`: the result's place is the first
// argument.
static RANGES: Import<unsafe extern "C-unwind" fn(*mut Vector<CoreRange>, *const Kernel)> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal6Kernel18logical_corerangesEv") };
// SAFETY: `uint32_t get_binary_packed_size(IDevice*, int) const`.
static PACKED_SIZE: Import<unsafe extern "C-unwind" fn(*const Kernel, *const Device, i32) -> u32> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal6Kernel22get_binary_packed_sizeEPNS0_7IDeviceEi") };

/// A class of kernels that run on worker cores.
struct Class {
    vtable: Import<*const c_void>,
    binaries: Import<unsafe extern "C-unwind" fn(*const Kernel) -> u8>,
}

static CLASSES: [Class; 2] = [
    Class {
        // SAFETY: a vtable: an object, used by address only.
        vtable: unsafe { Import::new(c"_ZTVN2tt8tt_metal18DataMovementKernelE") },
        // SAFETY: `uint8_t expected_num_binaries() const`.
        binaries: unsafe {
            Import::new(c"_ZNK2tt8tt_metal18DataMovementKernel21expected_num_binariesEv")
        },
    },
    Class {
        // SAFETY: as above.
        vtable: unsafe { Import::new(c"_ZTVN2tt8tt_metal13ComputeKernelE") },
        // SAFETY: as above.
        binaries: unsafe {
            Import::new(c"_ZNK2tt8tt_metal13ComputeKernel21expected_num_binariesEv")
        },
    },
];

/// Worker cores, among the sorts of cores that programs have kernels for.
const WORKERS: u32 = 0;
/// Most kernels of one program that are looked at.
const MOST_KERNELS: usize = 4096;
/// Where a node of the map keeps the pointer to its kernel: after the next node and the handle.
const NODE_KERNEL: usize = 2;

/// The runtime's own number of a program: no other program of the process ever has it. 0 if the runtime
/// cannot say.
///
/// # Safety
/// `program` is alive.
pub(crate) unsafe fn program_id(program: *const Program) -> u64 {
    // SAFETY: promised by the caller.
    ID.get().map_or(0, |id| unsafe { id(program) })
}

/// Calls `note` with the packed bytes of each kernel's binaries, and the cores that all of them lie on.
/// `None` if there is a kernel that cannot be read, or there are more than 4096.
///
/// # Safety
/// `program` is alive, and was dispatched on `mesh`: so its binaries are there, and nobody adds a kernel.
pub(crate) unsafe fn for_each(
    program: *const Program,
    mesh: *const Device,
    mut note: impl FnMut(u32, &[CoreRange]),
) -> Option<()> {
    let (kernels, packed_size, ranges) = (KERNELS.get()?, PACKED_SIZE.get()?, RANGES.get()?);
    // SAFETY: promised by the caller; every program has a map for worker cores.
    let map = unsafe { kernels(program, WORKERS) };
    // SAFETY: promised by the caller.
    for (index, node) in unsafe { unordered_map_nodes(map, MOST_KERNELS + 1) }.enumerate() {
        if index == MOST_KERNELS {
            return None;
        }
        // SAFETY: a node is as long as that; a shared_ptr begins with the pointer.
        let kernel = unsafe { *node.add(NODE_KERNEL).cast::<*const Kernel>() };
        // SAFETY: the program keeps its kernels alive.
        let binaries = unsafe { binaries_of(kernel)? };
        // SAFETY: as above. The runtime asked for the same binaries of the same mesh to dispatch them.
        let sizes = (0..binaries).map(|index| unsafe { packed_size(kernel, mesh, index) });
        let bytes = sizes.fold(0, u32::saturating_add);
        let mut cores = ReturnedVector(Vector::<CoreRange>::empty());
        // SAFETY: as above; the vector is constructed in place.
        unsafe { ranges(&raw mut cores.0, kernel) };
        // SAFETY: just filled.
        note(bytes, unsafe { cores.0.elements() });
    }
    Some(())
}

/// How many binaries a kernel has, if it is of a class that is known.
unsafe fn binaries_of(kernel: *const Kernel) -> Option<i32> {
    if kernel.is_null() || !kernel.cast::<usize>().is_aligned() {
        return None;
    }
    // SAFETY: promised by the caller: a live kernel begins with its vtable pointer.
    let vtable = unsafe { word(kernel, 0) };
    // An object's pointer skips the two words before the first function.
    let is = |class: &&Class| {
        class
            .vtable
            .get()
            .is_some_and(|it| it.addr() + 16 == vtable)
    };
    let binaries = CLASSES.iter().find(is)?.binaries.get()?;
    // SAFETY: it is a kernel of that class.
    Some(i32::from(unsafe { binaries(kernel) }))
}

/// The functions without which no kernel can be read.
pub(crate) fn missing() -> impl Iterator<Item = &'static str> {
    let own = [
        KERNELS.get().is_none().then(|| KERNELS.name()),
        RANGES.get().is_none().then(|| RANGES.name()),
        PACKED_SIZE.get().is_none().then(|| PACKED_SIZE.name()),
    ];
    let classes = CLASSES.iter().flat_map(|class| {
        [
            class.vtable.get().is_none().then(|| class.vtable.name()),
            class
                .binaries
                .get()
                .is_none()
                .then(|| class.binaries.name()),
        ]
    });
    own.into_iter().chain(classes).flatten()
}
