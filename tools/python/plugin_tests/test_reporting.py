"""What a run says at its beginning and end, in XML, and when something goes wrong."""

import xml.etree.ElementTree as xml

import pytest

TESTS = """
def test_large(device):
    device.track("L1", 26 * MB)
    device.track("DRAM", 100 * MB)

def test_mesh(mesh):
    mesh.track("L1", 4 * MB)

def test_nothing():
    pass
"""


def table(result):
    """The rows of the table, in words."""
    lines = result.stdout.lines
    first = next(n for n, line in enumerate(lines) if line.split() == ["PEAK", "TYPE", "DEVICES", "TEST"])
    return [line.split() for line in lines[first + 1 :] if line.startswith(" ") or " MiB " in line]


def test_the_table_has_the_highest_first(run):
    result = run(TESTS, "--ttmem")
    rows = [row for row in table(result) if row[2] != "L1_CORE"]
    assert rows == [
        ["100.1", "MiB", "DRAM", "0", "test_it.py::test_large"],
        ["26.0", "MiB", "L1", "0", "test_it.py::test_large"],
        ["4.0", "MiB", "L1", "0-7", "test_it.py::test_mesh"],
    ]


def test_rows_are_limited(run):
    result = run(TESTS, "--ttmem", "--ttmem-rows=1")
    assert table(result)[0][0] == "100.1"
    result.stdout.fnmatch_lines(["* lower peak* not shown; --ttmem-rows N shows more"])
    assert "26.0 MiB" not in result.stdout.str()


def test_quietly_it_is_one_line(run):
    result = run(TESTS, "--ttmem", "-q")
    result.stdout.fnmatch_lines(["ttmem: highest peaks: DRAM 100.1 MiB (test_it.py::test_large), L1 26.0 MiB*"])
    assert "PEAK" not in result.stdout.str()


def test_when_there_was_nothing_it_says_so(run):
    result = run("def test_nothing():\n    pass\n", "--ttmem")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["no test used device memory that ttmem can see"])
    result = run("", "--ttmem")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["no test was measured: *"])


def test_collecting_only_measures_nothing(run, pytester):
    result = run(TESTS, "--collect-only", "--ttmem-write-baseline=memory.json")
    assert result.ret == 0
    assert "device memory (ttmem)" not in result.stdout.str()
    assert not (pytester.path / "memory.json").exists()


def test_xml_has_a_property_for_each_figure(run, pytester):
    source = TESTS + '\n@pytest.mark.ttmem_leaks("0")\ndef test_leaks(device):\n    kept.append(device.track("L1", MB))\n'
    run(source, "--ttmem", "--junitxml=out.xml", "-o", "junit_family=xunit1")
    cases = {case.get("name"): case for case in xml.parse(pytester.path / "out.xml").iter("testcase")}

    def properties(name):
        return {one.get("name"): one.get("value") for one in cases[name].iter("property")}

    assert len(cases) == 4, "a test is counted once"
    assert properties("test_nothing") == {}
    large = properties("test_large")
    assert large["ttmem_peak_L1_device_0"] == str(26 << 20)
    assert large["ttmem_peak_DRAM_device_0"] == str((100 << 20) + (64 << 10))
    mesh = properties("test_mesh")
    assert [mesh[f"ttmem_peak_L1_device_{device}"] for device in range(8)] == [str(4 << 20)] * 8
    assert properties("test_leaks")["ttmem_left_L1_device_0"] == str(1 << 20)
    (failure,) = cases["test_leaks"].iter("failure")
    assert failure.get("message").startswith("1 allocation, 1.0 MiB of L1 on device 0 remains")
    assert list(cases["test_leaks"].iter("error")) == []


def test_figures_that_are_incomplete_are_called_so(run, monkeypatch):
    monkeypatch.setenv("TTMEM_LIVE_SLOTS", "64")
    result = run(
        """
def test_many(device):
    many = [device.track("L1", 32) for _ in range(5000)]
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["figures of 1 test are incomplete: live overflow*"])


def test_a_leak_is_found_although_there_can_be_no_peaks(run):
    result = run(
        """
windows = [ttmem.PeakWindow() for _ in range(100)]

def test_leaks(shared):
    kept.append(shared.track("L1", MB))
""",
        "--ttmem-fail-on-leak",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["1 allocation, 1.0 MiB of L1 *", "figures of 1 test are incomplete: no peaks: the process has as many open *"]
    )


@pytest.mark.parametrize(
    "mark, expected",
    [
        ('ttmem_limit("1 MB")', "its peaks cannot be judged: no peaks: the process has as many open PeakWindows *"),
        ('ttmem_leaks("0")', None),
    ],
)
def test_a_limit_is_not_kept_to_where_there_can_be_no_peaks(run, mark, expected):
    result = run(
        f"""
windows = [ttmem.PeakWindow() for _ in range(100)]

@pytest.mark.{mark}
def test_small(device):
    device.track("L1", 32).free()
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=int(expected is None), failed=int(expected is not None))
    if expected is not None:
        result.stdout.fnmatch_lines([expected])


@pytest.mark.parametrize("options, passed", [(["--ttmem"], 2), (["--ttmem-fail-on-leak"], 1)])
def test_what_cannot_be_looked_at_is_no_pass(run, options, passed):
    result = run(
        """
import os

def test_before(device):
    device.track("L1", MB).free()

def test_after(device):
    allocation = device.track("L1", MB)
    os.remove(ttmem._native.segment())
    allocation.free()
""",
        *options,
    )
    result.assert_outcomes(passed=passed, failed=2 - passed)
    result.stdout.fnmatch_lines(["figures of 1 test are incomplete: * is gone"])
    if passed == 1:
        result.stdout.fnmatch_lines(["what remains cannot be judged: * is gone"])


def test_a_run_that_stops_early_has_told_everything(run):
    result = run(
        """
@pytest.mark.ttmem_leaks("0")
def test_first(device):
    print("said by first")
    assert False

def test_second():
    pass
""",
        "--ttmem",
        "-x",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["said by first"])


def test_a_run_that_is_interrupted_has_told_what_it_knew(run):
    result = run(
        """
@pytest.fixture
def interrupts():
    yield
    raise KeyboardInterrupt

@pytest.mark.ttmem_leaks("0")
def test_first(interrupts):
    pass
""",
        "--ttmem",
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*1 passed*"])
