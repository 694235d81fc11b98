//! Storms inside seccomp.

use anyhow::{Context, Result};
use std::sync::Barrier;
use support::storm::{SANDBOX_SEED, Storm};
use ttmem_producer::{Pool, attach_thread};

/// A value of `errno` that nothing sets.
const ERRNO: i32 = 4711;

/// Which sandbox.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Nothing but `read`, `write`, `exit` and `sigreturn`; the kernel also takes the time-stamp
    /// counter away.
    Strict,
    /// Nothing but `write`, `exit` and `exit_group`.
    Filter,
}

/// Runs `threads` storms of `events` steps each, the last of them on this thread. Never returns.
pub(crate) fn run(
    kind: Kind,
    pools: &[Pool],
    threads: u64,
    events: u64,
    stray: bool,
) -> Result<()> {
    let storms: Vec<Storm> = (0..threads)
        .map(|index| Storm::new(pools, index, SANDBOX_SEED))
        .collect();
    let begin = Barrier::new(storms.len());
    std::thread::scope(|scope| {
        let mut storms = storms;
        let own = storms.pop().context("no threads were asked for")?;
        for (index, storm) in storms.into_iter().enumerate() {
            let begin = &begin;
            scope.spawn(move || inside(kind, storm, events, stray && index == 0, begin));
        }
        // A single thread strays itself.
        inside(kind, own, events, stray && threads == 1, &begin)
    })
}

fn inside(kind: Kind, mut storm: Storm, events: u64, stray: bool, begin: &Barrier) -> ! {
    attach_thread();
    begin.wait();
    if enter(kind).is_err() {
        leave(b'e');
    }
    set_errno(ERRNO);
    let mut surprises = 0_u64;
    for event in 0..events {
        let step = storm.step(|_| {});
        surprises += u64::from(!step.report());
        surprises += u64::from(errno() != ERRNO);
        if stray && event == events / 2 {
            // SAFETY: getppid takes nothing and always succeeds, where it is allowed.
            unsafe { libc::getppid() };
        }
    }
    leave(if surprises == 0 { b'k' } else { b's' })
}

/// One byte on stdout, and the end of this thread: by the bare system calls, which is all there is.
fn leave(verdict: u8) -> ! {
    // SAFETY: the byte lives across the call; `exit` ends this thread only, which holds nothing.
    unsafe {
        libc::syscall(libc::SYS_write, 1, &raw const verdict, 1);
        loop {
            libc::syscall(libc::SYS_exit, 0);
        }
    }
}

fn enter(kind: Kind) -> std::io::Result<()> {
    let done = match kind {
        // SAFETY: takes no pointers.
        Kind::Strict => unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT) },
        Kind::Filter => enter_filter(),
    };
    if done == 0 {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

fn enter_filter() -> i32 {
    let allowed = [libc::SYS_write, libc::SYS_exit, libc::SYS_exit_group];
    let instruction = |code: u32, jt: usize, jf: usize, k: u32| libc::sock_filter {
        code: code as u16,
        jt: jt as u8,
        jf: jf as u8,
        k,
    };
    let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    // The number of the call is the first field of what the filter is shown.
    let mut filter = [instruction(load, 0, 0, 0); 6];
    for (index, number) in allowed.iter().enumerate() {
        filter[1 + index] = instruction(equal, allowed.len() - index, 0, *number as u32);
    }
    filter[4] = instruction(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_KILL_PROCESS);
    filter[5] = instruction(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_ALLOW);
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: takes no pointers; asked for so that the filter needs no privilege.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        return -1;
    }
    // SAFETY: `program` and what it points to live across the call; the kernel copies both.
    unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    }
}

fn errno() -> i32 {
    // SAFETY: the address of this thread's errno is valid for the thread's life.
    unsafe { *libc::__errno_location() }
}

fn set_errno(value: i32) {
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = value }
}
