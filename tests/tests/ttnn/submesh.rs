//! A submesh has an allocator of its own over chips of its parent: the same addresses twice, and both
//! count.

use crate::figures::chips_of;
use crate::rig::{T3000, rig};
use crate::script::{Quiet, Script, tracked};
use serde_json::Value;
use std::path::Path;
use support::{PrivateDir, cli};
use ttmem_layout::{ChipSet, PoolKind};
use ttmem_reader::scan;

#[test]
fn a_chip_of_mesh_and_submesh_holds_what_both_allocated() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut points = 0;
    let script = Script::start(&mut tracked(rig, T3000, dir.path(), "submesh.py", &[]));
    script.each_quiet(|quiet| {
        points += 1;
        let dump = cli::json(dir.path(), &["dump"]);
        assert_eq!(dump["exact"], true, "{}: {dump}", quiet.label());
        assert_sums(quiet, &dump);
        if quiet.label() == "both" {
            assert_same_addresses(quiet, &dump);
            assert_pools(dir.path(), quiet);
        }
    });
    assert_eq!(points, 4, "the script went through all its quiet points");
    assert_eq!(dir.segments().len(), 0, "a clean end leaves no segment");
}

fn allocators(quiet: &Quiet) -> &[Value] {
    let both = quiet.0["allocators"].as_array();
    both.expect("the script tells of its allocators")
}

/// Each chip shows the sum of the allocators that cover it.
fn assert_sums(quiet: &Quiet, dump: &Value) {
    for chip in 0..T3000.chips as u32 {
        let device = cli::device(dump, chip).expect("the chip is in the dump");
        for name in ["DRAM", "L1", "L1_SMALL", "TRACE"] {
            let covering = allocators(quiet)
                .iter()
                .filter(|one| chips_of(one).contains(&chip));
            let sum: u64 = covering
                .map(|one| one["types"][name].as_u64().expect("a number"))
                .sum();
            assert_eq!(
                device["types"][name]["bytes"].as_u64().unwrap_or(0),
                sum,
                "{}: {name} on chip {chip}",
                quiet.label()
            );
        }
    }
}

/// Both allocators handed out the same addresses, and each of the buffers is listed.
fn assert_same_addresses(quiet: &Quiet, dump: &Value) {
    let addresses: Vec<_> = quiet.0["addresses"]
        .as_array()
        .expect("the script tells where its tensors lie")
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    let (on_parent, on_child) = addresses.split_at(addresses.len() / 2);
    assert_eq!(on_parent, on_child, "the addresses overlap");
    let buffers = dump["buffers"].as_array().expect("buffers are listed");
    for address in on_parent {
        let mut there: Vec<_> = buffers
            .iter()
            .filter(|buffer| buffer["address"] == format!("{address:#x}"))
            .filter_map(|buffer| buffer["devices"].as_array())
            .map(Vec::len)
            .collect();
        there.sort_unstable();
        assert_eq!(there, [2, 8], "one on the submesh, one on its parent");
    }
}

/// One pool is the mesh's, the other the submesh's, and says whose it was carved from.
fn assert_pools(dir: &Path, quiet: &Quiet) {
    let found = scan(dir).expect("the directory can be read").segments;
    let snapshot = found[0].snapshot().expect("the segment can be read");
    let pool_of = |told: &Value| {
        let chips = chips_of(told).into_iter().filter_map(ChipSet::of);
        let chips = chips.fold(ChipSet::EMPTY, ChipSet::or);
        let pool = snapshot.pools.iter().find(|pool| pool.chips == chips);
        pool.expect("each allocator has a pool")
    };
    let [parent, child] = allocators(quiet) else {
        panic!("two allocators: {quiet:?}", quiet = quiet.0);
    };
    let (parent, child) = (pool_of(parent), pool_of(child));
    assert_eq!(parent.kind, Some(PoolKind::Mesh));
    assert_eq!(parent.parent, None);
    assert_eq!(child.kind, Some(PoolKind::Submesh));
    assert_eq!(child.parent, Some(parent.index));
}
