"""The examples of the README, which is the wheel's long description."""

import doctest
import pathlib

import ttmem


def test_they_show_what_happens(tracked):
    readme = pathlib.Path(__file__).parent.parent / "README.md"
    found = doctest.testfile(str(readme), module_relative=False, globs={"ttmem": ttmem})
    assert (found.failed, found.attempted > 10) == (0, True)
