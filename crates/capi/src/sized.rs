//! Structures that may have been compiled against another version of the header.

/// A structure of the interface.
///
/// # Safety
/// `repr(C)`, starts with a `u32` that holds its size in the caller's version, and all-zero bytes
/// are a value of it.
pub(crate) unsafe trait Sized32: Copy {
    /// Sizes it had in earlier versions. No other size below its own is taken: it might end in the
    /// middle of a pointer.
    const EARLIER: &[usize];
}

/// No version will ever be larger: a size beyond is a size that was never set.
const LARGEST: usize = 4096;

/// What `pointer` points to, in this version's shape: what an older caller does not know is zero,
/// what a newer caller knows beyond it must be. `None` for null, for a size no version had, and for a
/// newer caller that asks for what this version cannot do.
///
/// # Safety
/// `pointer` is null or points to as many readable bytes as its first four say, and to four at least.
#[inline]
pub(crate) unsafe fn read<T: Sized32>(pointer: *const T) -> Option<T> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, so the caller vouches for four bytes.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() } as usize;
    if size == size_of::<T>() {
        // SAFETY: the caller vouches for `size` bytes, and a `T` has as many.
        return Some(unsafe { pointer.read_unaligned() });
    }
    // SAFETY: the caller's promise is passed on.
    unsafe { read_other(pointer, size) }
}

/// # Safety
/// `pointer` points to `size` readable bytes.
#[cold]
unsafe fn read_other<T: Sized32>(pointer: *const T, size: usize) -> Option<T> {
    let is_newer = (size_of::<T>()..=LARGEST).contains(&size);
    if !is_newer && !T::EARLIER.contains(&size) {
        return None;
    }
    // SAFETY: the caller vouches for `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), size) };
    let known = size.min(size_of::<T>());
    if bytes[known..].iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: both are valid for `known` bytes and the destination is a local.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), value.as_mut_ptr().cast(), known) };
    // SAFETY: zeroes are a value of `T` (`Sized32`), and so are bytes a C program put over a prefix:
    // its fields are integers and pointers.
    Some(unsafe { value.assume_init() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(C)]
    struct Known {
        struct_size: u32,
        first: u32,
        second: u64,
    }

    // SAFETY: repr(C), size first, integers only.
    unsafe impl Sized32 for Known {
        const EARLIER: &[usize] = &[8];
    }

    fn read_words(words: &[u32]) -> Option<Known> {
        // SAFETY: each test passes at least as many bytes as its first word says.
        unsafe { read(words.as_ptr().cast::<Known>()) }
    }

    #[test]
    fn a_caller_of_this_version_is_read_whole() {
        let known = read_words(&[16, 7, 9, 0]);
        assert_eq!(
            known,
            Some(Known {
                struct_size: 16,
                first: 7,
                second: 9
            })
        );
    }

    #[test]
    fn what_an_older_caller_does_not_know_is_zero() {
        let known = read_words(&[8, 7, 99, 99]);
        assert_eq!(
            known,
            Some(Known {
                struct_size: 8,
                first: 7,
                second: 0
            })
        );
    }

    #[test]
    fn a_newer_caller_is_served_if_it_asks_for_nothing_new() {
        assert!(read_words(&[24, 7, 9, 0, 0, 0]).is_some());
        assert_eq!(read_words(&[24, 7, 9, 0, 0, 1]), None);
    }

    #[test]
    fn a_size_never_set_is_refused() {
        assert_eq!(read_words(&[0, 7, 9, 0]), None);
        assert_eq!(read_words(&[3, 7, 9, 0]), None);
        assert_eq!(read_words(&[4, 7, 9, 0]), None);
        assert_eq!(read_words(&[12, 7, 9, 0]), None);
        assert_eq!(read_words(&[u32::MAX, 7, 9, 0]), None);
        // SAFETY: null is among what may be passed.
        assert_eq!(unsafe { read::<Known>(std::ptr::null()) }, None);
    }
}
