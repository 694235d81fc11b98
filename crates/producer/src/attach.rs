//! Attaching, detaching, and what happens in a forked child and at the end of the process.

use crate::attached::{Attached, attached, current, set_current, set_current_word, take_current};
use crate::counters::Counters;
use crate::dump_at_exit::DumpAtExit;
use crate::farewell::Farewell;
use crate::held::Holder;
use crate::live_table::LiveTable;
use crate::notice::say;
use crate::options::Options;
use crate::peaks::Windows;
use crate::pools::PoolTable;
use crate::ring::Ring;
use crate::texts::TextTable;
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use ttmem_layout::{
    ENDIAN_MARK, HEADER_SIZE, Header, MAGIC, MAJOR, MINOR, Plan, PlanError, Process, SectionKind,
    trimmed,
};
use ttmem_region::{CreateError, Draft, ForkPage, Identity, Region, boot_id, make_room};
use zerocopy::FromZeros;

/// Why nothing is reported.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The segment could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// An option is out of range.
    #[error("{0}")]
    Size(String),
    /// The kernel lacks something the event path rests on.
    #[error(
        "this kernel cannot tell a forked child from its parent (MADV_WIPEONFORK, Linux 4.14): {0}"
    )]
    Fork(std::io::Error),
    /// Others could write the segment, or its user could not.
    #[error("segments of mode {0:04o} are not made: 0600, 0640 and 0644 are safe")]
    Mode(u32),
    /// Another thread is attaching at this moment.
    #[error("another thread of this process is attaching at this moment")]
    Busy,
}

/// The fork page: word 0 is the address of the current [`Attached`], word 1 is 1 while a thread is
/// attaching. Both read 0 in a forked child, so a child never waits for a thread it does not have.
static PAGE: AtomicPtr<AtomicU64> = AtomicPtr::new(std::ptr::null_mut());
const BUSY: usize = 1;
const PAGE_WORDS: usize = 2;

/// Attaches this process: makes its segment, takes the lock that says it lives, and lets events in.
/// Does nothing if it is attached. Where space is short, first removes its own user's oldest
/// abandoned segments, then makes do with a smaller one, and says so in a line on stderr.
///
/// # Errors
/// When there can be no segment; the process goes on unrecorded. Keeps `errno`.
pub fn attach(options: &Options) -> Result<(), AttachError> {
    keeping_errno(|| {
        if attached() {
            return Ok(());
        }
        let page = fork_page()?;
        if page[BUSY].swap(1, Ordering::AcqRel) != 0 {
            return Err(AttachError::Busy);
        }
        let _attaching = Attaching(&page[BUSY]);
        if attached() {
            Ok(())
        } else {
            attach_alone(options)
        }
    })
}

/// Lets other threads attach when it is over, whatever the end.
struct Attaching<'a>(&'a AtomicU64);

impl Drop for Attaching<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

/// What to do before this process is let in: see [`before_attaching`].
static BEFORE: OnceLock<fn()> = OnceLock::new();

/// Has `prepare` run whenever this process attaches, whoever asks for it: its segment is there, and no
/// event is let in yet. For a library that keeps books of its own about what it reports; the first one
/// to ask is the only one.
pub fn before_attaching(prepare: fn()) {
    let _ = BEFORE.set(prepare);
}

fn fork_page() -> Result<&'static [AtomicU64], AttachError> {
    let mut page = PAGE.load(Ordering::Acquire);
    if page.is_null() {
        // Two threads may both make one; the page that lost is never used and stays 4 KiB of zeros.
        // No waiting for each other: one of them may be a fork's that is not in this process.
        let made = ForkPage::new().map_err(AttachError::Fork)?.words();
        let made = std::ptr::from_ref(&made[0]).cast_mut();
        let null = std::ptr::null_mut();
        page = match PAGE.compare_exchange(null, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(first) => first,
        };
    }
    // SAFETY: not null, and stored above from the first word of a page that is never given back and
    // has more than `PAGE_WORDS` words.
    let page = unsafe { std::slice::from_raw_parts(page, PAGE_WORDS) };
    set_current_word(&page[0]);
    Ok(page)
}

fn attach_alone(options: &Options) -> Result<(), AttachError> {
    let plan = Plan::new(options.ring_records, options.live_slots).map_err(|error| {
        AttachError::Size(match error {
            PlanError::RingRecords(records) => format!(
                "a ring of {records} records is out of range (1 to {})",
                Plan::MAX_RING_RECORDS
            ),
            PlanError::LiveSlots(slots) => {
                format!(
                    "{slots} live slots are out of range (1 to {})",
                    Plan::MAX_LIVE_SLOTS
                )
            }
        })
    })?;
    if !Options::mode_is_safe(options.mode) {
        return Err(AttachError::Mode(options.mode));
    }
    let clock = options.clock.resolve();
    let early = clock.moment();
    let draft = reserve(options, plan)?;
    let process = draft.words(SectionKind::Process);
    process[Process::STATE].store(u64::from(Process::ATTACHED), Ordering::Relaxed);
    // Ticket 0 would make sequence 0, which means "no record".
    process[Process::NEXT_TICKET].store(1, Ordering::Relaxed);
    let mut header = Header::new_zeroed();
    header.magic = MAGIC;
    (header.major, header.minor, header.endian) = (MAJOR, MINOR, ENDIAN_MARK);
    header.header_size = HEADER_SIZE as u32;
    header.clock = clock.number();
    header.boot_id = boot_id();
    header.run_id = options.run_id;
    let dump = options
        .dump_at_exit
        .as_ref()
        .map_or(&[][..], DumpAtExit::as_bytes);
    header.dump_at_exit[..dump.len()].copy_from_slice(dump);
    let version = concat!("ttmem ", env!("CARGO_PKG_VERSION")).as_bytes();
    header.version[..version.len()].copy_from_slice(version);
    Identity::of_this_process().write_to(&mut header);
    // The reservation took a millisecond or so: long enough to know the rate of the ticks to a few
    // parts in ten thousand. Readers on this host refine it against their own clock.
    let anchor = clock.moment();
    header.anchor_ticks = anchor.ticks;
    header.anchor_monotonic = anchor.monotonic;
    header.anchor_realtime = anchor.realtime;
    header.tick_scale = clock.scale_between(&early, &anchor);
    let farewell = options.dump_at_exit.clone().map(|to| {
        let holder = Holder::new(header.pid, trimmed(&header.command));
        Farewell::new(to, options.mode, holder)
    });
    let region = draft.publish(header, options.mode)?;
    if let Some(prepare) = BEFORE.get() {
        prepare();
    }
    set_current(Some(
        attached_to(region, clock, options, farewell).keep_for_ever(),
    ));
    Ok(())
}

fn attached_to(
    region: Region,
    clock: ttmem_region::Clock,
    options: &Options,
    farewell: Option<Farewell>,
) -> Attached {
    let process = region.words(SectionKind::Process);
    Attached {
        clock,
        ring: Ring::new(
            region.words(SectionKind::Chunks),
            region.words(SectionKind::Records),
            process,
        ),
        live: LiveTable::new(
            region.words(SectionKind::LiveControls),
            region.words(SectionKind::LiveEntries),
        ),
        counters: Counters::new(region.words(SectionKind::Groups)),
        pools: PoolTable::new(region.words(SectionKind::Pools)),
        texts: TextTable::new(region.words(SectionKind::Texts)),
        process,
        devices: region.words(SectionKind::Devices),
        gauges: region.words(SectionKind::Gauges),
        peaks: Windows::default(),
        path: region.path().to_owned(),
        // No path has a zero in it: it would not have been opened.
        path_for_c: CString::new(region.path().as_os_str().as_bytes()).unwrap_or_default(),
        keep: options.keep,
        older: AtomicPtr::default(),
        farewell,
        region: Mutex::new(Some(region)),
    }
}

/// Reserves a segment: as planned, else after making room, else smaller.
fn reserve(options: &Options, plan: Plan) -> Result<Draft, AttachError> {
    let uid = effective_user();
    let mut plan = plan;
    loop {
        let error = match Draft::reserve(&options.dir, plan) {
            Ok(draft) => return Ok(draft),
            Err(error @ (CreateError::NoRoom { .. } | CreateError::TooLarge { .. })) => error,
            Err(error) => return Err(error.into()),
        };
        let full = matches!(error, CreateError::NoRoom { .. });
        if let Some(gone) = full.then(|| make_room(&options.dir, uid)).flatten() {
            say(&format!(
                "{} was full: removed the abandoned segment of process {} ({} bytes)",
                options.dir.display(),
                gone.pid,
                gone.bytes
            ));
            continue;
        }
        let Some(smaller) = plan.smaller() else {
            return Err(error.into());
        };
        if let Ok(draft) = Draft::reserve(&options.dir, smaller) {
            say(&format!(
                "{error}: tracking with {} live slots and {} records of history",
                smaller.live_slots(),
                smaller.ring_records()
            ));
            return Ok(draft);
        }
        plan = smaller;
    }
}

fn effective_user() -> u32 {
    // SAFETY: geteuid takes nothing and always succeeds.
    unsafe { libc::geteuid() }
}

/// Where this process's segment is, if it is attached.
pub fn segment_path() -> Option<PathBuf> {
    current().map(|attached| attached.path.clone())
}

/// The same as a text for C, which stays where it is until the process ends.
pub fn segment_path_for_c() -> Option<&'static CStr> {
    current().map(|attached| attached.path_for_c.as_c_str())
}

/// Ends this process's reporting cleanly: the segment says so and, unless it is to be kept, is
/// removed. A thread that is inside an event writes into private memory from then on.
pub fn detach() {
    keeping_errno(|| {
        let Some(attached) = end() else {
            return;
        };
        let region = attached
            .region
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(region) = region {
            let _ = region.withdraw();
        }
    });
}

/// Stops events, writes the farewell and takes the name away.
fn end() -> Option<&'static Attached> {
    let attached = take_current()?;
    if let Some(farewell) = &attached.farewell {
        // Before the state says that it was given.
        farewell.give(attached);
    }
    let mark = attached.process[Process::STATE].load(Ordering::Relaxed) >> 32 << 32;
    attached.process[Process::DETACHED_TICKS].store(attached.clock.ticks(), Ordering::Relaxed);
    // [detach] Release: whoever sees the state sees the time.
    attached.process[Process::STATE].store(u64::from(Process::DETACHED) | mark, Ordering::Release);
    if !attached.keep {
        let _ = std::fs::remove_file(&attached.path);
    }
    Some(attached)
}

/// Runs when the process ends by `exit` or by returning from `main`, after `atexit` handlers: as
/// late as possible, so that what the program frees on its way out is still seen.
extern "C" fn at_process_end() {
    keeping_errno(|| {
        let _ = end();
    });
}

#[used]
// SAFETY: the loader calls each entry of .fini_array once, as a function without arguments.
#[unsafe(link_section = ".fini_array")]
static AT_PROCESS_END: extern "C" fn() = at_process_end;

/// Runs `work` and puts `errno` back.
fn keeping_errno<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: the address of this thread's errno is valid for the thread's life.
    let errno = unsafe { *libc::__errno_location() };
    let result = work();
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
    result
}
