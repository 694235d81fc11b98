"""A process that is tracked from its beginning, without anybody having said so."""

import os
import subprocess
import sys

import pytest
import ttmem

# Says what the tests' process is, and how often the test file was loaded.
TELLS = """
import os, sys
with open("told", "a") as file:
    file.write(f"{os.getpid()} {ttmem.switched_on()} {'ttmem_preload' in open('/proc/self/maps').read()} {sys.argv[1:]}\\n")

def test_any():
    print("printed")
"""


@pytest.fixture
def told(pytester):
    """What the test file has said so far."""
    return lambda: (pytester.path / "told").read_text().splitlines()


def test_the_same_command_line_in_the_same_process(run, told):
    result = run(TELLS, "--ttmem", "-s", "-p", "no:cacheprovider", "-k", "any and not other")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["ttmem: device memory is tracked", "*printed*"])
    (line,) = told()
    _, on, preloaded, words = line.split(" ", 3)
    assert (on, preloaded) == ("True", "True")
    assert words.endswith("'--ttmem', '-s', '-p', 'no:cacheprovider', '-k', 'any and not other']")


def test_the_process_keeps_its_id_and_its_streams(run, pytester, told):
    run(TELLS, "--ttmem")
    (pytester.path / "told").unlink()
    command = [sys.executable, "-m", "pytest", "--ttmem", "--capture=no", "test_it.py"]
    child = subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.PIPE, text=True)
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    assert "printed" in out
    assert told()[0].startswith(f"{child.pid} True True")


def test_the_script_is_started_again_as_well(run, pytester, told):
    run(TELLS)
    script = os.path.join(os.path.dirname(sys.executable), "pytest")
    result = pytester.run(script, "--ttmem", "test_it.py", timeout=120)
    result.assert_outcomes(passed=1)
    assert [line.split()[2] for line in told()] == ["False", "True"]


@pytest.mark.parametrize("where", ["ini", "environment"])
def test_the_option_may_be_given_anywhere(run, pytester, monkeypatch, told, where):
    if where == "ini":
        pytester.makeini("[pytest]\naddopts = --ttmem")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", "--ttmem")
    command = [sys.executable, "-m", "pytest", "test_it.py"]
    run(TELLS)
    done = subprocess.run(command, cwd=pytester.path, stdout=subprocess.PIPE, text=True, timeout=120)
    assert "ttmem: device memory is tracked" in done.stdout
    assert told()[-1].split()[1:3] == ["True", "True"]


def test_what_was_preloaded_stays(run, monkeypatch, pytester):
    monkeypatch.setenv("LD_PRELOAD", "libm.so.6")
    result = run(
        f"""
import os
def test_any():
    assert os.environ["LD_PRELOAD"] == "libm.so.6:{ttmem.preload_library()}"
""",
        "--ttmem",
    )
    result.assert_outcomes(passed=1)


def test_a_tracked_process_is_not_started_again(run, monkeypatch, pytester, told):
    run(TELLS)
    command = [ttmem.command(), "run", "--", sys.executable, "-m", "pytest", "--ttmem", "-s", "test_it.py"]
    result = pytester.run(*command, timeout=120)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["ttmem: device memory is tracked"])
    result.stderr.fnmatch_lines(["*ended with status 0*"])
    assert len(told()) == 2


def test_a_program_that_calls_pytest_is_left_alone(run, pytester, told):
    run(TELLS)
    program = pytester.makepyfile(
        program="""
        import sys, pytest
        print("begun")
        sys.exit(pytest.main(["-s", "test_it.py", *sys.argv[1:]]))
        """
    )
    result = pytester.run(sys.executable, program, "--ttmem", timeout=120)
    result.assert_outcomes(passed=1)
    assert result.stdout.str().count("begun") == 1
    result.stdout.fnmatch_lines(
        [
            "ttmem: device memory is not tracked: pytest was called by a program; start that with 'ttmem run --' in front",
            "no test used device memory*",
        ]
    )
    # A gate that sees nothing must not be green.
    result = pytester.run(sys.executable, program, "--ttmem-fail-on-leak", timeout=120)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: ttmem: device memory is not tracked: *"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_process_without_a_segment_is_no_green_gate(run, pytester, monkeypatch, workers):
    run(TELLS)
    nowhere = str(pytester.path / "nowhere")
    monkeypatch.setenv("TTMEM_DIR", nowhere)
    command = [sys.executable, "-m", "pytest", *workers, "test_it.py"]
    for option in ("--ttmem-fail-on-leak", "--ttmem-write-baseline=memory.json"):
        result = pytester.run(*command, option, timeout=120)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: ttmem: device memory is not tracked: this process has no segment*"])
    assert not (pytester.path / "memory.json").exists()
    result = pytester.run(*command, "--ttmem", timeout=120)
    result.assert_outcomes(passed=1)
    assert "device memory is tracked" not in result.stdout.str()
    result.stdout.fnmatch_lines(["no test * device memory is not tracked: this process has no segment*"])


def test_without_the_option_nothing_is_loaded(run):
    result = run(
        """
import sys

def test_any():
    loaded = [name for name in sys.modules if name.startswith("ttmem.")]
    assert loaded == ["ttmem.pytest_plugin"]
"""
    )
    result.assert_outcomes(passed=1)
