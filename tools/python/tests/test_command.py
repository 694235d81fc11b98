"""The command and the library that come with the module."""

import os
import subprocess
import sys

import ttmem


def run(*arguments, **environment):
    return subprocess.run(
        arguments,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


def test_the_command_is_a_program_and_no_script():
    with open(ttmem.command(), "rb") as file:
        assert file.read(4) == b"\x7fELF"
    assert os.path.dirname(ttmem.command()) == os.path.dirname(sys.executable)
    version = run(ttmem.command(), "--version").stdout
    assert version == f"ttmem {ttmem.__version__}\n"
    assert run(sys.executable, "-m", "ttmem", "--version").stdout == version


def test_the_preload_library_is_a_file_of_the_module():
    assert os.path.dirname(ttmem.preload_library()) == os.path.dirname(ttmem.__file__)
    with open(ttmem.preload_library(), "rb") as file:
        assert file.read(4) == b"\x7fELF"


def test_a_script_is_run_by_this_interpreter_and_tracked(untracked, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, ttmem\nttmem.mark('begin')\nttmem.pool().alloc('L1', '3 MB', 0)\nprint(sys.executable, sys.argv[1:])"
    )
    done = run(sys.executable, "-m", "ttmem", "run", str(script), "one", "-v", TTMEM_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, f"{sys.executable} ['one', '-v']\n")
    assert "live at the end: 1 buffer" in done.stderr
    assert "3.0 MiB" in done.stderr
    assert not list(tmp_path.glob("ttmem.*"))


def test_a_module_is_run_as_well_and_its_status_is_the_commands(untracked, tmp_path):
    (tmp_path / "job.py").write_text("import sys, ttmem\nttmem.mark('x')\nsys.exit(7)")
    done = run(
        sys.executable, "-m", "ttmem", "run", "-m", "job", TTMEM_DIR=str(tmp_path), PYTHONPATH=str(tmp_path)
    )
    assert done.returncode == 7
    assert "ended with status 7" in done.stderr
    assert len(list(tmp_path.glob("ttmem.*"))) == 1, "kept, because it failed"


def test_one_process_has_one_segment(untracked, tmp_path):
    """The module hands on to the preload library where that is loaded."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, ttmem\nttmem.mark('x')\nttmem.PeakWindow()\n"
        "print(len([name for name in os.listdir(os.environ['TTMEM_DIR']) if name.startswith('ttmem.')]))"
    )
    done = run(
        sys.executable, str(script), TTMEM="1", TTMEM_DIR=str(tmp_path), LD_PRELOAD=ttmem.preload_library()
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
