"""Figures that are kept from one run to the next."""

import json

import pytest

TESTS = """
import os
more = int(os.environ.get("MORE", "0"))

def test_peak(mesh):
    mesh.track("L1", 10 * MB + more)

def test_known_leak(shared):
    kept.append(shared.track("DRAM", 2 * MB + more))
"""


def test_what_was_written_is_met_and_growth_is_not(run, pytester, monkeypatch):
    result = run(TESTS, "--ttmem-write-baseline", "memory.json")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["memory.json has the figures of 2 tests"])
    document = json.loads((pytester.path / "memory.json").read_text())
    assert document == {
        "schema": 1,
        "program_cache_cleared": False,
        "tests": {
            "test_it.py::test_known_leak": {
                "peaks": {"DRAM": {"0": (2 << 20) + (64 << 10)}},
                "remains": {"DRAM": {"0": 2 << 20}},
            },
            "test_it.py::test_peak": {"peaks": {"L1": {"0-7": 10 << 20}}, "remains": {}},
        },
    }

    again = ("--ttmem-baseline", "memory.json", "--ttmem-fail-on-leak")
    run(TESTS, *again).assert_outcomes(passed=2)
    monkeypatch.setenv("MORE", "4096")
    result = run(TESTS, *again)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "L1 peak 10.0 MiB on each of devices 0-7 is over the baseline of 10.0 MiB by 4.0 KiB",
            "1 allocation, 2.0 MiB of DRAM on device 0 remains; the baseline has 2.0 MiB of DRAM on device 0:",
        ]
    )
    run(TESTS, *again, "--ttmem-tolerance", "4 KB").assert_outcomes(passed=2)
    run(TESTS, *again, "--ttmem-tolerance", "0.1%").assert_outcomes(passed=1, failed=1)
    run(TESTS, *again, "--ttmem-tolerance", "1%").assert_outcomes(passed=2)


def test_a_link_stays_one_and_what_it_leads_to_is_written(run, pytester, tmp_path):
    shared = tmp_path / "shared.json"
    (pytester.path / "memory.json").symlink_to(shared)
    for _ in range(2):
        run(TESTS, "--ttmem-write-baseline", "memory.json").assert_outcomes(passed=2)
        assert (pytester.path / "memory.json").is_symlink()
        assert len(known(shared)) == 2


def test_a_test_it_does_not_know_is_told(run, pytester):
    (pytester.path / "memory.json").write_text(
        '{"schema": 1, "program_cache_cleared": false, "tests": {}}'
    )
    result = run(TESTS, "--ttmem-baseline", "memory.json")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["2 tests not in the baseline, and not compared; the first is test_it.py::test_peak"]
    )


def test_tests_that_fail_are_not_written(run, pytester):
    result = run("def test_fails(device):\n    assert not device\n", "--ttmem-write-baseline", "memory.json")
    result.assert_outcomes(failed=1)
    assert json.loads((pytester.path / "memory.json").read_text())["tests"] == {}


@pytest.mark.parametrize(
    "text, problem",
    [
        (None, "cannot read memory.json: No such file or directory"),
        ("{", "memory.json is no baseline: *"),
        ('{"schema": 2}', "memory.json has schema 2, and only 1 is known here"),
        ("{}", "memory.json is no baseline: it has no 'schema'"),
        ('{"schema": 1, "tests": []}', "memory.json is no baseline: *"),
        (
            '{"schema": 1, "program_cache_cleared": false, "tests": {"t": {"remains": {}, "peaks": {"L1": {"0-99999999": 1}}}}}',
            "memory.json is no baseline: *there is no device 99999999*",
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(run, pytester, text, problem):
    if text is not None:
        (pytester.path / "memory.json").write_text(text)
    result = run("def test_any():\n    pass\n", "--ttmem-baseline", "memory.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --ttmem-baseline: {problem}"])


@pytest.mark.parametrize("tolerance", ["-1%", "much", "%"])
def test_a_tolerance_that_makes_no_sense_is_refused(run, tolerance):
    result = run("def test_any():\n    pass\n", "--ttmem", f"--ttmem-tolerance={tolerance}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --ttmem-tolerance {tolerance}: *"])


@pytest.mark.parametrize(
    "option, problem",
    [
        ("--ttmem-write-baseline=nowhere/memory.json", "--ttmem-write-baseline: cannot write nowhere/memory.json: *"),
        ("--ttmem-write-baseline=.", "--ttmem-write-baseline: cannot write .: it is a directory"),
        ("--ttmem-write-baseline=test_it.py", "--ttmem-write-baseline: test_it.py is no baseline: *"),
        ("--ttmem-write-baseline=", "--ttmem-write-baseline: it needs the name of a file"),
        ("--ttmem-baseline=", "--ttmem-baseline: it needs the name of a file"),
        ("--ttmem-tolerance=5x", "--ttmem-tolerance 5x: *"),
        ("--ttmem-rows=-1", "--ttmem-rows -1: it must not be negative"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_before_any_test_runs(run, option, problem):
    result = run("def test_any():\n    print('has run')\n", "-s", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {problem}"])
    assert "has run" not in result.stdout.str()


def known(path):
    return sorted(json.loads(path.read_text())["tests"])


@pytest.fixture
def stale(run, pytester):
    """A baseline of which some tests are gone: one of a file that is there, and a whole file."""
    run(TESTS, "--ttmem-write-baseline", "memory.json")
    path = pytester.path / "memory.json"
    document = json.loads(path.read_text())
    (one, *_) = document["tests"].values()
    for test in ("test_it.py::test_renamed", "test_old.py::test_old", "elsewhere/test_far.py::test_far"):
        document["tests"][test] = one
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_figures_of_tests_that_are_gone_go_once_everything_was_to_run(run, stale, workers):
    if workers:
        pytest.importorskip("xdist")
    result = run(TESTS, "--ttmem-write-baseline", "memory.json", *workers)
    result.stdout.fnmatch_lines(
        ["memory.json has the figures of 3 tests, 1 of them *; those of 2 tests are out of it: there is no such test*"]
    )
    # Of a directory in which nothing was looked for nobody knows.
    assert known(stale) == [
        "elsewhere/test_far.py::test_far",
        "test_it.py::test_known_leak",
        "test_it.py::test_peak",
    ]


def test_figures_with_parameters_of_another_machine_stay(run, pytester):
    source = """
@pytest.mark.parametrize("size", [{sizes}])
def test_sized(device, size):
    device.track("L1", size * 64).free()
"""
    run(source.format(sizes="1, 2"), "--ttmem-write-baseline", "memory.json")
    run(source.format(sizes="1"), "--ttmem-write-baseline", "memory.json")
    assert known(pytester.path / "memory.json") == ["test_it.py::test_sized[1]", "test_it.py::test_sized[2]"]


SELECTIONS = {
    "by name": ("-k", "peak"),
    "by mark": ("-m", "not slow"),
    "by id": ("test_it.py::test_peak",),
    "those that failed last": ("--lf",),
    "without one": ("--deselect", "test_it.py::test_peak"),
    "by name, in workers": ("-k", "peak", "-n", "2"),
    "by id, in workers": ("test_it.py::test_peak", "-n", "2"),
}


@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=list(SELECTIONS))
def test_figures_of_tests_that_are_gone_stay_where_some_were_selected(run, stale, selection):
    if "-n" in selection:
        pytest.importorskip("xdist")
    before = known(stale)
    source = TESTS.replace("def test_known", "@pytest.mark.slow\ndef test_known")
    run(source, "--ttmem-write-baseline", "memory.json", *selection)
    assert known(stale) == before


@pytest.mark.parametrize(
    "more",
    ["pytest.skip('not here', allow_module_level=True)", "import nothing_of_that_name", "raise KeyboardInterrupt"],
)
def test_figures_stay_where_not_all_tests_were_found(run, stale, more):
    before = known(stale)
    run(f"{TESTS}\n{more}\n", "--ttmem-write-baseline", "memory.json")
    assert known(stale) == before


def test_figures_stay_where_a_worker_took_its_own_to_the_grave(run, stale):
    pytest.importorskip("xdist")
    before = known(stale)
    source = TESTS + "\ndef test_crashes():\n    os._exit(3)\n"
    options = ("-n", "1", "--max-worker-restart", "0")
    run(source, "--ttmem-write-baseline", "memory.json", *options, check_segments=False)
    assert known(stale) == before


def test_figures_of_tests_that_did_not_run_are_kept(run, pytester, monkeypatch):
    write = ("--ttmem-write-baseline", "memory.json")
    run(TESTS, *write)
    before = json.loads((pytester.path / "memory.json").read_text())["tests"]
    monkeypatch.setenv("MORE", "4096")
    result = run(TESTS, *write, "-k", "peak")
    result.stdout.fnmatch_lines(
        ["memory.json has the figures of 2 tests, 1 of them kept from before: this run did not measure them"]
    )
    now = json.loads((pytester.path / "memory.json").read_text())["tests"]
    assert now["test_it.py::test_known_leak"] == before["test_it.py::test_known_leak"]
    assert now["test_it.py::test_peak"]["peaks"] == {"L1": {"0-7": (10 << 20) + 4096}}
