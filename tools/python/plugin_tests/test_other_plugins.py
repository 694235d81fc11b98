"""Beside plugins that run tests in their own way."""

import sys

import pytest

# One of each sort, and output that must not be lost.
TESTS = """
@pytest.mark.ttmem_leaks("0")
def test_leaks(device):
    print("said by test_leaks")
    kept.append(device.track("L1", 3 * MB))

@pytest.mark.ttmem_limit("1 MB", type="L1")
def test_over(device):
    print("said by test_over")
    device.track("L1", 2 * MB)

@pytest.mark.ttmem_leaks("0")
def test_clean(device):
    device.track("L1", MB)
"""


def check(result):
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "1 allocation, 3.0 MiB of L1 on device 0 remains; nothing may:",
            "L1 peak 2.0 MiB on device 0 is over the limit of 1.0 MiB by 1.0 MiB",
            "said by test_leaks",
            "said by test_over",
            "*3.0 MiB  L1 *0 *test_it.py::test_leaks",
            "*1.0 MiB  L1 *0 *test_it.py::test_clean",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_alone(run):
    check(run(TESTS, "--ttmem"))


@pytest.mark.parametrize("options", [["-n2"], ["-n2", "--dist=loadscope"], ["-n0"], ["-p", "no:xdist"]])
def test_xdist(run, options):
    pytest.importorskip("xdist")
    check(run(TESTS, "--ttmem", *options))


def test_xdist_with_a_baseline_and_groups(run):
    pytest.importorskip("xdist")
    tests = TESTS.replace("def test_clean", '@pytest.mark.xdist_group("one")\ndef test_clean')
    run(tests, "--ttmem-write-baseline=memory.json", "-n2", "--dist=loadgroup")
    result = run(tests, "--ttmem-baseline=memory.json")
    assert "test_clean" not in "".join(
        line for line in result.stdout.lines if "not in the baseline" in line
    )


def test_a_worker_that_dies_ends_its_test_alone(run):
    pytest.importorskip("xdist")
    result = run(
        TESTS + "\ndef test_dies(device):\n    import os\n    os._exit(9)\n",
        "--ttmem",
        "-n2",
        check_segments=False,
    )
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines_random(["FAILED test_it.py::test_leaks*", "*worker 'gw?' crashed*"])


def test_rerunfailures_that_is_idle(run):
    pytest.importorskip("pytest_rerunfailures")
    check(run(TESTS, "--ttmem"))


def test_rerunfailures_runs_a_leaking_test_again(run):
    pytest.importorskip("pytest_rerunfailures")
    result = run(
        """
attempts = []

@pytest.mark.ttmem_leaks("0")
def test_leaks_once(device):
    if not attempts:
        kept.append(device.track("L1", MB))
    attempts.append(1)

@pytest.mark.ttmem_leaks("0")
def test_leaks_always(device):
    kept.append(device.track("L1", MB))
""",
        "--ttmem",
        "--reruns=2",
    )
    result.stdout.fnmatch_lines(["FAILED *test_leaks_always*", "*1 failed, 1 passed, 3 rerun*"])


@pytest.mark.skipif(pytest.version_tuple >= (9,), reason="pytest-forked cannot send what pytest 9 reports")
def test_forked(run):
    pytest.importorskip("pytest_forked")
    check(run(TESTS, "--ttmem", "--forked"))


def test_a_plugin_that_tells_at_once_makes_it_an_error(run, pytester):
    pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            runtestprotocol(item, nextitem=nextitem)
            item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
            return True
        """
    )
    result = run(TESTS, "--ttmem")
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(["ERROR test_it.py::test_leaks - 1 allocation, 3.0 MiB of L1*"])


def test_subprocesses_and_forked_children_go_their_own_way(run):
    result = run(
        """
import os, subprocess, sys

@pytest.mark.ttmem_leaks("0")
def test_children(device):
    kept_here = device.track("L1", MB)
    child = os.fork()
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    code = "import ttmem; ttmem.track('L1', 4096)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=1)
    result.stdout.re_match_lines([r" *1\.0 MiB +L1 +0 +test_it\.py::test_children$"])
