"""Who holds the memory of a Tenstorrent chip: marks, figures and one's own allocations, from Python.

A program is tracked when it runs under ``ttmem run`` (or ``python -m ttmem run``), or when the environment
says ``TTMEM=1``. Untracked, every call here does nothing, costs next to nothing and returns what its
documentation says: nobody has to take the calls out again.

    import ttmem

    ttmem.mark("prefill")                        # a named moment, seen by every reader
    with ttmem.phase("decode") as phase:         # a beginning and an end
        ...
    phase.peak(0, "L1")                          # bytes, exact

    snapshot = ttmem.snapshot()                  # what this process holds now
    ttmem.peak(0, "DRAM", reset=True)            # bytes, exact, since the last reset
    ttmem.watch({"L1": "90%"})                   # warns when L1 gets that full

All sizes are in bytes and cover all banks of a chip, as the runtime's allocator counts them. Where a size is
written as text, units are binary whichever way they are written: ``"24 MB"`` is 24 * 1,048,576 bytes.

Importing this module reads no file, starts nothing and sets nothing.
"""

from __future__ import annotations

# Known to type checkers by its name; `typing` itself takes longer to read than all that is here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._attaching import attach, attached, detach, switched_on
    from ._devices import report_device
    from ._events import Event, events
    from ._files import command, preload_library
    from ._marks import mark, phase
    from ._native import __version__
    from ._peaks import PeakWindow, peak
    from ._sizes import size
    from ._snapshots import (
        Banks,
        Buffer,
        Device,
        Holding,
        L1PerCore,
        Overlap,
        Process,
        Snapshot,
        TypeTotals,
        snapshot,
    )
    from ._tracking import Allocation, Pool, pool, track
    from ._watching import Crossing, ThresholdWarning, Watch, watch
    from ._words import BufferType, Outcome

# Which names are where: a module is read when the first of its names is used.
_NAMES = {
    "_attaching": ("attach", "attached", "detach", "switched_on"),
    "_devices": ("report_device",),
    "_events": ("Event", "events"),
    "_files": ("command", "preload_library"),
    "_marks": ("mark", "phase"),
    "_native": ("__version__",),
    "_peaks": ("PeakWindow", "peak"),
    "_sizes": ("size",),
    "_snapshots": (
        "Banks",
        "Buffer",
        "Device",
        "Holding",
        "L1PerCore",
        "Overlap",
        "Process",
        "Snapshot",
        "TypeTotals",
        "snapshot",
    ),
    "_tracking": ("Allocation", "Pool", "pool", "track"),
    "_watching": ("Crossing", "ThresholdWarning", "Watch", "watch"),
    "_words": ("BufferType", "Outcome"),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__all__ = [
    "Allocation",
    "Banks",
    "Buffer",
    "BufferType",
    "Crossing",
    "Device",
    "Event",
    "Holding",
    "L1PerCore",
    "Outcome",
    "Overlap",
    "PeakWindow",
    "Pool",
    "Process",
    "Snapshot",
    "ThresholdWarning",
    "TypeTotals",
    "Watch",
    "__version__",
    "attach",
    "attached",
    "command",
    "detach",
    "events",
    "mark",
    "peak",
    "phase",
    "pool",
    "preload_library",
    "report_device",
    "size",
    "snapshot",
    "switched_on",
    "track",
    "watch",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    # Found without coming here the next time.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
