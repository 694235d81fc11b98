"""What a test that fails has to say of memory that ran out."""

import pytest

TESTS = """
import ttmem

def refuse(pool, type="L1", size="8 MB"):
    pool.alloc_failed(type, size, "no room for it")
    raise RuntimeError("Out of Memory: not enough space")

def test_runs_out(device):
    weights = [device.track("L1", 2 * MB, address=4 * MB * n, banks=1) for n in range(3)]
    small = device.track("L1", "64 KB", address=100 * MB)
    cache = device.track("DRAM", 50 * MB)
    refuse(device)

def test_fails_for_another_reason(device):
    device.track("L1", MB)
    assert False

def test_expects_it(device):
    with pytest.raises(RuntimeError):
        refuse(device)

@pytest.fixture
def weights(device):
    held = device.track("L1", 3 * MB)
    refuse(device)

def test_whose_fixture_runs_out(weights):
    pass
"""

TITLE = "*- Failed allocations (ttmem) -*"


def failed(result, test):
    """The report of a test that failed, up to the next one."""
    lines = result.stdout.lines
    begin = next(n for n, line in enumerate(lines) if line.startswith("_") and f" {test} " in line)
    ends = (n for n in range(begin + 1, len(lines)) if lines[n].startswith(("___", "===")))
    return lines[begin : next(ends)]


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_what_was_live_is_in_the_report_of_the_test_that_ran_out(run, workers):
    if workers:
        pytest.importorskip("xdist")
    result = run(TESTS, "--ttmem", *workers)
    result.assert_outcomes(passed=1, failed=2, errors=1)
    assert result.stdout.str().count("Failed allocations (ttmem)") == 2
    report = "\n".join(failed(result, "test_runs_out"))
    section = report[report.index("Failed allocations (ttmem)") :].splitlines()[1:]
    assert section[0].startswith("1 allocation FAILED, the last of 8.0 MiB of L1 on device 0 at ")
    assert section[1:] == [
        "  no room for it",
        "  live at that moment: 6 buffers: DRAM 50.1 MiB, L1 6.1 MiB",
        "    3 x 2.0 MiB of L1 on device 0",
        "    1 x 64.0 KiB of L1 on device 0",
        "    1 x 50.0 MiB of DRAM on device 0",
        "    1 x 64.0 KiB of DRAM on device 0",
    ]
    assert not any("ttmem" in line for line in failed(result, "test_fails_for_another_reason"))
    report = "\n".join(failed(result, "ERROR at setup of test_whose_fixture_runs_out"))
    assert "    1 x 3.0 MiB of L1 on device 0" in report


def test_it_is_ten_lines_at_most_with_the_largest_gap(run):
    result = run(
        """
import ttmem

def test_runs_out(mesh):
    banks = ttmem.Banks(base=0x1000, bytes=MB, count=64, alignment=32)
    for chip in range(8):
        ttmem.report_device(chip, arch="wormhole_b0", banks={"L1": banks})
    many = [mesh.track("L1", 64 * 1024 * n, address=0x1000 + n * 0x4000, banks=64) for n in range(1, 10)]
    mesh.alloc_failed("L1", 64 * MB, "no room")
    assert False
""",
        "--ttmem",
    )
    report = "\n".join(failed(result, "test_runs_out"))
    section = report[report.index("Failed allocations (ttmem)") :].splitlines()[1:]
    assert len(section) == 10, section
    assert section[3] == "    1 x 576.0 KiB of L1 on each of devices 0-7"
    assert section[-2:] == [
        "    and 4 buffers in 4 groups",
        # Behind the last buffer, of 9 KiB at 144 KiB.
        f"  largest free: {1024 - 144 - 9:.1f} KiB in each of 64 banks",
    ]


def test_a_failure_is_told_once_and_by_its_own_test(run):
    result = run(
        """
def test_first(device):
    device.alloc_failed("L1", MB, "in the first")
    assert False

def test_second(device):
    assert False

@pytest.fixture
def fails_at_its_end(device):
    yield
    assert False

def test_third(fails_at_its_end, device):
    device.alloc_failed("L1", MB, "in the third")
    assert False
""",
        "--ttmem-fail-on-leak",
    )
    result.assert_outcomes(failed=3, errors=1)
    text = result.stdout.str()
    assert text.count("Failed allocations (ttmem)") == 2
    assert text.count("  in the first") == text.count("  in the third") == 1


def test_without_the_option_nothing_is_said(run):
    result = run(TESTS)
    result.assert_outcomes(passed=1, failed=2, errors=1)
    assert "ttmem)" not in result.stdout.str()
