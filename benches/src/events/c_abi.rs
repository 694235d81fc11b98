//! The same events through the C interface: a shared library, found and called as a C program does.
#![allow(unsafe_code)]

use crate::workload::{self, BANKS, PER_BANK};
use anyhow::{Context, Result, ensure};
use libloading::Library;
use std::ffi::CString;
use std::hint::black_box;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use ttmem::{ttmem_allocation, ttmem_options};

const DRAM: u32 = 0;
const CHIP: u32 = 1;

/// `libttmem.so`, with a segment of its own: its copy of the producer knows nothing of the one this
/// program is linked with.
pub(crate) struct CLibrary {
    alloc: unsafe extern "C" fn(*const ttmem_allocation) -> i32,
    free: unsafe extern "C" fn(u32, u32, u64) -> i32,
    attach: unsafe extern "C" fn(*const ttmem_options) -> i32,
    detach: unsafe extern "C" fn(),
    register_pool: unsafe extern "C" fn(u32, u64, u32, u32) -> u32,
    pool: u32,
}

impl CLibrary {
    /// The library beside this program.
    pub(crate) fn load() -> Result<Self> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let path = own.with_file_name("libttmem.so");
        // SAFETY: our own library; loading it runs nothing but what registers its thread-locals.
        let library = unsafe { Library::new(&path) }
            .with_context(|| format!("cannot load {}: build ttmem-capi", path.display()))?;
        // SAFETY: the types are those of `ttmem.h`, of the same build.
        let loaded = unsafe {
            Self {
                alloc: *library.get(b"ttmem_alloc")?,
                free: *library.get(b"ttmem_free")?,
                attach: *library.get(b"ttmem_attach")?,
                detach: *library.get(b"ttmem_detach")?,
                register_pool: *library.get(b"ttmem_register_pool")?,
                pool: 0,
            }
        };
        // Its functions are called until the process ends.
        std::mem::forget(library);
        Ok(loaded)
    }

    /// Attaches as a C program would, and makes ready for batches.
    pub(crate) fn attach(&mut self, directory: &Path) -> Result<()> {
        let dir = CString::new(directory.as_os_str().as_bytes())?;
        let options = ttmem_options {
            struct_size: size_of::<ttmem_options>() as u32,
            mode: 0,
            dir: dir.as_ptr(),
            ring_records: 0,
            live_slots: 0,
            run_id: 0,
            keep: 0,
            always: 1,
        };
        // SAFETY: the structure is of the size it names, its string lives through the call.
        let outcome = unsafe { (self.attach)(&raw const options) };
        ensure!(outcome == 1, "libttmem could not attach: {outcome}");
        // SAFETY: takes integers only.
        self.pool = unsafe { (self.register_pool)(CHIP, 1, 0, 0) };
        workload::prepare(0, |address| self.begin(address));
        Ok(())
    }

    /// Ends what `attach` began.
    pub(crate) fn detach(&self) {
        // SAFETY: may be called at any time.
        unsafe { (self.detach)() };
    }

    /// One batch.
    #[inline(never)]
    pub(crate) fn batch(&self) {
        workload::batch(
            0,
            |address| self.begin(address),
            |address| self.end(address),
        );
    }

    #[inline(always)]
    fn begin(&self, address: u64) {
        let allocation = ttmem_allocation {
            struct_size: size_of::<ttmem_allocation>() as u32,
            pool: self.pool,
            buffer_type: DRAM,
            banks: u32::from(BANKS),
            address,
            requested: 24_000,
            per_bank: black_box(PER_BANK),
            id: 0,
        };
        // SAFETY: the structure is of the size it names.
        unsafe { (self.alloc)(&raw const allocation) };
    }

    #[inline(always)]
    fn end(&self, address: u64) {
        // SAFETY: takes integers only.
        unsafe { (self.free)(self.pool, DRAM, address) };
    }
}
