//! Every page of a mapped file, had before it is used.

use memmap2::{MmapOptions, MmapRaw};
use nix::errno::Errno;
use nix::fcntl::posix_fallocate;
use std::fs::File;
use std::io;

/// Why the pages of a file could not be had.
pub(crate) enum Missing {
    /// The file system is full, or the memory behind it.
    Room,
    /// Something else failed.
    Step(&'static str, io::Error),
}

/// Tries of a call that a signal interrupts.
const TRIES: usize = 64;

/// Gives an empty file its length and maps it with every page present and writable: a page that
/// cannot be had is an error here and would be a SIGBUS later, and its first touch costs a
/// microsecond that no event shall pay.
pub(crate) fn map_populated(file: &File, bytes: u64) -> Result<MmapRaw, Missing> {
    file.set_len(bytes)
        .map_err(|error| Missing::Step("size", error))?;
    let map = MmapOptions::new().map_raw(file);
    let map = map.map_err(|error| Missing::Step("map", error))?;
    match patiently(|| populate(&map)) {
        Ok(()) => Ok(map),
        // The fault that a touch would have ended in.
        Err(Errno::EFAULT | Errno::ENOMEM | Errno::ENOSPC) => Err(Missing::Room),
        // A kernel before 5.14 does not know the call.
        Err(Errno::EINVAL) => allocate_then_map(file, bytes),
        Err(errno) => Err(Missing::Step("reserve", errno.into())),
    }
}

fn populate(map: &MmapRaw) -> Result<(), Errno> {
    // SAFETY: the range is this mapping, and writing nothing to its pages changes nothing.
    let done = unsafe {
        libc::madvise(
            map.as_mut_ptr().cast(),
            map.len(),
            libc::MADV_POPULATE_WRITE,
        )
    };
    Errno::result(done).map(drop)
}

/// The same in two steps, which takes longer: space first, then every page.
fn allocate_then_map(file: &File, bytes: u64) -> Result<MmapRaw, Missing> {
    let reserve = |errno: Errno| Missing::Step("reserve", errno.into());
    let length = libc::off_t::try_from(bytes).map_err(|_| reserve(Errno::EFBIG))?;
    match patiently(|| posix_fallocate(file, 0, length)) {
        Ok(()) => {}
        Err(Errno::ENOSPC | Errno::EDQUOT | Errno::ENOMEM) => return Err(Missing::Room),
        Err(errno) => return Err(reserve(errno)),
    }
    let map = MmapOptions::new().populate().map_raw(file);
    map.map_err(|error| Missing::Step("map", error))
}

/// Starts over when a signal interrupted the call, not for ever.
fn patiently(call: impl Fn() -> Result<(), Errno>) -> Result<(), Errno> {
    (0..TRIES)
        .map(|_| call())
        .find(|result| *result != Err(Errno::EINTR))
        .unwrap_or(Err(Errno::EINTR))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a kernel without the one-step call does leaves the same.
    #[test]
    fn both_ways_give_a_file_of_that_length_that_reads_zero() {
        let bytes = 3 * 4096;
        for make in [map_populated, allocate_then_map] {
            let file = tempfile::tempfile_in("/dev/shm").expect("a file");
            let Ok(map) = make(&file, bytes) else {
                panic!("12 KiB are no room")
            };
            assert_eq!(map.len() as u64, bytes);
            assert_eq!(file.metadata().expect("its length").len(), bytes);
            let read = std::os::unix::fs::FileExt::read_exact_at;
            let mut all = vec![1; bytes as usize];
            read(&file, &mut all, 0).expect("its bytes");
            assert!(all.iter().all(|byte| *byte == 0));
        }
    }
}
