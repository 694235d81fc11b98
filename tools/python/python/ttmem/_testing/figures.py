"""What was measured of one test, and how it travels from the process that ran it to the one that tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional, Tuple

# A report carries the figures under this name, as plain data: pytest-xdist can send nothing else.
ATTRIBUTE = "ttmem"


@dataclass(frozen=True)
class Peak:
    """The largest amount of one buffer type on one chip at any moment of a test."""

    buffer_type: str
    device: int
    bytes: int


@dataclass(frozen=True)
class Group:
    """Allocations that remain after a test and are alike."""

    buffer_type: str
    devices: Tuple[int, ...]
    # On each of the chips, over all banks.
    size: int
    count: int
    # Of the first of them.
    address: int
    oldest_s: float

    @property
    def bytes(self) -> int:
        """All of them, on each of the chips."""
        return self.size * self.count


@dataclass(frozen=True)
class Unseen:
    """Why there is nothing to judge by, where that is so."""

    peaks: Optional[str] = None
    remains: Optional[str] = None


@dataclass
class Figures:
    """What was measured of one test."""

    test: str
    peaks: List[Peak] = field(default_factory=list)
    remains: List[Group] = field(default_factory=list)
    # Whether `remains` says anything: of a test that failed nobody knows what its traceback holds.
    judged: bool = False
    # Why figures may be too small, a sentence each.
    incomplete: List[str] = field(default_factory=list)
    unseen: Unseen = Unseen()

    def left(self) -> Dict[Tuple[str, int], int]:
        """Bytes that remain, by buffer type and chip."""
        sums: Dict[Tuple[str, int], int] = {}
        for group in self.remains:
            for device in group.devices:
                key = (group.buffer_type, device)
                sums[key] = sums.get(key, 0) + group.bytes
        return sums

    def properties(self) -> List[Tuple[str, int]]:
        """What JUnit's XML says of the test."""
        peaks = [
            (f"ttmem_peak_{peak.buffer_type}_device_{peak.device}", peak.bytes) for peak in self.peaks
        ]
        left = [
            (f"ttmem_left_{buffer_type}_device_{device}", count)
            for (buffer_type, device), count in self.left().items()
        ]
        return peaks + left

    def to_plain(self) -> Dict[str, Any]:
        """As dictionaries, lists, numbers and text."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Dict[str, Any]) -> Figures:
        """What `to_plain` made."""
        peaks = [Peak(**peak) for peak in plain["peaks"]]
        remains = [Group(**{**group, "devices": tuple(group["devices"])}) for group in plain["remains"]]
        unseen = Unseen(**plain["unseen"])
        return cls(**{**plain, "peaks": peaks, "remains": remains, "unseen": unseen})
