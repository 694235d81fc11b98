"""What this process holds, for the plugin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Dict, Iterable, List, Optional, Set, Tuple

from .. import PeakWindow, _native, events
from .._places import place_of
from .figures import Peak, Unseen

# Records are lost when the ring is full, as it is meant to be; what else is lost is in no total.
_HARMLESS_LOSSES = ("records_overwritten",)


@dataclass(frozen=True)
class Held:
    """One live allocation."""

    buffer_type: str
    devices: Tuple[int, ...]
    # Number of its pool: of the allocator it came from.
    pool: int
    # On each of them, over all banks.
    size: int
    address: int
    age_s: float


class Memory:
    """The process itself. Whatever cannot be read is said with the figures, and never a test's fault."""

    def __init__(self) -> None:
        self._window: Optional[PeakWindow] = None
        self._problems: Set[str] = set()
        # Of these, why nobody can tell what was most, and what is held.
        self._no_peaks: Optional[str] = None
        self._unread: Optional[str] = None
        # Chips whose runtime says when they are opened.
        self._announced: Set[int] = set()

    def begin(self) -> None:
        """Peaks begin anew."""
        if self._window is not None:
            self._window.close()
        self._problems.clear()
        self._no_peaks = self._unread = None
        self._window = PeakWindow()
        if not self._window.tracked and _native.attached():
            self._no_peaks = "no peaks: the process has as many open PeakWindows as there can be"
            self._problems.add(self._no_peaks)

    def peaks(self) -> List[Peak]:
        """The peaks since then that are not 0."""
        if self._window is None:
            return []
        peaks = self._window.peaks().items()
        return [Peak(name, device, most) for (device, name), most in sorted(peaks)]

    def held(self) -> Dict[int, Held]:
        """Everything that is live, by the number of its record: an address may be used again."""
        if self._window is not None and self._window.tracked and not self.peaks():
            # Nothing is, and nothing was.
            return {}
        try:
            # What ttmem.snapshot() reads. Not its objects: this is asked several times for each test.
            document = json.loads(_native.snapshot(*place_of(False, None, None, None), None))
        except OSError as error:
            self._note_unread(error)
            return {}
        if not document["processes"] and _native.attached():
            self._note_unread(f"{_native.segment()} is gone")
        for process in document["processes"]:
            self._note_losses(process["lost"])
        self._announced |= {one["device"] for one in document["devices"] if one["arch"] is not None}
        return {
            buffer["sequence"]: Held(
                buffer["type"],
                tuple(buffer["devices"]),
                buffer["pool"],
                buffer["size"],
                int(buffer["address"], 16),
                buffer["age_s"],
            )
            for buffer in document["buffers"]
        }

    def is_announced(self, device: int) -> bool:
        """Whether openings of the chip are told: the runtime tells them, a pool of one's own has none."""
        return device in self._announced

    def opened(self, since: datetime) -> Dict[int, Set[int]]:
        """The chips that were opened since then, by the number of the record."""
        try:
            openings = events(since=since, where="event == device")
        except OSError as error:
            self._note_unread(error)
            return {}
        return {one.sequence: set(one.devices) for one in openings if one.sequence is not None}

    def ended_with_pool(self, sequences: Iterable[int], since: datetime) -> Set[int]:
        """Which of these allocations, live at that time, had no free of their own: their device was closed."""
        try:
            ends = events(since=since, where="effect == pool_cleared")
        except OSError as error:
            self._note_unread(error)
            return set()
        closed = {end.allocation for end in ends if end.allocation is not None}
        return closed.intersection(sequences)

    def failures(self, since_ns: int) -> List[str]:
        """What `ttmem run` would tell of the allocations that failed since then (nanoseconds since 1970)."""
        try:
            return _native.failures(_native.segment(), since_ns)
        except OSError as error:
            self._problems.add(str(error))
            return []

    def problems(self) -> List[str]:
        """Why figures since `begin` may be too small, a sentence each."""
        return sorted(self._problems)

    def unseen(self) -> Unseen:
        """What of the figures since `begin` is not known at all."""
        return Unseen(peaks=self._no_peaks, remains=self._unread)

    def _note_unread(self, reason: object) -> None:
        self._unread = str(reason)
        self._problems.add(self._unread)

    def _note_losses(self, lost: Dict[str, int]) -> None:
        names = [
            name.replace("_", " ")
            for name, count in lost.items()
            if count and name not in _HARMLESS_LOSSES
        ]
        if names:
            self._problems.add(f"{', '.join(names)} (see 'ttmem doctor')")
