//! Programs, when they are dispatched and when they go: what a dispatch makes resident.

use crate::programs;
use crate::residency::{self, Changes};
use crate::runtime::{CommandQueue, Program, Workload, mesh, workload};
use crate::symbols::Import;
use crate::{kernels, session};
use ttmem_producer::note_unattributed;

// SAFETY: `void EnqueueMeshWorkload(MeshCommandQueue&, MeshWorkload&, bool)`.
static ENQUEUE: Import<unsafe extern "C-unwind" fn(*mut CommandQueue, *mut Workload, bool)> = unsafe {
    Import::new(
        c"_ZN2tt8tt_metal11distributed19EnqueueMeshWorkloadERNS1_16MeshCommandQueueERNS1_12MeshWorkloadEb",
    )
};
// SAFETY: `ProgramImpl::~ProgramImpl()`.
static DESTROY: Import<unsafe extern "C-unwind" fn(*mut Program)> =
    unsafe { Import::new(c"_ZN2tt8tt_metal6detail11ProgramImplD1Ev") };

#[unsafe(export_name = "_ZN2tt8tt_metal11distributed19EnqueueMeshWorkloadERNS1_16MeshCommandQueueERNS1_12MeshWorkloadEb")]
unsafe extern "C-unwind" fn enqueue_mesh_workload(
    queue: *mut CommandQueue,
    work: *mut Workload,
    blocking: bool,
) {
    let Some(real) = ENQUEUE.get() else {
        return crate::lost(&ENQUEUE);
    };
    // SAFETY: the caller's own arguments.
    unsafe { real(queue, work, blocking) };
    if session::live() {
        // SAFETY: the caller still holds both.
        let _ = unsafe { dispatched(queue, work) };
    }
}

#[unsafe(export_name = "_ZN2tt8tt_metal6detail11ProgramImplD1Ev")]
unsafe extern "C-unwind" fn destroy(this: *mut Program) {
    let Some(real) = DESTROY.get() else {
        return crate::lost(&DESTROY);
    };
    if session::live() {
        residency::destroyed(this);
    }
    // SAFETY: the caller's own arguments.
    unsafe { real(this) };
}

/// A workload was dispatched: its programs' circular buffers and kernels are what its chips hold now.
unsafe fn dispatched(queue: *const CommandQueue, work: *const Workload) -> Option<()> {
    // SAFETY: promised by the caller.
    let mesh = unsafe { mesh::of_queue(queue)? };
    let known = |program| programs::find(program).is_some();
    let mut nothing_new = true;
    // SAFETY: promised by the caller.
    for entry in unsafe { workload::programs(work, known)? } {
        let Some(alive) = programs::find_or_add(entry.program) else {
            note_unattributed();
            continue;
        };
        let chips = alive.chips_on(mesh).unwrap_or_else(|| {
            // SAFETY: promised by the caller.
            let chips = unsafe { workload::chips(&entry, mesh) };
            // SAFETY: as above: the dispatch is over.
            alive.load(&unsafe { kernels::of(entry.program, mesh) });
            alive.runs_on(mesh, chips);
            residency::refresh(chips);
            chips
        });
        nothing_new &= residency::have(chips, alive);
    }
    let mut changes = Changes::default();
    if !nothing_new {
        // All of them, also where a chip had its own: by now another thread may have given it something else.
        // SAFETY: promised by the caller.
        for entry in unsafe { workload::programs(work, known)? } {
            if let Some(alive) = programs::find(entry.program) {
                changes.dispatched(alive, alive.chips_on(mesh).unwrap_or_default());
            }
        }
    }
    changes.settle();
    Some(())
}

/// The functions without which nothing is resident.
pub(crate) fn missing() -> impl Iterator<Item = &'static str> {
    let missing = [
        ENQUEUE.get().is_none().then(|| ENQUEUE.name()),
        DESTROY.get().is_none().then(|| DESTROY.name()),
    ];
    missing.into_iter().flatten()
}
