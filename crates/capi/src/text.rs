//! Text from C.

use std::borrow::Cow;
use std::ffi::{CStr, c_char};

/// The text at `pointer`; none for null. What is not UTF-8 is shown with replacement characters (that
/// alone allocates).
///
/// # Safety
/// `pointer` is null or points to a null-terminated string that lives and stays as it is for `'a`.
#[inline]
pub(crate) unsafe fn text<'a>(pointer: *const c_char) -> Option<Cow<'a, str>> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, so the caller vouches for a null-terminated string.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy())
}
