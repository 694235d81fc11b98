//! `Buffer`: type, sizes, address, device and the runtime's own number.
//!
//! The getters are exported from 0.79 on. Before that they were inlined; the fields lie where
//! [`Fields`] says, which is checked against what was exported all along before it is believed.

use super::{Buffer, Device, device, word};
use crate::symbols::Import;
use std::sync::atomic::{AtomicU8, Ordering};
use ttmem_producer::BufferType;

type Getter<R> = unsafe extern "C-unwind" fn(*const Buffer) -> R;

macro_rules! getters {
    ($($name:ident: $result:ty = $symbol:literal;)*) => {
        $(
            // SAFETY: a const member function without arguments that returns this.
            static $name: Import<Getter<$result>> = unsafe { Import::new($symbol) };
        )*
    };
}

getters! {
    SIZE: u64 = c"_ZNK2tt8tt_metal6Buffer4sizeEv";
    BUFFER_TYPE: u32 = c"_ZNK2tt8tt_metal6Buffer11buffer_typeEv";
    DEVICE: *mut Device = c"_ZNK2tt8tt_metal6Buffer6deviceEv";
    UNIQUE_ID: u64 = c"_ZNK2tt8tt_metal6Buffer9unique_idEv";
    ADDRESS: u32 = c"_ZNK2tt8tt_metal6Buffer7addressEv";
    ALIGNED_SIZE: u64 = c"_ZNK2tt8tt_metal6Buffer12aligned_sizeEv";
    ALIGNED_SIZE_PER_BANK: u64 = c"_ZNK2tt8tt_metal6Buffer21aligned_size_per_bankEv";
    IS_L1: bool = c"_ZNK2tt8tt_metal6Buffer5is_l1Ev";
}

/// Offsets of the fields in versions before 0.79.
struct Fields;

impl Fields {
    const DEVICE: usize = 0x10;
    const SIZE: usize = 0x18;
    const BUFFER_TYPE: usize = 0x20;
}

const UNKNOWN: u8 = 0;
const GETTERS: u8 = 1;
const FIELDS: u8 = 2;
const UNREADABLE: u8 = 3;

static READING: AtomicU8 = AtomicU8::new(UNKNOWN);

/// What one allocation is about.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) buffer_type: BufferType,
    pub(crate) size: u64,
}

/// Type and requested size of a buffer, if this version's buffers can be read.
///
/// # Safety
/// `buffer` is a live buffer of the runtime.
#[inline]
pub(crate) unsafe fn request(buffer: *const Buffer) -> Option<Request> {
    let (number, size) = match READING.load(Ordering::Relaxed) {
        // SAFETY: promised by the caller.
        GETTERS => unsafe { (BUFFER_TYPE.get()?(buffer), SIZE.get()?(buffer)) },
        // SAFETY: promised by the caller; the offsets were checked.
        FIELDS => unsafe {
            (
                word(buffer, Fields::BUFFER_TYPE) as u32,
                word(buffer, Fields::SIZE) as u64,
            )
        },
        UNREADABLE => return None,
        // SAFETY: promised by the caller.
        _ => return unsafe { choose_reading(buffer) },
    };
    // The enum is a byte in some versions: what lies above it is not defined.
    Some(Request {
        buffer_type: BufferType::from_number(number as u8)?,
        size,
    })
}

/// Decides, on the first buffer seen, how buffers are read.
#[cold]
unsafe fn choose_reading(buffer: *const Buffer) -> Option<Request> {
    let getters = BUFFER_TYPE.get().is_some() && SIZE.get().is_some() && DEVICE.get().is_some();
    // SAFETY: promised by the caller.
    let reading = if getters {
        GETTERS
    } else if unsafe { fields_fit(buffer) } {
        FIELDS
    } else {
        crate::notice::say(
            "this version of the runtime keeps its buffers in a way that is not known: \
             buffers are not tracked",
        );
        UNREADABLE
    };
    READING.store(reading, Ordering::Relaxed);
    // SAFETY: promised by the caller; `READING` is decided, so this does not recur.
    unsafe { request(buffer) }
}

/// Whether the fields say the same as the functions every version exports.
unsafe fn fields_fit(buffer: *const Buffer) -> bool {
    let (Some(aligned_size), Some(is_l1)) = (ALIGNED_SIZE.get(), IS_L1.get()) else {
        return false;
    };
    // SAFETY: promised by the caller; a buffer is larger than any of these offsets.
    unsafe {
        let size = word(buffer, Fields::SIZE) as u64;
        let aligned = aligned_size(buffer);
        let number = word(buffer, Fields::BUFFER_TYPE) as u8;
        let l1 = number == BufferType::L1 as u8 || number == BufferType::L1Small as u8;
        let owner = std::ptr::with_exposed_provenance::<Device>(word(buffer, Fields::DEVICE));
        BufferType::from_number(number).is_some()
            && is_l1(buffer) == l1
            && size != 0
            && size <= aligned
            && device::sort(owner).is_some()
    }
}

/// The chip or mesh a buffer lies on.
///
/// # Safety
/// As for [`request`], which has been asked before.
pub(crate) unsafe fn device(buffer: *const Buffer) -> Option<*const Device> {
    match READING.load(Ordering::Relaxed) {
        // SAFETY: promised by the caller.
        GETTERS => DEVICE
            .get()
            .map(|device| unsafe { device(buffer) }.cast_const()),
        // SAFETY: promised by the caller; the offsets were checked.
        FIELDS => Some(std::ptr::with_exposed_provenance(unsafe {
            word(buffer, Fields::DEVICE)
        })),
        _ => None,
    }
}

/// Bytes the buffer takes in each bank, as the allocator counts them.
///
/// # Safety
/// As for [`request`].
#[inline]
pub(crate) unsafe fn per_bank(buffer: *const Buffer) -> Option<u64> {
    // SAFETY: promised by the caller.
    ALIGNED_SIZE_PER_BANK
        .get()
        .map(|size| unsafe { size(buffer) })
}

/// The runtime's own number of the buffer; 0 where it has none.
///
/// # Safety
/// As for [`request`].
#[inline]
pub(crate) unsafe fn id(buffer: *const Buffer) -> u64 {
    // SAFETY: promised by the caller.
    UNIQUE_ID.get().map_or(0, |id| unsafe { id(buffer) })
}

/// The address of an allocated buffer. Throws, as the allocator's own call would, when it has none.
///
/// # Safety
/// As for [`request`].
#[inline]
pub(crate) unsafe fn address(buffer: *const Buffer) -> Option<u64> {
    // SAFETY: promised by the caller.
    ADDRESS
        .get()
        .map(|address| u64::from(unsafe { address(buffer) }))
}

/// What tracking buffers needs of the runtime, by name, where it is missing.
pub(crate) fn missing() -> impl Iterator<Item = &'static str> {
    let per_bank = ALIGNED_SIZE_PER_BANK
        .get()
        .is_none()
        .then(|| ALIGNED_SIZE_PER_BANK.name());
    let address = ADDRESS.get().is_none().then(|| ADDRESS.name());
    per_bank.into_iter().chain(address)
}
