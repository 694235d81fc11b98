"""One's own allocations: for those who hand out device memory themselves."""

from __future__ import annotations

import enum
import itertools
import os
from types import TracebackType
from typing import Iterable, SupportsIndex

from . import _native
from ._sizes import SizeLike, size
from ._words import Outcome, TypeLike, buffer_type, chip, chip_set, text, word


class _Kind(enum.IntEnum):
    CHIP = 1
    MESH = 2
    SUBMESH = 3
    PROGRAMS = 4


# Addresses that nobody named lie so far apart that nothing of a chip's size reaches the next one.
_APART = 40


class Pool:
    """One allocator and the chips it covers: every allocation lies on all of them, at one address.

    It is registered when it is first used, anew in each process that uses it. What is wrong with a report is in its
    `Outcome` and counted in the segment; it is never raised. While nothing is tracked every outcome is
    `Outcome.OFF`.

    What a forked child inherits is its parent's: until the child allocates in the pool itself, `free`, `clear` and
    `retire` report nothing there, begin no tracking, and return `Outcome.OFF`.
    """

    def __init__(
        self,
        devices: SupportsIndex | Iterable[SupportsIndex],
        kind: str = "chip",
        id: int = 0,
        parent: Pool | None = None,
    ) -> None:
        self._chips = chip_set(devices)
        found = _Kind.__members__.get(str(kind).upper())
        if found is None:
            names = ", ".join(name.lower() for name in _Kind.__members__)
            raise ValueError(f"{kind!r} is no kind of pool; there are {names}")
        if parent is not None and not isinstance(parent, Pool):
            raise TypeError(f"the parent of a pool is a pool, not {parent!r}")
        self._kind = found
        self._id = word(id, "an id", 32)
        self._parent = parent
        # By segment: a handle means nothing in another one.
        self._handles: dict[str, _native.Pool] = {}
        # The process that registered it last.
        self._process: int | None = None
        self._addresses = itertools.count(1)

    @property
    def devices(self) -> tuple[int, ...]:
        """The chips it covers."""
        return tuple(number for number in range(64) if self._chips >> number & 1)

    @property
    def kind(self) -> str:
        """``chip``, ``mesh``, ``submesh`` or ``programs``."""
        return self._kind.name.lower()

    def alloc(
        self,
        type: TypeLike,
        size: SizeLike,
        address: int,
        *,
        per_bank: SizeLike | None = None,
        banks: int = 1,
        id: int = 0,
    ) -> Outcome:
        """Reports that a buffer came to life: `size` bytes asked for on each chip, at `address`.

        It occupies `per_bank` bytes on each of `banks` banks; if None, `size` is spread evenly over them. `id` is the
        caller's own number of it, 0 for none. What is live at that address already gains a reference if it has this
        size, and is replaced if not. Raises ValueError or TypeError for what cannot be a type, size, address, number
        of banks or id. A size beyond what any chip has is recorded nowhere: the outcome is `Outcome.REJECTED`.
        """
        kind = buffer_type(type)
        asked = _size(size)
        where, many = word(address, "an address"), word(banks, "a number of banks", 16)
        if many == 0:
            raise ValueError("a buffer lies on one bank at least, not on 0")
        # Rounded up.
        each = -(-asked // many) if per_bank is None else _size(per_bank)
        number = word(id, "an id")
        pool = self._registered()
        if pool is None:
            return _without_pool()
        return Outcome(_native.alloc(pool, kind, where, asked, each, many, number))

    def free(self, type: TypeLike, address: int) -> Outcome:
        """Reports that a buffer ended, or lost a reference. Call it before the memory is really given back."""
        kind, where = buffer_type(type), word(address, "an address")
        if self._process not in (None, os.getpid()):
            return Outcome.OFF
        pool = self._registered()
        return _without_pool() if pool is None else Outcome(_native.free(pool, kind, where))

    def alloc_failed(self, type: TypeLike, size: SizeLike, message: str = "") -> Outcome:
        """Reports that the allocator could not satisfy a request of `size` bytes on each chip, and why: 112 bytes of the
        `message` are kept. No total changes; readers show it beside what was live.
        """
        kind, asked, why = buffer_type(type), _size(size), text(message, "a message")
        pool = self._registered()
        if pool is None:
            return _without_pool()
        return Outcome(_native.alloc_failed(pool, kind, asked, why))

    def clear(self) -> Outcome:
        """Reports that the allocator was emptied: all that lives in it ends."""
        pool = self._registration()
        return Outcome.OFF if pool is None else Outcome(_native.clear_pool(pool))

    def retire(self) -> Outcome:
        """Reports that the allocator is gone: all that lives in it ends. The next report begins another pool."""
        if not _native.attached():
            return Outcome.OFF
        pool = self._handles.pop(_native.segment(), None)
        return Outcome.OFF if pool is None else Outcome(_native.retire_pool(pool))

    def track(
        self,
        type: TypeLike,
        size: SizeLike,
        *,
        address: int | None = None,
        per_bank: SizeLike | None = None,
        banks: int = 1,
        id: int = 0,
    ) -> Allocation:
        """Reports a buffer for as long as the result lives: see `ttmem.track`."""
        where = next(self._addresses) << _APART if address is None else address
        outcome = self.alloc(type, size, where, per_bank=per_bank, banks=banks, id=id)
        return Allocation(self, type, size, where, outcome)

    def _registration(self) -> _native.Pool | None:
        """Its handle in this process's segment, if it is registered there. A process that has no segment does not get
        one by being asked."""
        return self._handles.get(_native.segment()) if _native.attached() else None

    def _registered(self) -> _native.Pool | None:
        """The same, registered now if it was not. None if nothing is tracked, or there are too many pools."""
        segment = _native.segment()
        handle = self._handles.get(segment)
        if handle is None and segment:
            parent = None if self._parent is None else self._parent._registered()
            handle = _native.register_pool(self._kind, self._chips, self._id, parent)
            if handle is not None:
                # Of two threads that register it at once, one has made an empty pool for nothing.
                handle = self._handles.setdefault(segment, handle)
                self._process = os.getpid()
        return handle

    def __repr__(self) -> str:
        return f"Pool(devices={list(self.devices)}, kind={self.kind!r})"


class Allocation:
    """One tracked allocation, which ends when it is freed, when its ``with`` block ends, or when nobody refers to it
    any more: as a tensor does.
    """

    def __init__(
        self, pool: Pool, type: TypeLike, bytes: SizeLike, address: int, outcome: Outcome
    ) -> None:
        self.pool = pool
        self.type = buffer_type(type).name
        #: Bytes asked for on each chip.
        self.size = size(bytes)
        self.address = address
        #: What became of the report.
        self.outcome = outcome
        # Freed is what was recorded, where it was recorded.
        self._process = os.getpid()
        recorded = outcome not in (Outcome.OFF, Outcome.REJECTED)
        self._recorded = pool._registration() if recorded else None

    @property
    def live(self) -> bool:
        """Whether it is recorded as live: False if nothing was tracked, once it is freed, in a forked child, and after
        `ttmem.detach`.
        """
        if self._recorded is None or self._process != os.getpid():
            return False
        return self._recorded is self.pool._registration()

    def free(self) -> Outcome:
        """Reports its end. Once more is a double free, which is counted and does no harm.

        In a forked child it is the parent's: nothing is recorded there, and the outcome is `Outcome.OFF`.
        """
        if self._process != os.getpid():
            return Outcome.OFF
        self._recorded = None
        return self.pool.free(self.type, self.address)

    def __enter__(self) -> Allocation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.live:
            self.free()

    def __del__(self) -> None:
        # Not if it was never made whole, because an argument was refused, nor after the interpreter has taken this
        # module apart: its names are None then.
        made = getattr(self, "_recorded", None) is not None
        if made and _native is not None and self.live:
            self.free()

    def __repr__(self) -> str:
        state = "live" if self.live else "not live"
        return f"<Allocation {self.type} {self.address:#x} of {self.size} bytes, {state}>"


def pool(
    devices: SupportsIndex | Iterable[SupportsIndex] = (0,),
    kind: str = "chip",
    id: int = 0,
    parent: Pool | None = None,
) -> Pool:
    """An allocator of one's own, for `Pool.track`, `Pool.alloc` and `Pool.free`.

    `devices` are the chips on all of which each of its allocations lies (0 to 63). `kind` is ``chip``, ``mesh``,
    ``submesh`` (one that hands out addresses which may be live in `parent`) or ``programs`` (circular buffers and
    kernels). `id` is one's own number of the chip, mesh or submesh.

    Raises ValueError for no or impossible devices and for an unknown kind.
    """
    return Pool(devices, kind, id, parent)


# One for each chip.
_pools: dict[int, Pool] = {}


def track(
    type: TypeLike,
    size: SizeLike,
    *,
    device: int = 0,
    address: int | None = None,
    per_bank: SizeLike | None = None,
    banks: int = 1,
    id: int = 0,
    pool: Pool | None = None,
) -> Allocation:
    """Reports an allocation of one's own for as long as the result lives.

        with ttmem.track("L1", "2 MB", device=0):
            ...

    `size` is what is asked for on each chip, in bytes or as text. It occupies `per_bank` bytes on each of `banks`
    banks; if None, `size` is spread evenly over them. It is on `device`, or on all chips of `pool`. Without an
    `address` it gets a made-up one that no other in its pool has.

    It ends by `Allocation.free`, at the end of its ``with`` block, or when it is garbage-collected, at the latest by
    the interpreter's end: the object stands for the memory, as a tensor does. What lives on without an object is for
    `Pool.alloc` and `Pool.free`.

    Where nothing is tracked it does nothing. Raises ValueError or TypeError for arguments that cannot be, also then.
    A size beyond what any chip has is not refused but recorded nowhere: its outcome is `Outcome.REJECTED`.
    """
    owner = pool
    if owner is None:
        number = chip(device)
        owner = _pools.get(number) or _pools.setdefault(number, Pool(number, id=number))
    return owner.track(type, size, address=address, per_bank=per_bank, banks=banks, id=id)


def _without_pool() -> Outcome:
    # Tracked, but there are too many pools: that was counted.
    return Outcome.REJECTED if _native.attached() else Outcome.OFF


# The name is taken by arguments.
_size = size
