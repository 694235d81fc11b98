"""Peaks against the limits of marks."""

import pytest


def test_a_peak_over_its_limit_fails_the_test_with_both_figures(run):
    result = run(
        """
@pytest.mark.ttmem_limit("24 MB", type="L1")
def test_over(device):
    for size in (10, 26, 10):
        device.track("L1", size * MB).free()

@pytest.mark.ttmem_limit("26 MB", type="L1")
def test_at(device):
    device.track("L1", 26 * MB)
    device.track("DRAM", 100 * MB)
""",
        "--ttmem",
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "L1 peak 26.0 MiB on device 0 is over the limit of 24.0 MiB by 2.0 MiB",
            "FAILED test_it.py::test_over - L1 peak 26.0 MiB on device 0 is over the limit *",
        ]
    )


def test_a_peak_begins_with_its_test_and_holds_what_was_there(run):
    result = run(
        """
@pytest.fixture(scope="module")
def weights(shared):
    return shared.track("L1", MB)

def test_high(shared):
    shared.track("L1", 50 * MB)

@pytest.mark.ttmem_limit("3 MB", type="L1")
def test_low(weights):
    weights.pool.track("L1", 2 * MB)

@pytest.mark.ttmem_limit("2 MB", type="L1")
def test_with_the_weights(weights):
    weights.pool.track("L1", 2 * MB)
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["L1 peak 3.0 MiB on device 0 is over the limit of 2.0 MiB by 1.0 MiB"])


def test_the_nearest_mark_counts_for_each_memory(run):
    result = run(
        """
pytestmark = [pytest.mark.ttmem_limit("1 MB", type="l1"), pytest.mark.ttmem_limit("5 MB", type="DRAM")]

@pytest.mark.ttmem_limit("3 MB", type="L1")
class TestClass:
    def test_more_l1(self, device):
        device.track("L1", 2 * MB)

    @pytest.mark.ttmem_limit("9 MB", type="L1")
    def test_too_much_dram(self, device):
        device.track("L1", 8 * MB)
        device.track("DRAM", 8 * MB)

def test_too_much_l1(device):
    device.track("L1", 2 * MB)
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "FAILED *::test_too_much_dram - DRAM peak 8.1 MiB *",
            "FAILED *::test_too_much_l1 - L1 peak 2.0 MiB *",
        ]
    )


def test_devices_that_are_alike_are_told_together(run):
    result = run(
        """
@pytest.mark.ttmem_limit("1 MB")
def test_mesh(mesh):
    mesh.track("L1", 2 * MB)

@pytest.mark.ttmem_limit("1 MB", device=[2, 3])
def test_two_of_them(mesh):
    mesh.track("L1", 2 * MB)

@pytest.mark.ttmem_limit("1 MB", device=9)
def test_another(mesh):
    mesh.track("L1", 2 * MB)
""",
        "--ttmem",
    )
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        [
            "L1 peak 2.0 MiB on each of devices 0-7 is over the limit of 1.0 MiB by 1.0 MiB",
            "L1 peak 2.0 MiB on each of devices 2-3 is over the limit of 1.0 MiB by 1.0 MiB",
        ]
    )


def test_without_the_option_marks_are_known_and_do_nothing(run):
    result = run(
        """
@pytest.mark.ttmem_limit("1", type="L1")
@pytest.mark.ttmem_leaks("0")
def test_over(device):
    kept.append(device.track("L1", MB))
""",
        "--strict-markers",
    )
    result.assert_outcomes(passed=1)
    assert "ttmem:" not in result.stdout.str()


@pytest.mark.parametrize(
    "mark, problem",
    [
        ('ttmem_limit("much")', "*"),
        ('ttmem_limit("1 MB", type="L7")', "*L7* is no buffer type*"),
        ('ttmem_limit("1 MB", device=64)', "*there is no device 64*"),
        ('ttmem_limit("1 MB", chip=0)', "*unexpected keyword argument 'chip'*"),
        ("ttmem_limit()", "*missing 1 required positional argument*"),
        ("ttmem_leaks(1.5)", "*1.5*"),
    ],
)
def test_a_mark_that_makes_no_sense_is_an_error_of_its_test(run, mark, problem):
    result = run(
        f"@pytest.mark.{mark}\ndef test_marked():\n    print('test_marked was run')\n\ndef test_other():\n    pass\n",
        "--ttmem",
        "-s",
    )
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines([f"the mark {mark.split('(')[0]} cannot be understood: {problem}"])
    assert "another exception" not in result.stdout.str()
    assert "test_marked was run" not in result.stdout.str()


def test_a_mark_that_is_added_while_the_test_runs_is_an_error_of_that_test(run):
    result = run(
        """
def test_marked(request):
    request.node.add_marker(pytest.mark.ttmem_limit("much"))

def test_other():
    pass
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["the mark ttmem_limit cannot be understood: *"])
