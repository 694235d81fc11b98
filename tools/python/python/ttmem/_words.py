"""What the library's numbers are called, and how arguments are read."""

from __future__ import annotations

import enum
import operator
from typing import Iterable, SupportsIndex, Union


class BufferType(enum.IntEnum):
    """A kind of device memory. The first five have the runtime's own numbers.

    Wherever a type is asked for, its name will do as well, in any case: ``"L1"``, ``"l1_small"``; so will its
    number, and the runtime's own ``ttnn.BufferType``.
    """

    DRAM = 0
    #: The SRAM of the cores.
    L1 = 1
    #: Host memory that the device reads.
    SYSTEM_MEMORY = 2
    #: The part of L1 set aside for small buffers.
    L1_SMALL = 3
    #: The part of DRAM set aside for captured traces.
    TRACE = 4
    #: Circular buffers resident in L1.
    CB = 5
    #: Kernel binaries in L1.
    KERNEL = 6


class Outcome(enum.IntEnum):
    """What became of a report. What is wrong with one is counted in the segment and shown by every tool."""

    #: Nothing is tracked; nothing was recorded.
    OFF = 0
    #: Recorded.
    DONE = 1
    #: It was live with this size: it gained or lost a reference.
    REFERENCED = 2
    #: It was live with another size: that one was ended and a new one begun.
    REPLACED = 3
    #: Freed what was not live and, as far as is remembered, never had been.
    UNKNOWN_FREE = 4
    #: Freed what had been freed before.
    DOUBLE_FREE = 5
    #: The table of live allocations is full: it is in no total.
    LIVE_OVERFLOW = 6
    #: An argument was out of range: nothing was done.
    REJECTED = 7


#: The L1 of one core over all types: the tightest memory there is. For peaks only.
L1_CORE = 7

#: Chips of one host are numbered from 0 to 63.
CHIPS = 64

TypeLike = Union[str, SupportsIndex, BufferType]


def buffer_type(value: TypeLike) -> BufferType:
    """The buffer type that a name, a number or the runtime's own enum means.

    Raises ValueError for one that does not exist, TypeError for what is neither.
    """
    name = value if isinstance(value, str) else getattr(value, "name", None)
    try:
        if isinstance(name, str):
            return BufferType[_upper(name)]
        if not isinstance(value, (str, bool)):
            return BufferType(operator.index(value))
    except (KeyError, ValueError):
        names = ", ".join(BufferType.__members__)
        raise ValueError(f"{value!r} is no buffer type; there are {names}") from None
    except TypeError:
        pass
    raise TypeError(f"a buffer type is a name or a number, not {value!r}")


def peak_type(value: TypeLike) -> int:
    """The number of a buffer type, or of the L1 of one core over all types (``"L1_CORE"``)."""
    if isinstance(value, str) and _upper(value) == "L1_CORE":
        return L1_CORE
    return buffer_type(value)


def peak_name(kind: int) -> str:
    """The name of what `peak_type` gives the number of."""
    return "L1_CORE" if kind == L1_CORE else BufferType(kind).name


def _upper(name: str) -> str:
    return name.strip().upper().replace("-", "_")


def chip(value: SupportsIndex) -> int:
    """A device number.

    Raises ValueError if no chip can have it, TypeError if it is no number.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"a device is a number from 0 to {CHIPS - 1}, not {value!r}") from None
    if not 0 <= number < CHIPS:
        raise ValueError(f"there is no device {number}: devices are numbered from 0 to {CHIPS - 1}")
    return number


def chip_set(devices: SupportsIndex | Iterable[SupportsIndex]) -> int:
    """The bits of one device or several; none at all is refused."""
    many = devices if isinstance(devices, Iterable) else (devices,)
    bits = 0
    for device in many:
        bits |= 1 << chip(device)
    if bits == 0:
        raise ValueError("no device is named")
    return bits


def text(value: str, name: str) -> str:
    """Text that UTF-8 can hold, for what is called `name`."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is text, not {value!r}")
    # Half of a character, as in the name of a file that is no UTF-8, becomes a question mark.
    return value.encode("utf-8", "replace").decode()


def word(value: SupportsIndex, name: str, bits: int = 64) -> int:
    """A number that fits into so many bits, for what is called `name`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {value!r}") from None
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{name} cannot be {number}: it is between 0 and {(1 << bits) - 1}")
    return number
