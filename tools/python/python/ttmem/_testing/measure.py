"""What one test does to device memory, from before its setup until after its teardown."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Dict, Iterator, List, Set, Tuple

from . import settle
from .figures import Figures, Group
from .memory import Held, Memory

# These belong to programs, which stay cached on purpose.
_OF_PROGRAMS = ("CB", "KERNEL")


class Measurement:
    """A test under way."""

    def __init__(self, memory: Memory, clear_caches: bool) -> None:
        self._memory = memory
        self._clear_caches = clear_caches
        # Failures since then have not been told.
        self._untold_ns = time.time_ns()
        memory.begin()
        # What is not the test's own: it was there before, or fixtures of a wider scope made it.
        self._others: Set[int] = set(memory.held())
        # What came with a device that a fixture opened, and the openings and pools that are known by now.
        self._of_devices: Set[int] = set()
        self._openings: Set[int] = set()
        self._pools: Set[int] = {held.pool for held in memory.held().values()}
        self._tearing_down = False
        self._at_the_end: Dict[int, Held] = {}
        self._end = datetime.now(timezone.utc)
        self._remains: List[Held] = []

    @contextmanager
    def others_allocate(self) -> Iterator[None]:
        """What is allocated meanwhile is not the test's own."""
        before = set(self._memory.held())
        yield
        after = self._memory.held()
        self._others |= set(after) - before
        self._pools.update(held.pool for held in after.values())

    @contextmanager
    def fixture_allocates(self) -> Iterator[None]:
        """What is allocated meanwhile may be left to the closing of a device if that is opened meanwhile: it has
        buffers of its own."""
        before, begin = set(self._own()), datetime.now(timezone.utc)
        yield
        fresh = {key: held for key, held in self._own().items() if key not in before}
        if not fresh:
            return
        # A fixture that asked for the one with the device has not opened it itself.
        opened = self._memory.opened(begin)
        chips = {chip for one, chips in opened.items() if one not in self._openings for chip in chips}
        self._of_devices |= {key for key, held in fresh.items() if self._came_with_device(held, chips)}
        self._openings.update(opened)
        self._pools.update(held.pool for held in fresh.values())

    def _came_with_device(self, held: Held, opened: Set[int]) -> bool:
        if any(self._memory.is_announced(device) for device in held.devices):
            return not opened.isdisjoint(held.devices)
        return held.pool not in self._pools

    def before_teardown(self) -> None:
        """Looks at what the test has before its fixtures are torn down."""
        self.settle()
        self._end = datetime.now(timezone.utc)
        self._at_the_end = self._own()
        self._tearing_down = True

    def settle(self) -> None:
        """Lets go of what nobody holds, if the test has anything: to be done before a device is closed, which
        frees what is held and what is not."""
        if self._own():
            settle.collect_garbage()
            if self._clear_caches:
                settle.clear_program_caches()
        if self._tearing_down:
            # Fixtures may allocate in their teardown as well.
            self._at_the_end.update(self._own())

    def after_teardown(self) -> None:
        """Looks at what remains: what is live, and what went only because its device was closed."""
        self.settle()
        live = self._own()
        gone = set(self._at_the_end) - set(live) - self._of_devices
        if gone:
            gone = self._memory.ended_with_pool(gone, self._end)
        remains = [*live.values(), *(self._at_the_end[one] for one in gone)]
        self._remains = [
            held for held in remains if self._clear_caches or held.buffer_type not in _OF_PROGRAMS
        ]

    def failures(self) -> List[str]:
        """Lines about the allocations that failed in the test and have not been told yet."""
        since, self._untold_ns = self._untold_ns, time.time_ns()
        return self._memory.failures(since)

    def figures(self, test: str, judged: bool) -> Figures:
        """What was measured."""
        return Figures(
            test=test,
            peaks=self._memory.peaks(),
            remains=_grouped(self._remains) if judged else [],
            judged=judged,
            incomplete=self._memory.problems(),
            unseen=self._memory.unseen(),
        )

    def _own(self) -> Dict[int, Held]:
        return {key: held for key, held in self._memory.held().items() if key not in self._others}


def _grouped(remains: List[Held]) -> List[Group]:
    """Those that are alike together, the largest first."""
    alike: Dict[Tuple[str, Tuple[int, ...], int], List[Held]] = {}
    for held in remains:
        alike.setdefault((held.buffer_type, held.devices, held.size), []).append(held)
    groups = [
        Group(
            buffer_type=buffer_type,
            devices=devices,
            size=size,
            count=len(some),
            address=some[0].address,
            oldest_s=max(held.age_s for held in some),
        )
        for (buffer_type, devices, size), some in alike.items()
    ]
    return sorted(groups, key=lambda group: (-group.bytes, group.buffer_type, group.devices))
