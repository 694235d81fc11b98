//! Storms until somebody kills the process.

use anyhow::{Result, bail};
use std::io::Write;
use support::storm::Storm;
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Pool, PoolKind, alloc, clear_pool, free, register_pool,
    retire_pool,
};

/// Sets `threads` storms going and keeps opening submeshes beside them. Returns only on an error.
pub(crate) fn run(pools: &[Pool], threads: u64, seed: u64) -> Result<()> {
    for index in 0..threads {
        let mut storm = Storm::new(pools, index, seed);
        std::thread::spawn(move || {
            loop {
                if !storm.step(|_| {}).report() {
                    // The segment is not what it has to be: the test finds this mark's place.
                    std::process::abort();
                }
            }
        });
    }
    let mut out = std::io::stdout();
    writeln!(out, "ready")?;
    out.flush()?;
    let mut random = seed | 1;
    loop {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        submesh(pools[0], random)?;
    }
}

/// One life of a submesh of the first pool's mesh.
fn submesh(parent: Pool, random: u64) -> Result<()> {
    // A submesh of the mesh of chips 0 to 7; few enough sorts that the pool table never fills.
    let chips = ChipSet((1 + random % 3) << ((random >> 8) % 6));
    let Some(pool) = register_pool(PoolKind::Submesh, chips, 1, Some(parent)) else {
        bail!("a submesh was refused");
    };
    let buffers = 1 + (random >> 16 & 7);
    for number in 0..buffers {
        let _ = alloc(&Allocation {
            pool,
            buffer_type: BufferType::ALL[(number % 2) as usize],
            address: number << 16,
            requested: 4096,
            per_bank: 1024,
            banks: 4,
            id: number,
        });
    }
    match random >> 24 & 3 {
        0 => {
            let _ = clear_pool(pool);
        }
        1 => {}
        _ => {
            for number in 0..buffers {
                let buffer_type = BufferType::ALL[(number % 2) as usize];
                let _ = free(pool, buffer_type, number << 16);
            }
        }
    }
    let _ = retire_pool(pool);
    Ok(())
}
