"""`pytest --ttmem`: the device memory of every test, measured and, where asked, judged.

Without `--ttmem` this only declares the options and the marks; the rest is in `ttmem._testing` and is not
even imported.
"""

from __future__ import annotations

import argparse
from typing import Generator

import pytest

MARKS = (
    'ttmem_limit(size, type=None, device=None): with --ttmem, fail if the peak is above the size, such as "24 MB", '
    "on any chip, of this buffer type or of each by itself",
    'ttmem_leaks(size): with --ttmem, fail if more than so much of a buffer type remains on a chip after the test; "0" '
    "allows nothing, None anything",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ttmem", "device memory (ttmem)")
    group.addoption(
        "--ttmem",
        action="store_true",
        help="track device memory: the peaks of each test, the marks ttmem_limit and ttmem_leaks; implied by the "
        "options that judge every test",
    )
    group.addoption(
        "--ttmem-fail-on-leak",
        action="store_true",
        help="fail each test that leaves device memory behind, unless its mark ttmem_leaks allows it",
    )
    group.addoption(
        "--ttmem-clear-program-cache",
        action="store_true",
        help="clear the program caches of all devices after each test, and judge what programs held as well",
    )
    group.addoption(
        "--ttmem-baseline",
        metavar="FILE",
        help="fail each test whose peak is above that in FILE, or that leaves more behind",
    )
    group.addoption(
        "--ttmem-write-baseline",
        metavar="FILE",
        help="write such a file from this run; what it has of tests that are not measured now is kept, unless everything "
        "was to run and they are not there any more",
    )
    group.addoption(
        "--ttmem-tolerance",
        metavar="AMOUNT",
        default="0",
        help='how much more than in the baseline is forgiven: a share such as "5%%" or a size such as "64 KB" '
        "(default: 0)",
    )
    group.addoption(
        "--ttmem-rows",
        metavar="N",
        type=int,
        default=20,
        help="show so many of the highest peaks at the end (default: 20)",
    )


def is_wanted(options: argparse.Namespace) -> bool:
    """Whether the options ask for anything."""
    return bool(
        options.ttmem
        or options.ttmem_fail_on_leak
        or options.ttmem_baseline is not None
        or options.ttmem_write_baseline is not None
    )


# Before pytest starts to capture, so that a restarted process finds its streams as they were.
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    if is_wanted(early_config.known_args_namespace):
        from ttmem._testing import restart

        restart.restart_tracked(early_config)
    yield


def pytest_configure(config: pytest.Config) -> None:
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if config.option.ttmem_tolerance != "0" or config.option.ttmem_rows < 0:
        from ttmem._testing import asked

        asked.check(config)
    if is_wanted(config.option):
        from ttmem._testing import session

        session.register(config)
