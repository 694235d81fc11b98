"""Files with what tests used to need and leave behind."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Collection, Dict, Iterable, List, Optional, Tuple

from .. import size as bytes_of
from .._words import chip
from .figures import Figures
from .wording import ranges

SCHEMA = 1
# Programs stay cached from one test to the next: unless that is cleared, these depend on which tests ran before.
_DEPEND_ON_CACHES = ("CB", "KERNEL", "L1_CORE")
# Bytes by buffer type and chip.
Amounts = Dict[Tuple[str, int], int]


class Unusable(Exception):
    """A sentence that says why a baseline cannot be read or written."""


@dataclass(frozen=True)
class Tolerance:
    """How much more than before is no growth: a share of it, and bytes."""

    share: Fraction = Fraction(0)
    bytes: int = 0

    @classmethod
    def parse(cls, text: str) -> Tolerance:
        """`5%` or `64 KB`. Raises ValueError for anything else."""
        if not text.endswith("%"):
            return cls(bytes=bytes_of(text))
        share = Fraction(text[:-1].strip()) / 100
        if share < 0:
            raise ValueError("it must not be negative")
        return cls(share=share)

    def is_more(self, now: int, before: int) -> bool:
        """Whether it grew."""
        return now > before + before * self.share + self.bytes


@dataclass(frozen=True)
class Expected:
    """What a baseline says of one test."""

    peaks: Amounts
    remains: Amounts
    tolerance: Tolerance
    # Whether program caches are cleared after each test, then and now.
    caches_cleared: bool

    def peak(self, buffer_type: str, device: int) -> Optional[int]:
        """The peak it had; nothing if that cannot be compared."""
        comparable = _is_comparable(buffer_type, self.caches_cleared)
        return self.peaks.get((buffer_type, device), 0) if comparable else None

    def left(self, buffer_type: str, device: int) -> Optional[int]:
        """The bytes that remained; nothing if that cannot be compared."""
        comparable = _is_comparable(buffer_type, self.caches_cleared)
        return self.remains.get((buffer_type, device), 0) if comparable else None


@dataclass
class Baseline:
    """A file of them."""

    caches_cleared: bool
    tests: Dict[str, Tuple[Amounts, Amounts]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Reads a file. Raises Unusable."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise Unusable(f"cannot read {path}: {error.strerror}") from error
        except ValueError as error:
            raise Unusable(f"{path} is no baseline: {error}") from error
        try:
            if document["schema"] != SCHEMA:
                raise Unusable(f"{path} has schema {document['schema']}, and only {SCHEMA} is known here")
            tests = {
                test: (_spread(amounts["peaks"]), _spread(amounts["remains"]))
                for test, amounts in document["tests"].items()
            }
            return cls(bool(document["program_cache_cleared"]), tests)
        except KeyError as error:
            raise Unusable(f"{path} is no baseline: it has no {error}") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise Unusable(f"{path} is no baseline: {error}") from error

    def expected(self, test: str, tolerance: Tolerance, caches_cleared: bool) -> Optional[Expected]:
        """What it says of a test; nothing if it does not know it."""
        if test not in self.tests:
            return None
        peaks, remains = self.tests[test]
        return Expected(peaks, remains, tolerance, self.caches_cleared and caches_cleared)

    def keep(self, earlier: Baseline, gone: Collection[str]) -> int:
        """Keeps what an earlier one has of other tests, but for those that are gone. Returns of how many."""
        kept = {
            test: amounts
            for test, amounts in earlier.tests.items()
            if test not in self.tests and test not in gone
        }
        if kept:
            # What one of them has not measured cannot be compared.
            self.caches_cleared = self.caches_cleared and earlier.caches_cleared
            self.tests.update(kept)
        return len(kept)

    def write(self, path: Path) -> None:
        """Writes a file, all of it or none. Raises Unusable."""
        tests = {
            test: {"peaks": _together(peaks), "remains": _together(remains)}
            for test, (peaks, remains) in sorted(self.tests.items())
        }
        document = {"schema": SCHEMA, "program_cache_cleared": self.caches_cleared, "tests": tests}
        try:
            _replace(_followed(path), json.dumps(document, indent=2) + "\n")
        except OSError as error:
            raise Unusable(f"cannot write {path}: {error.strerror}") from error


def of_run(results: Iterable[Figures], caches_cleared: bool) -> Baseline:
    """What a run measured, of the tests that can be judged."""
    baseline = Baseline(caches_cleared)
    for figures in results:
        if figures.judged:
            peaks = {
                (peak.buffer_type, peak.device): peak.bytes
                for peak in figures.peaks
                if _is_comparable(peak.buffer_type, caches_cleared)
            }
            baseline.tests[figures.test] = (peaks, figures.left())
    return baseline


def check_writable(path: Path) -> None:
    """Raises Unusable if a file cannot be written there."""
    if path.is_dir():
        raise Unusable(f"cannot write {path}: it is a directory")
    try:
        # As it will be written.
        descriptor, temporary = _beside(_followed(path))
        os.close(descriptor)
        os.unlink(temporary)
    except OSError as error:
        raise Unusable(f"cannot write {path}: {error.strerror}") from error


def _is_comparable(buffer_type: str, caches_cleared: bool) -> bool:
    return caches_cleared or buffer_type not in _DEPEND_ON_CACHES


def _together(amounts: Amounts) -> Dict[str, Dict[str, int]]:
    """`{"L1": {"0-7": 4096}}`: chips with the same amount together."""
    alike: Dict[Tuple[str, int], List[int]] = {}
    for (buffer_type, device), count in sorted(amounts.items()):
        alike.setdefault((buffer_type, count), []).append(device)
    document: Dict[str, Dict[str, int]] = {}
    for (buffer_type, count), devices in alike.items():
        document.setdefault(buffer_type, {})[ranges(devices)] = count
    return document


def _spread(document: Dict[str, Dict[str, Any]]) -> Amounts:
    amounts = {}
    for buffer_type, by_devices in document.items():
        for devices, count in by_devices.items():
            for part in devices.split(","):
                first, _, last = part.partition("-")
                for device in range(chip(int(first)), chip(int(last or first)) + 1):
                    amounts[(buffer_type, device)] = int(count)
    return amounts


def _followed(path: Path) -> Path:
    """What a link leads to: the link stays one."""
    return Path(os.path.realpath(path))


def _beside(path: Path) -> Tuple[int, str]:
    return tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = _beside(path)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        # As if it had been created by open().
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
