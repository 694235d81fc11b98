//! A mesh of chips: `MeshDevice`.

use super::{CommandQueue, Device, device, word};
use crate::containers::{ReturnedVector, Vector};
use crate::symbols::Import;
use std::ffi::c_void;
use ttmem_producer::ChipSet;

// SAFETY: `int id() const`.
static ID: Import<unsafe extern "C-unwind" fn(*const Device) -> i32> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal11distributed10MeshDevice2idEv") };
// SAFETY: `std::vector<int> get_device_ids() const`: the result's place is the first argument.
static DEVICE_IDS: Import<unsafe extern "C-unwind" fn(*mut Vector<i32>, *const Device)> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal11distributed10MeshDevice14get_device_idsEv") };
// SAFETY: a vtable: an object, used by address only.
static IMPL_VTABLE: Import<*const c_void> =
    unsafe { Import::new(c"_ZTVN2tt8tt_metal11distributed14MeshDeviceImplE") };
// SAFETY: `const std::shared_ptr<MeshDevice>& get_parent_mesh() const` of `MeshDeviceImpl`.
static PARENT: Import<unsafe extern "C-unwind" fn(*const c_void) -> *const *const Device> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal11distributed14MeshDeviceImpl15get_parent_meshEv") };

/// Where a mesh keeps the pointer to its `MeshDeviceImpl`: after its vtable pointer and the weak
/// pointer to itself.
const IMPL: usize = 0x18;
/// Where a command queue keeps the pointer to its mesh: after its vtable pointer.
const QUEUE_MESH: usize = 0x8;

/// The runtime's number of a mesh.
///
/// # Safety
/// `mesh` is a live mesh.
pub(crate) unsafe fn number(mesh: *const Device) -> u32 {
    // SAFETY: promised by the caller.
    ID.get().map_or(0, |id| unsafe { id(mesh) }).cast_unsigned()
}

/// The chips of this host that a mesh covers.
///
/// # Safety
/// `mesh` is a live mesh.
pub(crate) unsafe fn chips(mesh: *const Device) -> ChipSet {
    let Some(device_ids) = DEVICE_IDS.get() else {
        return ChipSet::EMPTY;
    };
    let mut ids = ReturnedVector(Vector::<i32>::empty());
    // SAFETY: promised by the caller; the vector is constructed in place.
    unsafe { device_ids(&raw mut ids.0, mesh) };
    // SAFETY: just filled.
    unsafe { ids.0.elements() }
        .iter()
        .filter_map(|id| ChipSet::of(u32::try_from(*id).ok()?))
        .fold(ChipSet::EMPTY, ChipSet::or)
}

/// The mesh this one was carved from, if it is a submesh and the runtime can say so.
///
/// # Safety
/// `mesh` is a live mesh.
pub(crate) unsafe fn parent(mesh: *const Device) -> Option<*const Device> {
    let (parent, vtable) = (PARENT.get()?, IMPL_VTABLE.get()?);
    // SAFETY: promised by the caller; a mesh is larger than this offset.
    let inner = std::ptr::with_exposed_provenance::<c_void>(unsafe { word(mesh, IMPL) });
    if inner.is_null() || !inner.cast::<usize>().is_aligned() {
        return None;
    }
    // SAFETY: the object behind that pointer begins with a vtable pointer, which is compared before
    // the object is used.
    if unsafe { word(inner, 0) } != vtable.addr() + 16 {
        return None;
    }
    // SAFETY: it is a MeshDeviceImpl; a shared_ptr begins with the pointer.
    let parent = unsafe { *parent(inner) };
    // SAFETY: null or a live mesh, kept alive by the shared_ptr in its submesh.
    (unsafe { device::sort(parent) } == Some(device::Sort::Mesh)).then_some(parent)
}

/// The mesh of a command queue.
///
/// # Safety
/// `queue` is a live command queue.
pub(crate) unsafe fn of_queue(queue: *const CommandQueue) -> Option<*const Device> {
    // SAFETY: promised by the caller.
    let mesh = std::ptr::with_exposed_provenance::<Device>(unsafe { word(queue, QUEUE_MESH) });
    // SAFETY: the queue keeps a pointer there; it is compared before it is used.
    (unsafe { device::sort(mesh) } == Some(device::Sort::Mesh)).then_some(mesh)
}
