"""Which tests there are: a baseline lets go of those that are there no more."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any, Iterable, List, Optional, Set, Tuple

import pytest

# Under this name a worker of pytest-xdist sends what it collected: it alone collects.
_SENT = "ttmem_collected"


class Collecting:
    """Notes the tests that pytest finds, before anything is deselected."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._found: Set[str] = set()
        # Files of which some may not have been found.
        self._doubtful: Set[str] = set()
        self._selected = _names_tests(config)
        self._complete = False

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self._found.add(item.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._doubtful.add(_file(report.nodeid))

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        self._selected = self._selected or bool(list(items))

    def pytest_collection_modifyitems(self) -> None:
        # Not called if the collection was interrupted.
        self._complete = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if hasattr(self._config, "workerinput"):
            sent = self._plain()
            getattr(self._config, "workeroutput")[_SENT] = sent

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes in what a worker found; of one that crashed nobody knows."""
        sent = (getattr(node, "workeroutput", None) or {}).get(_SENT)
        if sent is not None:
            found, doubtful = sent
            self._found.update(found)
            self._doubtful.update(doubtful)
            self._complete = True

    def gone(self, tests: Iterable[str]) -> List[str]:
        """Those of the tests that are there no more, by all that is known: none, if this run was one of a
        selection. Of a file that is there, others were found; one that is not lay beside files of which some were.
        What a function is called with may depend on the machine: it stays as long as the function does.
        """
        if self._selected or not self._complete:
            return []
        files = {_file(test) for test in self._found}
        directories = {PurePosixPath(file).parent for file in files}
        functions = {_function(test) for test in self._found}
        gone = []
        for test in tests:
            file = _file(test)
            if _function(test) in functions or file in self._doubtful:
                continue
            beside = PurePosixPath(file).parent in directories
            if file in files or beside and not self._exists(file):
                gone.append(test)
        return gone

    def _plain(self) -> Optional[Tuple[List[str], List[str]]]:
        known = self._complete and not self._selected
        return (sorted(self._found), sorted(self._doubtful)) if known else None

    def _exists(self, file: str) -> bool:
        return os.path.lexists(Path(self._config.rootpath, file))


def _file(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def _function(nodeid: str) -> str:
    return nodeid.split("[", 1)[0]


def _names_tests(config: pytest.Config) -> bool:
    """Whether the command line picks single tests."""
    # With pytest-xdist what is deselected is only told to workers, and what the cache leaves out to nobody.
    return bool(getattr(config.option, "lf", False)) or any("::" in one for one in config.args)
