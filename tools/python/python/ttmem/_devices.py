"""What chips are: for those who know, where no runtime tells."""

from __future__ import annotations

from typing import Mapping, SupportsIndex

from . import _native
from ._sizes import SizeLike, size
from ._snapshots import Banks
from ._words import BufferType, Outcome, buffer_type, chip, text, word

# Those that an allocator hands out, in the order of the native module.
_HANDED_OUT = (BufferType.DRAM, BufferType.L1, BufferType.L1_SMALL, BufferType.TRACE)
_NOT_KNOWN = (0, 0, 0, 0)


def report_device(
    device: SupportsIndex,
    *,
    arch: str = "",
    unique_id: SupportsIndex = 0,
    pci: str = "",
    l1_cores: SupportsIndex = 0,
    dram_capacity: SizeLike = 0,
    l1_capacity: SizeLike = 0,
    l1_core_capacity: SizeLike = 0,
    allocatable: Mapping[str, SizeLike | None] | None = None,
    banks: Mapping[str, Banks | None] | None = None,
) -> Outcome:
    """Reports what chip `device` is, which readers show beside what is held on it.

    Only for those who hand out memory themselves: of an unmodified program's chips the runtime tells. What is empty
    or 0 is not known. It may be repeated as more becomes known: the last report stands, with all it says.

    `arch` is the architecture, like ``"wormhole_b0"``, and `pci` the address, like ``"0000:01:00.0"``; 16 bytes of
    each are kept. `unique_id` is the chip's own, of 64 bits. `dram_capacity` and `l1_capacity` are all there is on the
    chip, the latter over `l1_cores` cores of `l1_core_capacity` each. `allocatable` is what an allocator can hand out,
    over all banks, and `banks` where: of ``DRAM``, ``L1``, ``L1_SMALL`` and ``TRACE``. Sizes are in bytes, or text.

    `Outcome.OFF` while nothing is tracked. Raises ValueError or TypeError for arguments that cannot be.
    """
    given = {buffer_type(name): size(most or 0) for name, most in (allocatable or {}).items()}
    spread = {buffer_type(name): _spread(one) for name, one in (banks or {}).items()}
    for kind in (*given, *spread):
        if kind not in _HANDED_OUT:
            names = ", ".join(one.name for one in _HANDED_OUT)
            raise ValueError(f"no bank hands out {kind.name}; there are {names}")
    capacities = [size(dram_capacity), size(l1_capacity), size(l1_core_capacity)]
    return Outcome(
        _native.report_device(
            chip(device),
            word(unique_id, "a unique id"),
            text(arch, "an architecture"),
            text(pci, "a PCI address"),
            word(l1_cores, "a number of cores", 32),
            [*capacities, *(given.get(kind, 0) for kind in _HANDED_OUT)],
            [spread.get(kind, _NOT_KNOWN) for kind in _HANDED_OUT],
        )
    )


def _spread(banks: Banks | None) -> tuple[int, int, int, int]:
    if banks is None:
        return _NOT_KNOWN
    if not isinstance(banks, Banks):
        raise TypeError(f"where banks are is told by a ttmem.Banks, not {banks!r}")
    return (
        word(banks.base, "the base of a bank"),
        word(banks.bytes, "the size of a bank"),
        word(banks.count, "a number of banks", 32),
        word(banks.alignment or 0, "an alignment", 32),
    )
