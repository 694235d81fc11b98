//! The first page of a segment: what it is, whose it is, where its parts are.

use crate::Section;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// First bytes of every segment.
pub const MAGIC: [u8; 8] = *b"TTMEMSEG";
/// Readers refuse any other major version.
pub const MAJOR: u16 = 1;
/// Readers read any minor version: sections and trailing fields are only ever added.
pub const MINOR: u16 = 2;
/// Reads as another number on a machine of other endianness.
pub const ENDIAN_MARK: u32 = 0x0102_0304;
/// Bytes of the header.
pub const HEADER_SIZE: usize = 4096;
/// Entries of the section table.
pub const MAX_SECTIONS: usize = 32;

/// [`Header::dump_at_exit`] of a producer whose dump goes to standard error.
pub const DUMP_TO_STDERR: &[u8] = b"1";

/// The header. Complete before the segment has a name, never changed afterwards.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                       magic "TTMEMSEG"                        |
///   8 |     major     |     minor     |            endian             |
///  16 |         header_size           |         section_count         |
///  24 |                         segment_size                          |
///  32 |                           checksum                            |
///  40 |             pid               |              uid              |
///  48 |             gid               |             clock             |
///  56 |                          start_time                           |
///  64 |                        pid_namespace                          |
///  72 |                         boot_id (16)                          |
///  88 |                         anchor_ticks                          |
///  96 |                       anchor_monotonic                        |
/// 104 |                        anchor_realtime                        |
/// 112 |                          tick_scale                           |
/// 120 |                            run_id                             |
/// 128 |                         version (32)                          |
/// 160 |                           host (64)                           |
/// 224 |                           user (32)                           |
/// 256 |                         command (512)                         |
/// 768 |                          cgroup (256)                         |
/// 1024|                    sections (32 x 32 bytes)                   |
/// 2048|                      dump_at_exit (1024)                      |
/// 3072|                        reserved (1024)                        |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`MAJOR`].
    pub major: u16,
    /// [`MINOR`].
    pub minor: u16,
    /// [`ENDIAN_MARK`].
    pub endian: u32,
    /// [`HEADER_SIZE`]; the checksum covers so many bytes.
    pub header_size: u32,
    /// Used entries of `sections`.
    pub section_count: u32,
    /// Bytes of the whole segment.
    pub segment_size: u64,
    /// [`checksum`] of the header with this field zero.
    pub checksum: u64,
    /// Process id in the producer's own PID namespace.
    pub pid: u32,
    /// Effective user id.
    pub uid: u32,
    /// Effective group id.
    pub gid: u32,
    /// [`crate::CLOCK_TSC`], [`crate::CLOCK_MONOTONIC`] or [`crate::CLOCK_COARSE`].
    pub clock: u32,
    /// Start time of the process in clock ticks since boot, field 22 of `/proc/self/stat`.
    pub start_time: u64,
    /// Inode of `/proc/self/ns/pid`.
    pub pid_namespace: u64,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot_id: [u8; 16],
    /// A moment in ticks …
    pub anchor_ticks: u64,
    /// … the same moment in nanoseconds of `CLOCK_MONOTONIC` …
    pub anchor_monotonic: u64,
    /// … and in nanoseconds since 1970, UTC.
    pub anchor_realtime: u64,
    /// Nanoseconds per tick, 32.32 fixed point, as measured while attaching.
    pub tick_scale: u64,
    /// What `ttmem run` told its children; 0 outside it.
    pub run_id: u64,
    /// Producer library and version, zero-padded.
    pub version: [u8; 32],
    /// Host name, zero-padded.
    pub host: [u8; 64],
    /// User name, zero-padded; empty if it has none.
    pub user: [u8; 32],
    /// Command line, arguments separated by single spaces, zero-padded.
    pub command: [u8; 512],
    /// Control group (last line of `/proc/self/cgroup`), zero-padded: names the container.
    pub cgroup: [u8; 256],
    /// Where the parts are.
    pub sections: [Section; MAX_SECTIONS],
    /// Where the dump that `TTMEM_DUMP_AT_EXIT` asks for goes, zero-padded: empty for none,
    /// [`DUMP_TO_STDERR`], or an absolute path.
    pub dump_at_exit: [u8; 1024],
    /// Zero.
    pub reserved: [u8; 1024],
}

/// FNV-1a (64 bits) of the header's bytes, taking the checksum field as zero.
pub fn checksum(header: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    /// What eight bytes of zero do. Most of a header is zero, and every reader sums it up.
    const EIGHT_ZEROS: u64 = PRIME.wrapping_pow(8);
    let field = core::mem::offset_of!(Header, checksum);
    let (words, rest) = header.as_chunks::<8>();
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for (at, word) in words.iter().enumerate() {
        if *word == [0; 8] || at == field / 8 {
            sum = sum.wrapping_mul(EIGHT_ZEROS);
        } else {
            for byte in word {
                sum = (sum ^ u64::from(*byte)).wrapping_mul(PRIME);
            }
        }
    }
    rest.iter().fold(sum, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}
const _: () = assert!(core::mem::offset_of!(Header, checksum).is_multiple_of(8));

/// A zero-padded field up to its padding.
pub fn trimmed(field: &[u8]) -> &[u8] {
    let end = field
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(field.len());
    &field[..end]
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Header>() == HEADER_SIZE);
    assert!(offset_of!(Header, magic) == 0);
    assert!(offset_of!(Header, major) == 8);
    assert!(offset_of!(Header, minor) == 10);
    assert!(offset_of!(Header, endian) == 12);
    assert!(offset_of!(Header, header_size) == 16);
    assert!(offset_of!(Header, section_count) == 20);
    assert!(offset_of!(Header, segment_size) == 24);
    assert!(offset_of!(Header, checksum) == 32);
    assert!(offset_of!(Header, pid) == 40);
    assert!(offset_of!(Header, uid) == 44);
    assert!(offset_of!(Header, gid) == 48);
    assert!(offset_of!(Header, clock) == 52);
    assert!(offset_of!(Header, start_time) == 56);
    assert!(offset_of!(Header, pid_namespace) == 64);
    assert!(offset_of!(Header, boot_id) == 72);
    assert!(offset_of!(Header, anchor_ticks) == 88);
    assert!(offset_of!(Header, anchor_monotonic) == 96);
    assert!(offset_of!(Header, anchor_realtime) == 104);
    assert!(offset_of!(Header, tick_scale) == 112);
    assert!(offset_of!(Header, run_id) == 120);
    assert!(offset_of!(Header, version) == 128);
    assert!(offset_of!(Header, host) == 160);
    assert!(offset_of!(Header, user) == 224);
    assert!(offset_of!(Header, command) == 256);
    assert!(offset_of!(Header, cgroup) == 768);
    assert!(offset_of!(Header, sections) == 1024);
    assert!(offset_of!(Header, dump_at_exit) == 2048);
    assert!(offset_of!(Header, reserved) == 3072);
};
