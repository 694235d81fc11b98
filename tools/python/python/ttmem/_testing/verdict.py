"""Turning a report into that of a failed test."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

# How pytest begins the report of a test that passes although it is marked to fail without fail.
_PASSED_STRICTLY = "[XPASS(strict)] "


def has_passed(call: pytest.TestReport) -> bool:
    """Whether the test's own code went through, also where that was not expected."""
    return call.passed or _expected_to_fail(call) is not None


def fail(report: pytest.TestReport, item: pytest.Item, text: str) -> None:
    """Makes it the report of a failure; of the one that was expected, if the test is marked to fail."""
    reason = _expected_to_fail(report)
    report.outcome = "failed" if reason is None else "skipped"
    if reason is not None:
        setattr(report, "wasxfail", reason)
    report.longrepr = _representation(item, text)


def _expected_to_fail(call: pytest.TestReport) -> Optional[str]:
    """Why the test was expected to fail, if it was and has not."""
    if call.passed:
        return getattr(call, "wasxfail", None)
    if call.failed and isinstance(call.longrepr, str) and call.longrepr.startswith(_PASSED_STRICTLY):
        return call.longrepr[len(_PASSED_STRICTLY) :]
    return None


def _representation(item: pytest.Item, text: str) -> Any:
    """Text as pytest has failures: with a message for the short summary and for JUnit's XML. No traceback: no
    line of the test has failed."""
    path, line, _ = item.location
    place = ReprFileLocation(path, (line or 0) + 1, text.split("\n", 1)[0])
    lines = [f"{line}\n" for line in (*text.splitlines(), "", f"{place.path}:{place.lineno}")]
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([ReprEntryNative(lines)], extraline=None, style="native"),
        reprcrash=place,
    )
