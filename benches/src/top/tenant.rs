//! One of the processes the screen shows: a mesh of chips shared with others, many buffers, and nothing
//! going on until it is told to work.

use crate::child::Child;
use anyhow::{Context, Result};
use clap::Args;
use std::io::{Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use ttmem_producer::{
    Allocation, Banks, BufferType, ChipSet, DeviceReport, Options, Pool, PoolKind, alloc, free,
    register_pool,
};

/// How many of them there are.
const TENANTS: u32 = 16;
/// Meshes of the host, and chips of each.
const MESHES: u32 = 4;
const CHIPS: u32 = 8;
/// Buffers of each process; so many of them in L1.
const BUFFERS: u64 = 6_250;
const IN_L1: u64 = 625;
/// Banks, and bytes of one.
const DRAM: (u16, u64) = (12, 1 << 30);
const L1: (u16, u64) = (64, 1_499_136);
/// A free and an allocation in each turn, a thousand events a second.
const TURN: Duration = Duration::from_millis(2);

/// What is on the host.
pub(super) fn described() -> String {
    format!(
        "{} chips, {TENANTS} processes on {CHIPS} chips each, {} live buffers",
        MESHES * CHIPS,
        u64::from(TENANTS) * BUFFERS
    )
}

/// The role on the command line.
#[derive(Args)]
pub(crate) struct Flags {
    directory: PathBuf,
    number: u32,
}

/// The other process, as this one sees it.
pub(super) struct Tenant(Child);

impl Tenant {
    /// All of them, ready.
    pub(super) fn all(directory: &Path) -> Result<Vec<Self>> {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        let start = |number: u32| {
            let number = number.to_string();
            Child::of_this_program(["tenant".as_ref(), directory.as_os_str(), number.as_ref()])
        };
        let mut tenants: Vec<Child> = (0..TENANTS).map(start).collect::<Result<_>>()?;
        for tenant in &mut tenants {
            tenant.answer()?;
        }
        Ok(tenants.into_iter().map(Self).collect())
    }

    /// Lets it work for so long.
    pub(super) fn work(&mut self, time: Duration) -> Result<()> {
        self.0.tell(time.as_millis())
    }

    /// Waits until it has done its work.
    pub(super) fn wait(&mut self) -> Result<()> {
        self.0.answer().map(drop)
    }
}

/// The other process itself.
pub(crate) fn serve(flags: &Flags) -> Result<()> {
    let options = Options {
        dir: flags.directory.clone(),
        ..Options::default()
    };
    ttmem_producer::attach(&options).context("cannot attach")?;
    let pool = open(flags.number % MESHES)?;
    // Processes of one mesh lie side by side.
    let part = u64::from(flags.number / MESHES);
    for number in 0..BUFFERS {
        let _ = alloc(&buffer(pool, part, number));
    }
    writeln!(stdout(), "ready")?;
    for order in stdin().lines() {
        let time: u64 = order?.trim().parse().context("no time to work for")?;
        work(pool, part, Duration::from_millis(time));
        writeln!(stdout(), "done")?;
    }
    Ok(())
}

fn open(mesh: u32) -> Result<Pool> {
    let chips = mesh * CHIPS..(mesh + 1) * CHIPS;
    for chip in chips.clone() {
        let banks = |(count, size): (u16, u64)| Banks {
            base: 0,
            size,
            count: count.into(),
            alignment: 32,
        };
        let _ = ttmem_producer::report_device(&DeviceReport {
            chip,
            unique_id: chip.into(),
            arch: "bench",
            l1_cores: L1.0.into(),
            dram_capacity: u64::from(DRAM.0) * DRAM.1,
            l1_capacity: u64::from(L1.0) * L1.1,
            l1_core_capacity: L1.1,
            dram_banks: banks(DRAM),
            l1_banks: banks(L1),
            ..DeviceReport::default()
        });
    }
    let chips = chips
        .filter_map(ChipSet::of)
        .fold(ChipSet::EMPTY, ChipSet::or);
    register_pool(PoolKind::Mesh, chips, 0, None).context("no pool could be registered")
}

/// Frees and allocates anew, each time another one.
fn work(pool: Pool, part: u64, time: Duration) {
    let since = Instant::now();
    for turn in 1.. {
        let one = buffer(pool, part, u64::from(turn) * 7 % BUFFERS);
        let _ = free(one.pool, one.buffer_type, one.address);
        let _ = alloc(&one);
        let due = TURN * turn;
        if due >= time {
            return;
        }
        thread::sleep(due.saturating_sub(since.elapsed()));
    }
}

fn buffer(pool: Pool, part: u64, number: u64) -> Allocation {
    let parts = u64::from(TENANTS / MESHES);
    let place = |bank: u64, count: u64, index: u64| {
        let room = bank / parts / 64 * 64;
        let each = room / count / 64 * 64;
        (part * room + index * each, each)
    };
    let in_l1 = number.checked_sub(BUFFERS - IN_L1);
    let (buffer_type, banks, (address, room)) = match in_l1 {
        Some(index) => (BufferType::L1, L1.0, place(L1.1, IN_L1, index)),
        None => (
            BufferType::Dram,
            DRAM.0,
            place(DRAM.1, BUFFERS - IN_L1, number),
        ),
    };
    // Some room stays free.
    let per_bank = room / 2;
    Allocation {
        pool,
        buffer_type,
        address,
        requested: per_bank * u64::from(banks),
        per_bank,
        banks,
        id: number,
    }
}
