"""What is told at the beginning and at the end of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

from . import remains, restart
from .baseline import Baseline, Unusable, of_run
from .collection import Collecting
from .figures import ATTRIBUTE, Figures
from .wording import counted, ranges, size


class Summary:
    """Collects what all tests measured, in whichever process they ran."""

    def __init__(
        self,
        config: pytest.Config,
        state: str,
        baseline: Optional[Baseline],
        earlier: Optional[Baseline],
        collecting: Collecting,
    ) -> None:
        self._config = config
        self._state = state
        self._baseline = baseline
        # What the file that is to be written had before.
        self._earlier = earlier
        self._collecting = collecting
        self._results: Dict[str, Figures] = {}
        # Sentences for the end.
        self._said: List[str] = []

    def pytest_report_header(self) -> str:
        return f"ttmem: {self._state}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        plain = getattr(report, ATTRIBUTE, None)
        if plain is not None:
            figures = Figures.from_plain(plain)
            self._results[figures.test] = figures

    def pytest_sessionfinish(self) -> None:
        path = self._config.option.ttmem_write_baseline
        if path and not self._config.option.collectonly:
            baseline = of_run(self._results.values(), self._config.option.ttmem_clear_program_cache)
            earlier = self._earlier or Baseline(baseline.caches_cleared)
            gone = set(self._collecting.gone(earlier.tests)).difference(baseline.tests)
            kept = baseline.keep(earlier, gone)
            try:
                baseline.write(Path(path))
            except Unusable as error:
                self._said.append(f"no baseline was written: {error}")
            else:
                said = f"{path} has the figures of {counted(len(baseline.tests), 'test')}"
                if kept:
                    said += f", {kept:,} of them kept from before: this run did not measure them"
                if gone:
                    said += f"; those of {counted(len(gone), 'test')} are out of it: there is no such test any more"
                self._said.append(said)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._config.option.collectonly:
            return
        lines = self._quiet() if self._config.option.verbose < 0 else self._table()
        lines += [*self._unknown(), *self._incomplete(), *self._said]
        if self._config.option.verbose >= 0:
            terminalreporter.write_sep("=", "device memory (ttmem)")
        for line in lines:
            terminalreporter.write_line(line)

    def _table(self) -> List[str]:
        rows = self._rows()
        if not rows:
            return [self._nothing()]
        shown = rows[: max(self._config.option.ttmem_rows, 0)]
        lines = []
        if shown:
            lines = _aligned([("PEAK", "TYPE", "DEVICES", "TEST"), *(row[1:] for row in shown)])
        if len(rows) > len(shown):
            lines.append(f"{counted(len(rows) - len(shown), 'lower peak')} not shown; --ttmem-rows N shows more")
        return lines + self._left()

    def _quiet(self) -> List[str]:
        """The highest peak of each type, in one line."""
        highest: Dict[str, Tuple[int, str]] = {}
        for figures in self._results.values():
            for peak in figures.peaks:
                if peak.bytes > highest.get(peak.buffer_type, (0, ""))[0]:
                    highest[peak.buffer_type] = (peak.bytes, figures.test)
        if not highest:
            return [self._nothing()]
        words = [f"{buffer_type} {size(count)} ({test})" for buffer_type, (count, test) in highest.items()]
        return [f"ttmem: highest peaks: {', '.join(words)}"]

    def _rows(self) -> List[Tuple[int, str, str, str, str]]:
        rows = []
        for figures in self._results.values():
            alike: Dict[Tuple[str, int], List[int]] = {}
            for peak in figures.peaks:
                alike.setdefault((peak.buffer_type, peak.bytes), []).append(peak.device)
            for (buffer_type, count), devices in alike.items():
                rows.append((count, size(count), buffer_type, ranges(devices), figures.test))
        return sorted(rows, key=lambda row: (-row[0], row[4], row[2], row[3]))

    def _left(self) -> List[str]:
        """What tests left behind, whether or not that was allowed."""
        leaving = [figures for figures in self._results.values() if figures.remains]
        if not leaving:
            return []
        leaving.sort(key=lambda figures: -sum(group.bytes for group in figures.remains))
        rows = max(self._config.option.ttmem_rows, 0)
        lines = [f"{counted(len(leaving), 'test')} left something behind:"]
        lines += [f"  {figures.test}: {remains.amounts(figures)}" for figures in leaving[:rows]]
        if len(leaving) > rows:
            lines.append(f"  and {len(leaving) - rows:,} more; --ttmem-rows N shows more")
        return lines

    def _nothing(self) -> str:
        if not self._results:
            return f"no test was measured: {self._state}"
        nothing = "no test used device memory that ttmem can see"
        return nothing if self._state == restart.TRACKED else f"{nothing}: {self._state}"

    def _unknown(self) -> List[str]:
        if self._baseline is None:
            return []
        unknown = [test for test in self._results if test not in self._baseline.tests]
        if not unknown:
            return []
        return [f"{counted(len(unknown), 'test')} not in the baseline, and not compared; the first is {unknown[0]}"]

    def _incomplete(self) -> List[str]:
        reasons: Dict[str, int] = {}
        for figures in self._results.values():
            for reason in figures.incomplete:
                reasons[reason] = reasons.get(reason, 0) + 1
        return [f"figures of {counted(tests, 'test')} are incomplete: {reason}" for reason, tests in reasons.items()]


def _aligned(rows: List[Tuple[str, ...]]) -> List[str]:
    """Columns as wide as they must be; the first, of sizes, to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        f"{row[0]:>{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}" for row in rows
    ]
