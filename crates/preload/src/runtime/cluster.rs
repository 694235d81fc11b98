//! The cluster: unique ids of chips.

use crate::containers::unordered_map_nodes;
use crate::symbols::Import;
use std::ffi::c_void;
use ttmem_producer::ChipSet;

type Step = unsafe extern "C-unwind" fn(*const c_void) -> *const c_void;

// SAFETY: static `bool instance_exists(ContextId)`, a number.
static EXISTS: Import<unsafe extern "C-unwind" fn(i32) -> bool> = unsafe {
    Import::new(
        c"_ZN2tt8tt_metal12MetalContext15instance_existsEN4ttsl10StrongTypeIiNS0_12ContextIdTagEEE",
    )
};
// SAFETY: static `MetalContext& instance(ContextId)`.
static INSTANCE: Import<unsafe extern "C-unwind" fn(i32) -> *const c_void> = unsafe {
    Import::new(c"_ZN2tt8tt_metal12MetalContext8instanceEN4ttsl10StrongTypeIiNS0_12ContextIdTagEEE")
};
// SAFETY: static `MetalContext& instance()` of older versions.
static ONLY_INSTANCE: Import<unsafe extern "C-unwind" fn() -> *const c_void> =
    unsafe { Import::new(c"_ZN2tt8tt_metal12MetalContext8instanceEv") };
// SAFETY: `Cluster& get_cluster()`.
static CLUSTER: Import<Step> =
    unsafe { Import::new(c"_ZN2tt8tt_metal12MetalContext11get_clusterEv") };
// SAFETY: `ClusterDescriptor* get_cluster_desc() const`.
static DESCRIPTOR: Import<Step> = unsafe { Import::new(c"_ZNK2tt7Cluster16get_cluster_descEv") };
// SAFETY: `const std::unordered_map<int, uint64_t>& get_chip_unique_ids() const`.
static UNIQUE_IDS: Import<Step> =
    unsafe { Import::new(c"_ZNK2tt3umd17ClusterDescriptor19get_chip_unique_idsEv") };

/// The unique id of a chip; 0 if the runtime cannot say.
///
/// # Safety
/// A device is being opened or open: the runtime's context exists and stays.
pub(crate) unsafe fn unique_id(chip: u32) -> u64 {
    // SAFETY: promised by the caller.
    unsafe { find(chip) }.unwrap_or(0)
}

unsafe fn find(chip: u32) -> Option<u64> {
    let (cluster, descriptor, unique_ids) = (CLUSTER.get()?, DESCRIPTOR.get()?, UNIQUE_IDS.get()?);
    // SAFETY: each step gets what the one before returned, checked for null; the map is filled
    // when the cluster is opened and not changed afterwards. A node is the next node, the chip (an
    // int) and its unique id.
    unsafe {
        let context = match (INSTANCE.get(), EXISTS.get()) {
            (Some(instance), Some(exists)) if exists(0) => instance(0),
            (None, _) => ONLY_INSTANCE.get()?(),
            _ => return None,
        };
        let mut object = context;
        for step in [cluster, descriptor, unique_ids] {
            if object.is_null() {
                return None;
            }
            object = step(object);
        }
        if object.is_null() {
            return None;
        }
        unordered_map_nodes(object, ChipSet::EMPTY.0.count_zeros() as usize)
            .find(|node| *node.add(1).cast::<u32>() == chip)
            .map(|node| *node.add(2) as u64)
    }
}
