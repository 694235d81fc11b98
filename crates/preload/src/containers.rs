//! Reading the few C++ containers that the runtime's accessors hand out (libstdc++'s layout).

use crate::symbols::Import;
use std::ffi::c_void;

/// `std::vector<T>`.
#[repr(C)]
pub(crate) struct Vector<T> {
    begin: *const T,
    end: *const T,
    limit: *const T,
}

impl<T> Vector<T> {
    /// An empty one for an accessor to construct its result over.
    pub(crate) const fn empty() -> Self {
        Self {
            begin: std::ptr::null(),
            end: std::ptr::null(),
            limit: std::ptr::null(),
        }
    }

    /// The elements.
    ///
    /// # Safety
    /// It was filled by the runtime as a `std::vector` of `T`s and is alive.
    pub(crate) unsafe fn elements(&self) -> &[T] {
        if self.begin.is_null() || !self.begin.is_aligned() {
            return &[];
        }
        let bytes = self.end.addr().saturating_sub(self.begin.addr());
        // SAFETY: promised by the caller; begin is not null and aligned.
        unsafe { std::slice::from_raw_parts(self.begin, bytes / size_of::<T>()) }
    }
}

// SAFETY: the type of `operator delete(void*)`.
static OPERATOR_DELETE: Import<unsafe extern "C" fn(*mut c_void)> =
    unsafe { Import::new(c"_ZdlPv") };

/// A vector that an accessor returned by value: given back to the C++ heap when dropped.
pub(crate) struct ReturnedVector<T>(pub(crate) Vector<T>);

impl<T> Drop for ReturnedVector<T> {
    fn drop(&mut self) {
        if let (false, Some(delete)) = (self.0.begin.is_null(), OPERATOR_DELETE.get()) {
            // SAFETY: the buffer came from the runtime's `operator new`, and the elements need no
            // destructor (only numbers and pointers are read this way).
            unsafe { delete(self.0.begin.cast_mut().cast()) };
        }
    }
}

/// The first word of a `std::unordered_map`'s nodes, in the order the map keeps them; the key
/// follows it. Stops at `limit` nodes, so that a layout which is not as thought cannot loop.
///
/// # Safety
/// `map` is a live `std::unordered_map` that nobody changes while it is walked.
pub(crate) unsafe fn unordered_map_nodes(
    map: *const c_void,
    limit: usize,
) -> impl Iterator<Item = *const usize> {
    // Buckets, number of buckets, first node, number of nodes.
    // SAFETY: promised by the caller.
    let (first, count) = unsafe {
        let words = map.cast::<usize>();
        (*words.add(2), *words.add(3))
    };
    let mut node = std::ptr::with_exposed_provenance::<usize>(first);
    let mut left = count.min(limit);
    std::iter::from_fn(move || {
        if node.is_null() || left == 0 {
            return None;
        }
        left -= 1;
        let this = node;
        // SAFETY: promised by the caller; a node begins with the pointer to the next.
        node = std::ptr::with_exposed_provenance(unsafe { *this });
        Some(this)
    })
}
