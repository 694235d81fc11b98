"""What the tests of the module share."""

import json
import os
import subprocess
import sys

import pytest

import ttmem


@pytest.fixture
def tracked(tmp_path):
    """This process is tracked, with a segment of its own, which lies in the directory that is returned."""
    directory = tmp_path / "segments"
    directory.mkdir()
    assert ttmem.attach(always=True, dir=directory)
    yield directory
    ttmem.detach()


def switches():
    """What in the environment may switch tracking on, or change what it does."""
    names = [name for name in os.environ if name.startswith("TTMEM") and name != "TTMEM_DIR"]
    return [*names, "TT_ALLOC_TRACKING_ENABLED", "LD_PRELOAD"]


@pytest.fixture
def untracked(monkeypatch):
    """Nothing switches tracking on, in this process and those it starts."""
    for name in switches():
        monkeypatch.delenv(name, raising=False)
    assert not ttmem.attached()


@pytest.fixture
def script(tmp_path):
    """Runs a program of its own and returns what it printed; fails if it did or wrote a word on stderr."""

    def run(text, expect=0, **environment):
        path = tmp_path / "script.py"
        path.write_text(text)
        plain = {name: value for name, value in os.environ.items() if name not in switches()}
        process = subprocess.run(
            # Python 3.12 warns of forks beside threads; that is what some of this is about.
            [sys.executable, "-X", "faulthandler", "-W", "ignore:This process", str(path)],
            env={**plain, "TTMEM_DIR": str(tmp_path), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=180,
        )
        assert (process.returncode, process.stderr) == (expect, "")
        return process.stdout

    return run


@pytest.fixture
def command():
    """What a `ttmem` command prints."""

    def run(*arguments, expect=0):
        done = subprocess.run([ttmem.command(), *map(str, arguments)], stdout=subprocess.PIPE)
        assert done.returncode == expect
        return done.stdout.decode()

    return run


@pytest.fixture
def as_json(command):
    """The document that a `ttmem` command prints."""
    return lambda *arguments, expect=0: json.loads(command(*arguments, "--json", expect=expect))
