"""A program that uses every part of the module: type checkers have nothing to say about it."""

from __future__ import annotations

from datetime import datetime
from typing import Dict, Iterator, List, Optional, Tuple

import ttmem


@ttmem.phase("generate")
def generate(count: int) -> Iterator[int]:
    yield from range(count)


def marks() -> Tuple[bool, int, Dict[Tuple[int, str], int]]:
    numbers: List[int] = list(generate(3))
    with ttmem.phase("decode") as phase:
        ttmem.mark(f"{len(numbers)} tokens")
    return ttmem.attached(), phase.peak(0, "L1"), phase.peaks()


def figures() -> Optional[int]:
    snapshot: ttmem.Snapshot = ttmem.snapshot(host=True, where="size > 1M")
    device = snapshot.device(0)
    if device is None:
        return None
    held: int = sum(buffer.size for buffer in snapshot.buffers if buffer.type == "L1")
    oldest: datetime = min(buffer.allocated for buffer in snapshot.buffers)
    since: List[ttmem.Event] = ttmem.events(since=oldest)
    failed = [event.text for event in since if event.event == "alloc_failed"]
    return held - device.types["L1"].peak_bytes - len(failed)


def allocations() -> ttmem.Outcome:
    pool: ttmem.Pool = ttmem.pool(range(8), "mesh")
    with pool.track("L1", "2 MB") as allocation, ttmem.PeakWindow() as window:
        window.peak(0, ttmem.BufferType.L1, reset=True)
        return allocation.free()


def refused(pool: ttmem.Pool, arch: str) -> Tuple[ttmem.Outcome, ttmem.Outcome]:
    banks = {"L1": ttmem.Banks(base=1024, bytes=1 << 20, count=64)}
    known = ttmem.report_device(0, arch=arch, dram_capacity="12 GiB", allocatable={"L1": 1 << 26}, banks=banks)
    return known, pool.alloc_failed("L1", "2 MB", "no room")


def watched(crossing: ttmem.Crossing) -> None:
    print(crossing.device, crossing.type, crossing.bytes, crossing.threshold)


with ttmem.watch({"L1": "90%", "DRAM": 1 << 30}, watched, devices=[0]) as watch:
    assert watch.running
