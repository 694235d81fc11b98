//! Ticks: the cheapest clock that tells the order of events across threads.

use ttmem_layout::{CLOCK_COARSE, CLOCK_MONOTONIC, CLOCK_TSC, TICK_SCALE_SHIFT};

/// Which clock a segment's ticks are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The time-stamp counter.
    Tsc,
    /// `CLOCK_MONOTONIC` through the vDSO, in nanoseconds.
    Monotonic,
    /// `CLOCK_MONOTONIC_COARSE` through the vDSO, in nanoseconds: for a process that will enter
    /// seccomp's strict mode, in which the kernel takes the time-stamp counter away.
    Coarse,
}

/// One moment on three clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// In ticks.
    pub ticks: u64,
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    pub monotonic: u64,
    /// Nanoseconds since 1970, UTC.
    pub realtime: u64,
}

impl Clock {
    /// The time-stamp counter where it is invariant, trusted by the kernel and not taken away from
    /// this process; else `CLOCK_MONOTONIC`.
    pub fn best() -> Self {
        if tsc_is_usable() {
            Self::Tsc
        } else {
            Self::Monotonic
        }
    }

    /// Its number in a header.
    pub const fn number(self) -> u32 {
        match self {
            Self::Tsc => CLOCK_TSC,
            Self::Monotonic => CLOCK_MONOTONIC,
            Self::Coarse => CLOCK_COARSE,
        }
    }

    /// The clock with this number, if this version knows it.
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            CLOCK_TSC => Some(Self::Tsc),
            CLOCK_MONOTONIC => Some(Self::Monotonic),
            CLOCK_COARSE => Some(Self::Coarse),
            _ => None,
        }
    }

    /// Now, in ticks.
    #[inline(always)]
    pub fn ticks(self) -> u64 {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: rdtsc has no memory effects; it is only refused by a kernel that was told to
            // (PR_SET_TSC), which `best` has ruled out.
            Self::Tsc => unsafe { core::arch::x86_64::_rdtsc() },
            other => other.vdso_ticks(),
        }
    }

    /// Out of the way of the clock that nearly everybody has.
    #[cold]
    fn vdso_ticks(self) -> u64 {
        match self {
            Self::Tsc | Self::Monotonic => monotonic_ns(),
            Self::Coarse => clock_ns(libc::CLOCK_MONOTONIC_COARSE),
        }
    }

    /// The same moment on all clocks, as near as five tries get it.
    pub fn moment(self) -> Moment {
        (0..5)
            .map(|_| {
                let before = self.ticks();
                let monotonic = monotonic_ns();
                let realtime = realtime_ns();
                let after = self.ticks();
                let ticks = before + (after.wrapping_sub(before)) / 2;
                (
                    after.wrapping_sub(before),
                    Moment {
                        ticks,
                        monotonic,
                        realtime,
                    },
                )
            })
            .min_by_key(|(spread, _)| *spread)
            .map(|(_, moment)| moment)
            .expect("five tries are not none")
    }

    /// Nanoseconds per tick between two moments, 32.32 fixed point.
    pub fn scale_between(self, early: &Moment, late: &Moment) -> u64 {
        let ticks = u128::from(late.ticks.saturating_sub(early.ticks));
        let ns = u128::from(late.monotonic.saturating_sub(early.monotonic));
        match self {
            Self::Tsc if ticks > 0 && ns > 0 => {
                u64::try_from((ns << TICK_SCALE_SHIFT) / ticks).unwrap_or(1 << TICK_SCALE_SHIFT)
            }
            _ => 1 << TICK_SCALE_SHIFT,
        }
    }
}

/// Now, in nanoseconds of `CLOCK_MONOTONIC`.
#[inline]
pub fn monotonic_ns() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC)
}

/// Now, in nanoseconds since 1970, UTC.
#[inline]
pub fn realtime_ns() -> u64 {
    clock_ns(libc::CLOCK_REALTIME)
}

#[inline]
fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec to write to. The call cannot fail for these clocks, and if
    // it did, time would stand still at 0 and nothing else would happen.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    (time.tv_sec as u64)
        .wrapping_mul(1_000_000_000)
        .wrapping_add(time.tv_nsec as u64)
}

/// Which boot of which host this is: ticks of different boots cannot be compared. Zeros if unknown.
pub fn boot_id() -> [u8; 16] {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits = text.trim().replace('-', "");
    let mut id = [0; 16];
    for (byte, pair) in id.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).unwrap_or("0");
        *byte = u8::from_str_radix(pair, 16).unwrap_or(0);
    }
    id
}

#[cfg(target_arch = "x86_64")]
fn tsc_is_usable() -> bool {
    // The kernel watches the counters of all sockets and leaves the TSC family of clock sources
    // when they disagree. Where it does not say, the processor's word stands.
    let trusted =
        std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .map_or(true, |name| {
                matches!(
                    name.trim(),
                    "tsc" | "kvm-clock" | "hyperv_clocksource_tsc_page" | "xen"
                )
            });
    let mut permission: libc::c_int = 0;
    // SAFETY: PR_GET_TSC writes one int to the address given.
    let known = unsafe { libc::prctl(libc::PR_GET_TSC, &raw mut permission) } == 0;
    let permitted = !known || permission == libc::PR_TSC_ENABLE;
    let invariant = core::arch::x86_64::__cpuid(0x8000_0000).eax >= 0x8000_0007
        && core::arch::x86_64::__cpuid(0x8000_0007).edx & 1 << 8 != 0;
    trusted && permitted && invariant
}

#[cfg(not(target_arch = "x86_64"))]
fn tsc_is_usable() -> bool {
    false
}
