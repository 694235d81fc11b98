"""The hooks of a run with `--ttmem`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generator, List, Optional

import pytest
from _pytest.runner import runtestprotocol

from . import asked, marks, restart, verdict
from .baseline import Baseline, Expected, Tolerance
from .collection import Collecting
from .figures import ATTRIBUTE
from .judge import Rules, broken
from .measure import Measurement
from .memory import Memory
from .protocol import run_by_others
from .summary import Summary

# A hook wrapper of this sort is around all others, and known to every pytest from 7 on.
_outermost = pytest.hookimpl(hookwrapper=True, tryfirst=True)


def register(config: pytest.Config) -> None:
    """Adds the hooks: those that measure wherever tests run, those that tell where somebody reads it."""
    options = config.option
    possible, state = restart.state(config)
    # Without figures a gate must not be green, nor a file of them written.
    files = (options.ttmem_baseline, options.ttmem_write_baseline)
    if not possible and (options.ttmem_fail_on_leak or any(file is not None for file in files)):
        raise pytest.UsageError(f"ttmem: {state}")
    baseline = asked.baseline(config)
    tolerance = asked.tolerance(config)
    collecting = Collecting(config)
    if options.ttmem_write_baseline is not None:
        config.pluginmanager.register(collecting, "ttmem-collecting")
    config.pluginmanager.register(_Refusing(), "ttmem-refusing")
    config.pluginmanager.register(Measuring(config, baseline, tolerance), "ttmem-measuring")
    if not hasattr(config, "workerinput"):
        earlier = asked.to_be_written(config)
        config.pluginmanager.register(Summary(config, state, baseline, earlier, collecting), "ttmem-summary")


@dataclass
class _Test:
    """The test under way."""

    measurement: Measurement
    # What its own code came to, and whether that has been told, so that it cannot be changed any more.
    call: Optional[pytest.TestReport] = None
    told: bool = False


class _Refusing:
    """Does not set up a test whose marks nobody understands. A hook of its own: one that is around all others
    must let them begin."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        problem = marks.problem(item)
        if problem is not None:
            pytest.fail(problem, pytrace=False)


class Measuring:
    """Measures every test that runs in this process, and judges those that have rules."""

    def __init__(
        self, config: pytest.Config, baseline: Optional[Baseline], tolerance: Tolerance
    ) -> None:
        self._fail_on_leak: bool = config.option.ttmem_fail_on_leak
        self._clear_caches: bool = config.option.ttmem_clear_program_cache
        self._baseline = baseline
        self._tolerance = tolerance
        self._memory = Memory()
        self._test: Optional[_Test] = None
        self._withheld: Optional[List[pytest.TestReport]] = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: Optional[pytest.Item]
    ) -> Optional[bool]:
        """Runs a test that has rules. Its reports are told once it has been judged, so that it either passes or
        fails: one that had passed already could only have an error afterwards."""
        if marks.problem(item) is not None or not self._rules(item).any():
            return None
        if run_by_others(self, item, nextitem):
            return True
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self._withheld = []
        try:
            runtestprotocol(item, nextitem=nextitem, log=False)
        finally:
            self._tell(item)
            self._withheld = None
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    @_outermost
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        self._test = _Test(Measurement(self._memory, self._clear_caches))
        yield

    @_outermost
    def pytest_fixture_setup(
        self, fixturedef: Any, request: pytest.FixtureRequest
    ) -> Generator[None, None, None]:
        if self._test is None:
            yield
            return
        measurement = self._test.measurement
        if fixturedef.scope != "function":
            with measurement.others_allocate():
                yield
            # It may be a device that is closed in the teardown of the last test that uses it.
            fixturedef.addfinalizer(self._settle)
            return
        # Finalizers are called in reverse order, and before them those of the fixtures that use this one. After
        # the last of them its value is nobody's: pytest would keep it until the next test.
        fixturedef.addfinalizer(lambda: _forget(request.node, fixturedef.argname))
        with measurement.fixture_allocates():
            yield
        fixturedef.addfinalizer(self._settle)

    def _settle(self) -> None:
        if self._test is not None:
            self._test.measurement.settle()

    @_outermost
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        test = self._test
        if test is not None:
            test.measurement.before_teardown()
        yield
        if test is not None:
            test.measurement.after_teardown()

    @_outermost
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: "pytest.CallInfo[None]"
    ) -> Generator[None, Any, None]:
        report = (yield).get_result()
        test = self._test
        if test is not None and report.failed:
            failures = test.measurement.failures()
            if failures:
                report.sections.append(("Failed allocations (ttmem)", "\n".join(failures)))
        if test is not None and call.when == "call":
            test.call = report
        elif test is not None and call.when == "teardown":
            self._conclude(item, test, report)
            self._test = None
        if self._withheld is not None:
            self._withheld.append(report)
            # What has failed is told at once: a debugger may come next, and -x waits for it.
            if not verdict.has_passed(report):
                self._tell(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._test is not None and report is self._test.call:
            self._test.told = True

    def _conclude(self, item: pytest.Item, test: _Test, teardown: pytest.TestReport) -> None:
        """Adds the figures to the report on the teardown, and turns that on the test into a failure if they
        break a rule."""
        call = test.call
        passed = call is not None and verdict.has_passed(call)
        figures = test.measurement.figures(_name(item), judged=passed and teardown.passed)
        setattr(teardown, ATTRIBUTE, figures.to_plain())
        teardown.user_properties.extend(figures.properties())
        if call is None:
            return
        try:
            paragraphs = broken(self._rules(item), figures, self._clear_caches)
        except marks.Unclear as error:
            # Of a mark that was added while the test ran.
            paragraphs = [str(error)]
        if not paragraphs:
            return
        text = "\n".join(paragraphs)
        if not test.told and passed:
            verdict.fail(call, item, text)
        elif not test.told:
            call.sections.append(("ttmem", text))
        elif passed and teardown.passed:
            verdict.fail(teardown, item, text)

    def _rules(self, item: pytest.Item) -> Rules:
        marked, may_remain = marks.allowed_to_remain(item)
        expected: Optional[Expected] = None
        if self._baseline is not None:
            expected = self._baseline.expected(_name(item), self._tolerance, self._clear_caches)
        if not marked and self._fail_on_leak and expected is None:
            may_remain = 0
        return Rules(marks.limits(item), may_remain, expected, marked)

    def _tell(self, item: pytest.Item) -> None:
        """Tells what was withheld."""
        reports, self._withheld = self._withheld or [], []
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)


def _name(item: pytest.Item) -> str:
    """What a test is called. pytest-xdist adds the group to some names, but only in its workers."""
    groups = [mark for mark in item.iter_markers("xdist_group")]
    return item.nodeid.rsplit("@", 1)[0] if groups and "@" in item.nodeid else item.nodeid


def _forget(node: pytest.Item, name: str) -> None:
    funcargs = getattr(node, "funcargs", None)
    if isinstance(funcargs, dict):
        funcargs.pop(name, None)
