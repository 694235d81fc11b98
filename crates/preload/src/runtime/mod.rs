//! What the runtime tells about its objects, each question in the words of this library.

pub(crate) mod allocator;
pub(crate) mod buffer;
pub(crate) mod cluster;
pub(crate) mod device;
pub(crate) mod kernels;
pub(crate) mod mesh;
pub(crate) mod workload;

/// `tt::tt_metal::AllocatorImpl`.
pub(crate) enum Allocator {}
/// `tt::tt_metal::Buffer`.
pub(crate) enum Buffer {}
/// `tt::tt_metal::IDevice`: a chip or a mesh of them.
pub(crate) enum Device {}
/// `tt::tt_metal::detail::ProgramImpl`.
pub(crate) enum Program {}
/// `tt::tt_metal::Kernel`.
pub(crate) enum Kernel {}
/// `tt::tt_metal::distributed::MeshCommandQueue`.
pub(crate) enum CommandQueue {}
/// `tt::tt_metal::distributed::MeshWorkload`.
pub(crate) enum Workload {}
/// `tt::tt_metal::CoreRangeSet`.
pub(crate) enum CoreRangeSet {}

/// The word at `offset` bytes of an object.
///
/// # Safety
/// The object has a readable, initialised word there.
pub(crate) unsafe fn word<T>(object: *const T, offset: usize) -> usize {
    // SAFETY: promised by the caller.
    unsafe { object.cast::<u8>().add(offset).cast::<usize>().read() }
}
