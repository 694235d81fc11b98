#!/usr/bin/env python3
"""Writes descriptions of the clusters that the tests pretend to have.

    clusters.py DIR

One file per cluster: n150, n300, t3k (8 chips), galaxy (32 chips), p150. A description says which
chips there are, which of them the host reaches itself, how their Ethernet ports are wired, and which
rows of cores are fused off. JSON is YAML, so no YAML writer is needed.
"""

import json
import pathlib
import sys

# Unique ids are made up; the tests only need them to differ.
UNIQUE = 0x7474_6D65_6D00_0000

# The part number of each type of board, which the runtime reads out of the board's id.
PART = {"n150": 0x18, "n300": 0x14, "ubb": 0x35, "p150": 0x40}


def cluster(arch, boards, links, mmio, harvest, **more):
    """`boards` is [(type, chips)], `links` is [(chip, port, chip, port)]."""
    chips = sorted(chip for _, members in boards for chip in members)
    return {
        "arch": {chip: arch for chip in chips},
        # Where a chip lies in its row of boards: how chips without a bus of their own are found.
        "chips": {chip: [*place, 0, 0] for chip, place in more.get("places", {}).items()},
        "chip_unique_ids": {chip: UNIQUE + chip for chip in chips},
        "ethernet_connections": [
            [{"chip": a, "chan": port_a}, {"chip": b, "chan": port_b}]
            for a, port_a, b, port_b in links
        ],
        "ethernet_connections_to_remote_devices": [],
        "chips_with_mmio": [{chip: chip} for chip in mmio],
        "harvesting": {
            chip: {
                "noc_translation": True,
                "harvest_mask": harvest,
                "dram_harvesting_mask": 0,
                "eth_harvesting_mask": more.get("eth_harvest", 0),
                "pcie_harvesting_mask": more.get("pcie_harvest", 0),
                "l2cpu_harvesting_mask": 0,
            }
            for chip in chips
        },
        "chip_to_bus_id": more.get("bus", {}),
        "boards": [
            [{"board_id": (PART[kind] << 36) + n}, {"board_type": kind}, {"chips": members}]
            for n, (kind, members) in enumerate(boards, start=1)
        ],
    }


def wired(a, ports_a, b, ports_b):
    """Links between two chips, port by port."""
    return [(a, port_a, b, port_b) for port_a, port_b in zip(ports_a, ports_b)]


def n300_pairs(count):
    """Boards of two chips: the near one (0..count) on the host's bus, the far one behind it."""
    boards = [("n300", [near, near + count]) for near in range(count)]
    links = [link for near in range(count) for link in wired(near, (8, 9), near + count, (0, 1))]
    return boards, links


def t3k():
    """Four boards of two chips, wired as a ring: a 2 x 4 mesh."""
    boards, links = n300_pairs(4)
    links += wired(0, (6, 7), 2, (6, 7)) + wired(1, (0, 1), 3, (0, 1))
    links += wired(0, (14, 15), 1, (14, 15)) + wired(2, (14, 15), 3, (14, 15))
    links += wired(4, (6, 7), 5, (6, 7)) + wired(6, (6, 7), 7, (6, 7))
    rows = (4, 0, 2, 6), (5, 1, 3, 7)
    places = {chip: (x, y) for y, row in enumerate(rows) for x, chip in enumerate(row)}
    return cluster("wormhole_b0", boards, links, range(4), 0b10_0000_0001, places=places)


def galaxy():
    """Four trays of 2 x 4 chips, mirrored against each other: a 4 x 8 mesh."""
    row, column, away = range(8, 12), range(12, 16), range(4, 8)
    chip = lambda tray, at: 4 * at + tray
    links = []
    for tray in range(4):
        for at in range(8):
            if at % 4 != 3:
                links += wired(chip(tray, at), row, chip(tray, at + 1), away)
            if at < 4:
                links += wired(chip(tray, at), column, chip(tray, at + 4), range(4))
    for at in (3, 7):
        links += wired(chip(0, at), row, chip(1, at), row) + wired(chip(2, at), row, chip(3, at), row)
    for at in range(4, 8):
        links += wired(chip(0, at), column, chip(2, at), column)
        links += wired(chip(1, at), column, chip(3, at), column)
    # A chip's place on its tray shows in its bus number.
    bus = {chip(tray, at): f"0x00{(0xC, 0x4, 0x0, 0x8)[tray]:x}{at + 1:x}" for tray in range(4) for at in range(8)}
    return cluster("wormhole_b0", [("ubb", list(range(32)))], links, range(32), 0, bus=bus)


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    boards, links = n300_pairs(1)
    clusters = {
        "n150": cluster("wormhole_b0", [("n150", [0])], [], [0], 0b100_0000),
        "n300": cluster("wormhole_b0", boards, links, [0], 0b100_0001, places={0: (0, 0), 1: (1, 0)}),
        "t3k": t3k(),
        "galaxy": galaxy(),
        "p150": cluster("blackhole", [("p150", [0])], [], [0], 0b1100_0000, eth_harvest=288, pcie_harvest=2),
    }
    for name, description in clusters.items():
        (out / f"{name}.yaml").write_text(json.dumps(description, indent=1) + "\n")


if __name__ == "__main__":
    main()
