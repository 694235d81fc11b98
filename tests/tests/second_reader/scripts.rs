//! What the producers of these tests are told to do, for `producer_script`.

/// Environment of a producer whose segment is as small as can be.
pub(crate) const LEAST: [(&str, &str); 2] =
    [("TTMEM_RING_RECORDS", "1024"), ("TTMEM_LIVE_SLOTS", "512")];

/// Events of every sort on one chip.
pub(crate) const CHIP: &[&str] = &[
    "device 0",
    "pool chip 0",
    "pool programs 0",
    "mark load weights",
    "alloc 0 DRAM 0x100000 5000000 524288 12 71",
    "alloc 0 DRAM 0x900000 4096 4096 1 72",
    "alloc 0 L1 0x20000 2000 32 64 73",
    "alloc 0 L1_SMALL 0x8000 512 16 64 74",
    "alloc 0 TRACE 0xf000000 65536 8192 12 75",
    "alloc 0 SYSTEM_MEMORY 0x40 123456 131072 1 76",
    "alloc 1 CB 0x19000 4096 4096 56 1",
    "alloc 1 KERNEL 0x1000 700 704 56 2",
    "gauge 0 12288 8192 3",
    "mark one reference more, one less",
    "alloc 0 L1 0x20000 2000 32 64 73",
    "alloc 0 L1 0x20000 2000 32 64 73",
    "free 0 L1 0x20000",
    "mark another size at the same address",
    "alloc 0 DRAM 0x900000 8192 8192 1 77",
    "mark freed twice, and what never was",
    "alloc 0 DRAM 0xa00000 4096 4096 1 78",
    "free 0 DRAM 0xa00000",
    "free 0 DRAM 0xa00000",
    "free 0 L1 0x123450",
    "mark an address reused",
    "alloc 0 DRAM 0xa00000 1024 2048 1 79",
    "fail 0 L1 99999999 Out of Memory: Not enough space to allocate 99999999 B L1 buffer across 64 banks, where each bank needs to store 1562500 B — and that is that",
    "free 1 KERNEL 0x1000",
    "alloc 1 KERNEL 0x1000 600 608 56 3",
    "mark done",
];

/// A mesh of eight chips, of which two submeshes are carved while it holds buffers.
pub(crate) const MESH: &[&str] = &[
    "device 0",
    "device 1",
    "device 2",
    "device 3",
    "device 4",
    "device 5",
    "device 6",
    "device 7",
    "pool mesh 0-7",
    "alloc 0 DRAM 0x100000 700000 65536 12 11",
    "alloc 0 DRAM 0x200000 700000 65536 12 12",
    "alloc 0 L1 0x30000 90000 2048 64 13",
    "mark split in two",
    "pool submesh 0-3 0",
    "pool submesh 4-7 0",
    "alloc 1 L1 0x40000 60000 1024 64 14",
    "alloc 2 L1 0x40000 60000 4096 64 15",
    "mark what lay on all is freed in parts",
    "free 0 DRAM 0x100000",
    "free 0 L1 0x30000",
    "alloc 1 DRAM 0x100000 1000 1024 1 16",
    "mark and one chip of its own",
    "pool submesh 3 1",
    "pool programs 0-7",
    "alloc 3 L1 0x50000 5000 128 64 17",
    "alloc 4 CB 0x19000 2048 2048 56 18",
    "gauge 0-7 6144 4096 2",
    "free 1 L1 0x40000",
    "clear 2",
    "retire 3",
    "pool submesh 3 1",
    "mark still here: DRAM of all, DRAM of a part, a CB",
];

/// Peaks that begin anew: once from less than they were, once in a group that is split afterwards.
pub(crate) const ANEW: &[&str] = &[
    "device 0",
    "device 1",
    "pool mesh 0-1",
    "alloc 0 DRAM 0x100000 700000 65536 12 11",
    "alloc 0 DRAM 0x200000 700000 65536 12 12",
    "alloc 0 L1 0x30000 90000 2048 64 13",
    "free 0 DRAM 0x200000",
    "reset-peak 0 DRAM",
    "alloc 0 DRAM 0x300000 1000 1024 12 14",
    "pool submesh 1 0",
    "alloc 1 L1 0x40000 60000 1024 64 15",
    "reset-peak 1 L1",
    "free 1 L1 0x40000",
    "free 0 L1 0x30000",
    "alloc 1 L1 0x50000 60000 512 64 16",
];

/// Chips that say where their banks are, with holes between what they hold, and circular buffers that do
/// not end at one address.
pub(crate) const BANKS: &[&str] = &[
    "device 0 banks",
    "device 1 banks",
    "pool mesh 0-1",
    "pool programs 0-1",
    "alloc 0 DRAM 0x20 5000000 524288 12 71",
    "alloc 0 DRAM 0x80020 100000 65536 12 72",
    "alloc 0 DRAM 0x90020 1000 32 12 73",
    "alloc 0 L1 0x151000 2000000 32768 64 74",
    "alloc 0 L1 0x149000 2000000 32768 64 75",
    "alloc 0 L1_SMALL 0x160000 2000 32 64 76",
    "free 0 DRAM 0x80020",
    "free 0 L1 0x151000",
    "alloc 1 CB 0x19000 6291456 98304 64 1",
    "gauge 0-1 98304 98304 1",
    "steps 0-1 0x31000,1,0,0 0x29000,7,1,0 0x21000,56,0,1",
];

/// More live allocations than 512 slots and 64 in the stash can take, and their frees.
pub(crate) fn overflow() -> Vec<String> {
    let address = |number: u64| 0x10_0000 + number * 0x1000;
    let mut lines = vec!["device 2".to_owned(), "pool chip 2".to_owned()];
    for number in 0..700 {
        let requested = 3000 + number;
        lines.push(format!(
            "alloc 0 DRAM {} {requested} 4096 1 {number}",
            address(number)
        ));
    }
    lines.push("mark half of them go".to_owned());
    lines.extend(
        (0..700)
            .step_by(2)
            .map(|number| format!("free 0 DRAM {}", address(number))),
    );
    lines.push("mark unknown, or lost".to_owned());
    lines.push("free 0 L1 0x77000".to_owned());
    lines
}

/// More events than 1,024 records can hold.
pub(crate) fn worn() -> Vec<String> {
    let mut lines: Vec<String> = CHIP.iter().map(|line| (*line).to_owned()).collect();
    lines.push("loop 0 3000".to_owned());
    lines.push("mark after three thousand events".to_owned());
    lines
}
