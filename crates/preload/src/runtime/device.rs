//! One chip: `Device`, told apart from a mesh by its vtable.

use super::{Allocator, Device};
use crate::symbols::Import;
use std::ffi::c_void;

type Getter<R> = unsafe extern "C-unwind" fn(*const Device) -> R;

/// `CoreCoord`, returned in two registers.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) x: u64,
    pub(crate) y: u64,
}

macro_rules! getters {
    ($($name:ident: $result:ty = $symbol:literal;)*) => {
        $(
            // SAFETY: a const member function without arguments that returns this.
            static $name: Import<Getter<$result>> = unsafe { Import::new($symbol) };
        )*
    };
}

getters! {
    ARCH: u32 = c"_ZNK2tt8tt_metal6Device4archEv";
    DRAM_CHANNELS: i32 = c"_ZNK2tt8tt_metal6Device17num_dram_channelsEv";
    DRAM_PER_CHANNEL: u32 = c"_ZNK2tt8tt_metal6Device21dram_size_per_channelEv";
    L1_PER_CORE: u32 = c"_ZNK2tt8tt_metal6Device16l1_size_per_coreEv";
    ALLOCATOR: *const *const Allocator = c"_ZNK2tt8tt_metal6Device14allocator_implEv";
    GRID: Grid = c"_ZNK2tt8tt_metal6Device30compute_with_storage_grid_sizeEv";
}

// SAFETY: both are vtables: objects, used by address only.
static CHIP_VTABLE: Import<*const c_void> = unsafe { Import::new(c"_ZTVN2tt8tt_metal6DeviceE") };
// SAFETY: as above.
static MESH_VTABLE: Import<*const c_void> =
    unsafe { Import::new(c"_ZTVN2tt8tt_metal11distributed10MeshDeviceE") };

/// What an `IDevice` is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// One chip.
    Chip,
    /// A mesh or submesh.
    Mesh,
}

/// What this device is, if it is one of the two known sorts.
///
/// # Safety
/// `device` is null or points to a readable, word-aligned object.
pub(crate) unsafe fn sort(device: *const Device) -> Option<Sort> {
    if device.is_null() || !device.cast::<usize>().is_aligned() {
        return None;
    }
    // SAFETY: promised by the caller.
    let vtable = unsafe { super::word(device, 0) };
    // An object's pointer skips the two words before the first function.
    let is = |import: &Import<*const c_void>| {
        import
            .get()
            .is_some_and(|table| table.addr() + 16 == vtable)
    };
    if is(&MESH_VTABLE) {
        Some(Sort::Mesh)
    } else if is(&CHIP_VTABLE) {
        Some(Sort::Chip)
    } else {
        None
    }
}

/// The number of a chip. `Device::id` is not exported; it follows `Device::arch` in the vtable.
///
/// # Safety
/// `device` is a live chip.
pub(crate) unsafe fn chip_number(device: *const Device) -> Option<u32> {
    /// Entries searched; `arch` is the third.
    const ENTRIES: usize = 8;
    let arch = ARCH.get()? as usize;
    // SAFETY: a live chip's first word points to its vtable, which has some two hundred entries.
    let table = unsafe { *device.cast::<*const usize>() };
    // SAFETY: as above.
    let at = (0..ENTRIES).find(|index| unsafe { *table.add(*index) } == arch)?;
    // SAFETY: the entry after `arch` is `id`, an int-returning getter.
    let id = unsafe {
        let entry = *table.add(at + 1);
        std::mem::transmute::<usize, Getter<i32>>(entry)(device)
    };
    u32::try_from(id).ok()
}

/// Name of a chip's architecture.
///
/// # Safety
/// `device` is a live chip.
pub(crate) unsafe fn arch(device: *const Device) -> &'static str {
    // SAFETY: promised by the caller.
    match ARCH.get().map(|arch| unsafe { arch(device) }) {
        Some(1) => "grayskull",
        Some(2) => "wormhole_b0",
        Some(3) => "blackhole",
        Some(4) => "quasar",
        _ => "",
    }
}

/// A chip's memory: DRAM of the whole chip, L1 of one core.
pub(crate) struct Memory {
    pub(crate) dram: u64,
    pub(crate) l1_core: u64,
    /// Cores of the grid that programs may use.
    pub(crate) grid_cores: u32,
}

/// How much memory a chip has; 0 for what the runtime cannot say.
///
/// # Safety
/// `device` is a live, initialised chip.
pub(crate) unsafe fn memory(device: *const Device) -> Memory {
    // SAFETY: promised by the caller, for all four.
    unsafe {
        let channels = DRAM_CHANNELS.get().map_or(0, |get| get(device));
        let per_channel = DRAM_PER_CHANNEL.get().map_or(0, |get| get(device));
        let l1_core = L1_PER_CORE.get().map_or(0, |get| get(device));
        let grid = GRID.get().map_or(Grid { x: 0, y: 0 }, |get| get(device));
        Memory {
            dram: u64::try_from(channels).unwrap_or(0) * u64::from(per_channel),
            l1_core: u64::from(l1_core),
            grid_cores: u32::try_from(grid.x.saturating_mul(grid.y)).unwrap_or(0),
        }
    }
}

/// The allocator of an initialised chip.
///
/// # Safety
/// `device` is a live, initialised chip.
pub(crate) unsafe fn allocator(device: *const Device) -> Option<*const Allocator> {
    // SAFETY: promised by the caller; the function returns a reference to a unique_ptr, which is
    // one pointer.
    let allocator = unsafe { *ALLOCATOR.get()?(device) };
    (!allocator.is_null()).then_some(allocator)
}
