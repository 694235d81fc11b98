"""What remains after a test: of whom it is, and what becomes of the test."""

import pytest

FORGETS = """
def test_forgets(device):
    kept.append(device.track("L1", 2 * MB))
    kept.append(device.track("L1", 2 * MB))
"""


def test_what_a_test_forgets_fails_it_once(run):
    result = run(FORGETS, "--ttmem-fail-on-leak")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "2 allocations, 4.0 MiB of L1 on device 0 remain; nothing may:",
            "  2 x 2.0 MiB of L1 on device 0, first at 0x*, up to * old",
            "Something holds them: a global, *--ttmem-clear-program-cache)",
            "test_it.py:3",
            "FAILED test_it.py::test_forgets*2 allocations, 4.0 MiB*",
        ]
    )
    assert result.ret == 1


def test_without_a_rule_it_is_only_told(run):
    result = run(FORGETS, "--ttmem")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "1 test left something behind:",
            "  test_it.py::test_forgets: 2 allocations, 4.0 MiB of L1 on device 0",
        ]
    )


def test_a_mark_allows_so_much_and_counts_before_the_option(run):
    result = run(
        """
@pytest.mark.ttmem_leaks("4 MB")
def test_allowed(shared):
    kept.append(shared.track("L1", 4 * MB))

@pytest.mark.ttmem_leaks("4 MB")
def test_more(shared):
    kept.append(shared.track("L1", 4 * MB + 1))

@pytest.mark.ttmem_leaks(None)
def test_anything(shared):
    kept.append(shared.track("L1", 8 * MB))

def test_none(shared):
    kept.append(shared.track("L1", 1))
""",
        "--ttmem-fail-on-leak",
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "FAILED test_it.py::test_more - 1 allocation, 4.0 MiB of L1 on device 0 remains; 4.0 MiB may:",
            "FAILED test_it.py::test_none - 1 allocation, 1 B of L1 on device 0 remains; nothing may:",
        ]
    )


def test_a_clean_test_passes_however_it_lets_go(run):
    result = run(
        """
@pytest.fixture
def weights(device):
    return device.track("DRAM", MB)

@pytest.fixture
def model(device):
    class Layer:
        pass
    layer = Layer()
    layer.itself = layer  # Only the garbage collector ends it.
    layer.weights = device.track("DRAM", MB)
    return layer

@pytest.fixture(params=[1, 2])
def cache(device, request):
    held = [device.track("L1", MB)]
    yield held
    held.clear()

def test_fixtures(weights, model, cache):
    cache.append(weights.pool.track("L1", MB))
    cycle = [weights.pool.track("L1", MB)]
    cycle.append(cycle)

def test_dynamic_fixture(request):
    request.getfixturevalue("weights").pool.track("L1", MB)

class TestClass:
    def setup_method(self):
        self.pool = ttmem.pool(1, id=5)
        self.weights = self.pool.track("DRAM", MB)

    def teardown_method(self):
        del self.weights

    def test_xunit(self):
        self.pool.track("L1", MB)
""",
        "--ttmem-fail-on-leak",
    )
    result.assert_outcomes(passed=4)
    assert "left something behind" not in result.stdout.str()


def test_fixtures_of_a_wider_scope_own_what_they_allocate(run):
    result = run(
        """
@pytest.fixture(scope="module")
def weights(shared):
    return [shared.track("DRAM", MB)]

@pytest.fixture(scope="class")
def layer(weights):
    return weights[0].pool.track("L1", MB)

class TestClass:
    @pytest.mark.ttmem_leaks("0")
    def test_first(self, layer):
        pass

    @pytest.mark.ttmem_leaks("0")
    def test_adds_to_them(self, layer, weights):
        weights.append(layer.pool.track("DRAM", 3 * MB))

    @pytest.mark.ttmem_leaks("0")
    def test_last(self, layer, weights):
        assert len(weights) == 2
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["FAILED *::test_adds_to_them - 1 allocation, 3.0 MiB of DRAM on device 0 remains; *"]
    )


def test_a_test_that_fails_or_is_skipped_is_not_judged(run):
    result = run(
        """
def test_fails(device):
    local = device.track("L1", MB)
    assert not local

def test_skips(device):
    local = device.track("L1", MB)
    pytest.skip("no reason")

@pytest.mark.xfail
def test_fails_as_expected(device):
    local = device.track("L1", MB)
    assert not local

@pytest.fixture
def broken(device):
    local = device.track("L1", MB)
    raise RuntimeError("setup")

def test_has_no_setup(broken):
    pass
""",
        "--ttmem-fail-on-leak",
    )
    result.assert_outcomes(failed=1, skipped=1, xfailed=1, errors=1)
    assert "remain" not in result.stdout.str()
    # Their peaks are shown all the same.
    for test in ("test_fails", "test_skips", "test_fails_as_expected", "test_has_no_setup"):
        result.stdout.re_match_lines([rf" *1\.0 MiB +L1 +0 +test_it\.py::{test}$"])


def test_one_that_is_expected_to_fail_may_fail_by_a_leak(run):
    result = run(
        """
@pytest.mark.xfail(reason="known")
def test_leaks(device):
    kept.append(device.track("L1", MB))

@pytest.mark.xfail(reason="known", strict=True)
def test_leaks_strictly(device):
    kept.append(device.track("L1", MB))

@pytest.mark.xfail(reason="mended", strict=True)
def test_does_not(device):
    pass
""",
        "--ttmem-fail-on-leak",
    )
    result.assert_outcomes(xfailed=2, failed=1)


def test_ten_lines_at_most_and_the_largest_first(run):
    result = run(
        """
@pytest.mark.ttmem_leaks("0")
def test_forgets_many(mesh):
    kept.extend(mesh.track("DRAM", MB * size) for size in range(1, 20))
""",
        "--ttmem",
    )
    result.assert_outcomes(failed=1)
    lines = result.stdout.lines
    first = next(n for n, line in enumerate(lines) if line.startswith("19 allocations"))
    last = next(n for n, line in enumerate(lines) if line.startswith("Something holds them"))
    assert last - first + 1 <= 10
    assert lines[first].startswith("19 allocations, 190.0 MiB of DRAM on each of devices 0-7 remain;")
    assert lines[first + 1].startswith("  1 x 19.0 MiB of DRAM on each of devices 0-7, at 0x")
    assert lines[last - 1] == "  and 12 allocations in smaller groups"


def test_unittest_is_judged_too(run):
    result = run(
        """
import unittest

class TestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = ttmem.pool(0, id=3)
        cls.weights = cls.pool.track("DRAM", MB)

    def setUp(self):
        self.input = self.pool.track("L1", MB)

    def tearDown(self):
        del self.input  # pytest 7 keeps the first of all instances until the class is done.

    def test_clean(self):
        self.assertTrue(self.input.live)

    def test_forgets(self):
        kept.append(self.pool.track("L1", MB))
""",
        "--ttmem-fail-on-leak",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED *::test_forgets*1.0 MiB of L1*"])


def test_what_programs_hold_counts_once_caches_are_cleared(run):
    source = """
import sys, types, weakref

class MeshDevice:
    def __init__(self, pool):
        self.pool, self.programs = pool, []
    def clear_program_cache(self):
        self.programs.clear()

sys.modules["ttnn"] = types.SimpleNamespace(MeshDevice=MeshDevice)
# Whoever asks what it is gets a ReferenceError.
proxy_of_nothing = weakref.proxy(set())

@pytest.fixture(scope="module")
def chip(shared):
    return MeshDevice(shared)

def test_runs_a_program(chip):
    chip.programs.append(chip.pool.track("CB", MB))
    chip.programs.append(chip.pool.track("L1", MB))

def test_keeps_one(chip):
    kept.append(chip.pool.track("CB", MB))
"""
    result = run(source, "--ttmem-fail-on-leak")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["FAILED *::test_runs_a_program*1 allocation, 1.0 MiB of L1*"])
    result = run(source, "--ttmem-fail-on-leak", "--ttmem-clear-program-cache")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["Something holds them: a global, a cache, or self of a test class", "FAILED *::test_keeps_one*of CB*"]
    )


FIXTURES_FORGET = """
@pytest.fixture
def in_setup(DEVICE):
    kept.append(DEVICE.track("L1", 2 * MB))

@pytest.fixture
def in_teardown(DEVICE):
    weights = DEVICE.track("L1", 3 * MB)
    yield
    kept.append(weights)

@pytest.fixture
def allocated_in_teardown(DEVICE):
    yield
    kept.append(DEVICE.track("L1", 4 * MB))

@pytest.fixture
def asking(request):
    kept.append(request.getfixturevalue("DEVICE").track("L1", 5 * MB))

@pytest.fixture
def model(DEVICE):
    class Layer:
        pass
    layer = Layer()
    layer.itself = layer
    layer.weights = DEVICE.track("L1", MB)
    return layer

def test_setup(in_setup):
    pass

def test_teardown(in_teardown):
    pass

def test_allocated(allocated_in_teardown):
    pass

def test_asking(asking):
    pass

def test_clean(model):
    pass
"""


@pytest.mark.parametrize("device", ["device", "shared"])
def test_a_fixture_that_forgets_is_not_hidden_by_the_closing_of_its_device(run, device):
    source = FIXTURES_FORGET.replace("DEVICE", device)
    leaks = {"setup": 2, "teardown": 3, "allocated": 4, "asking": 5}
    for test, size in leaks.items():
        # By itself, so that it is the last with its device in any case.
        result = run(source, "--ttmem-fail-on-leak", f"test_it.py::test_{test}")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines([f"1 allocation, {size}.0 MiB of L1 on device 0 remains; nothing may:"])
    result = run(source, "--ttmem-fail-on-leak")
    result.assert_outcomes(failed=4, passed=1)
    run(source, "--ttmem-fail-on-leak", "test_it.py::test_clean").assert_outcomes(passed=1)
