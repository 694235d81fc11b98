"""Runs of `pytest --ttmem` over small test files, each in a process of its own. The devices are made up: pools
that the tests report to ttmem themselves."""

import os

import pytest

pytest_plugins = ["pytester"]

# What the test files of the runs share.
DEVICES = """
import pytest
import ttmem

MB = 1 << 20
kept = []  # What tests forget.

def opened():
    pool = ttmem.pool(0, id=1)
    pool.own = pool.track("DRAM", "64 KB")  # As the runtime has buffers of its own.
    yield pool
    pool.clear()  # Closing a device frees all that is in it.

device = pytest.fixture(opened, name="device")
shared = pytest.fixture(opened, scope="module", name="shared")

@pytest.fixture
def mesh():
    pool = ttmem.pool(range(8), "mesh", id=2)
    yield pool
    pool.clear()
"""


@pytest.fixture
def run(pytester, monkeypatch, tmp_path_factory):
    """Runs pytest over a test file that has what is in DEVICES."""
    for name in list(os.environ):
        if name.startswith(("TTMEM", "PYTEST_XDIST")) or name in ("LD_PRELOAD", "CI", "BUILD_NUMBER"):
            monkeypatch.delenv(name)
    # Wide enough for whole lines of the short summary.
    monkeypatch.setenv("COLUMNS", "250")
    segments = tmp_path_factory.mktemp("segments")
    monkeypatch.setenv("TTMEM_DIR", str(segments))
    pytester.makepyfile(devices=DEVICES)

    def run(source, *options, check_segments=True):
        pytester.makepyfile(test_it="from devices import *\n" + source)
        result = pytester.runpytest_subprocess(*options, timeout=120)
        if check_segments:
            assert list(segments.iterdir()) == [], "a good end leaves nothing"
        return result

    return run
