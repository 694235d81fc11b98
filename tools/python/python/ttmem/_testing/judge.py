"""Which of its rules a test breaks, in words that say what and how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Tuple

from . import remains
from .baseline import Expected
from .figures import Figures
from .marks import Limit
from .wording import on_devices, size


@dataclass
class Rules:
    """What a test is judged by."""

    limits: List[Limit] = field(default_factory=list)
    # Bytes of a buffer type that may remain on a chip; nothing if anything may.
    may_remain: Optional[int] = None
    # What the baseline says of the test; nothing if there is none, or it does not know the test.
    expected: Optional[Expected] = None
    # A mark says what may remain, whatever the baseline says.
    marked: bool = False

    def any(self) -> bool:
        """Whether there is anything to judge by."""
        return bool(self.limits) or self.may_remain is not None or self.expected is not None


def broken(rules: Rules, figures: Figures, caches_cleared: bool) -> List[str]:
    """A paragraph for each rule that is broken."""
    paragraphs = [*_over_limits(rules.limits, figures)]
    if rules.expected is not None:
        paragraphs += _over_expected(rules.expected, figures)
    too_much = _too_much_remains(rules, figures) if figures.judged else None
    if too_much is not None:
        paragraphs.append(remains.told(figures, too_much, caches_cleared))
    return paragraphs or [*_blind(rules, figures)]


def _blind(rules: Rules, figures: Figures) -> Iterator[str]:
    """What cannot be judged is not passed."""
    expected = rules.expected is not None
    if figures.unseen.peaks is not None and (rules.limits or expected):
        yield f"its peaks cannot be judged: {figures.unseen.peaks}"
    remains_matter = rules.may_remain is not None or expected
    if figures.judged and figures.unseen.remains is not None and remains_matter:
        yield f"what remains cannot be judged: {figures.unseen.remains}"


def _over_limits(limits: List[Limit], figures: Figures) -> Iterator[str]:
    for limit in limits:
        over: Dict[Tuple[str, int], List[int]] = {}
        for peak in figures.peaks:
            if limit.concerns(peak.buffer_type, peak.device) and peak.bytes > limit.bytes:
                over.setdefault((peak.buffer_type, peak.bytes), []).append(peak.device)
        for (buffer_type, count), devices in over.items():
            yield (
                f"{buffer_type} peak {size(count)} {on_devices(devices)} is over the limit of {size(limit.bytes)} "
                f"by {size(count - limit.bytes)}"
            )


def _over_expected(expected: Expected, figures: Figures) -> Iterator[str]:
    over: Dict[Tuple[str, int, int], List[int]] = {}
    for peak in figures.peaks:
        before = expected.peak(peak.buffer_type, peak.device)
        if before is not None and expected.tolerance.is_more(peak.bytes, before):
            over.setdefault((peak.buffer_type, peak.bytes, before), []).append(peak.device)
    for (buffer_type, count, before), devices in over.items():
        yield (
            f"{buffer_type} peak {size(count)} {on_devices(devices)} is over the baseline of {size(before)} "
            f"by {size(count - before)}"
        )


def _too_much_remains(rules: Rules, figures: Figures) -> Optional[str]:
    """What was allowed, in words, if more than that remains."""
    left = figures.left()
    if rules.expected is not None and not rules.marked:
        expected = rules.expected
        for (buffer_type, device), count in left.items():
            before = expected.left(buffer_type, device)
            if before is not None and expected.tolerance.is_more(count, before):
                return f"the baseline has {size(before)} of {buffer_type} on device {device}"
    elif rules.may_remain is not None and any(count > rules.may_remain for count in left.values()):
        return "nothing may" if rules.may_remain == 0 else f"{size(rules.may_remain)} may"
    return None
