"""Starting pytest once more, with the preload library: a running process cannot load it any more."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Tuple

import pytest

from .. import attach, preload_library, switched_on

# The process that was started once more. It keeps its id, so its children are not taken for it.
RESTARTED = "TTMEM_PYTEST_RESTARTED"
TRACKED = "device memory is tracked"


def restart_tracked(config: pytest.Config) -> None:
    """Replaces this process by one with the same command line that is tracked. Returns if it is tracked
    already or cannot be replaced."""
    if why_not_restarted(config) is not None or is_preloaded():
        return
    try:
        library, command = preload_library(), command_line()
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(sys.executable, command, tracked_environment(os.environ, library))
    except OSError as error:
        print(f"ttmem: pytest cannot be started once more, to be tracked: {error}", file=sys.stderr)


def state(config: pytest.Config) -> Tuple[bool, str]:
    """Whether anything can be tracked in this process and those it starts, and a sentence about it."""
    if switched_on() and not attach():
        return False, "device memory is not tracked: this process has no segment (ttmem has said why on stderr)"
    if is_preloaded():
        return True, TRACKED
    why = why_not_restarted(config)
    if why is None:
        why = "pytest could not be started once more"
    if switched_on():
        return True, f"only what the tests themselves report to ttmem is tracked: {why}"
    return False, f"device memory is not tracked: {why}"


def why_not_restarted(config: pytest.Config) -> Optional[str]:
    """Why this process is better not replaced, in words; nothing if it may be."""
    if os.environ.get(RESTARTED) == str(os.getpid()):
        return "it was started with the preload library, which is not there"
    if "PYTEST_XDIST_WORKER" in os.environ:
        return "the process that started this worker is not tracked"
    if not _is_pytest_itself(config):
        return "pytest was called by a program; start that with 'ttmem run --' in front"
    if not sys.executable:
        return "Python does not know how it was started; put 'ttmem run --' in front"
    return None


def is_preloaded() -> bool:
    """Whether the preload library is in this process, and on."""
    try:
        mapped = Path("/proc/self/maps").read_text(errors="replace")
    except OSError:
        mapped = os.environ.get("LD_PRELOAD", "")
    return "libttmem_preload" in mapped and switched_on()


def command_line() -> List[str]:
    """How to start this process once more. Raises OSError if nobody knows."""
    arguments = getattr(sys, "orig_argv", None)
    if arguments is None:
        raw = Path("/proc/self/cmdline").read_bytes()
        arguments = [os.fsdecode(word) for word in raw.split(b"\0")[:-1]]
    # By its full name Python finds the environment it belongs to.
    return [sys.executable, *arguments[1:]]


def tracked_environment(environment: Mapping[str, str], library: str) -> Dict[str, str]:
    """The environment of a tracked process. What is preloaded already stays first: it may be what the
    program cannot do without."""
    preloaded = environment.get("LD_PRELOAD", "")
    if library not in preloaded.replace(" ", ":").split(":"):
        preloaded = f"{preloaded}:{library}" if preloaded else library
    return {**environment, "LD_PRELOAD": preloaded, "TTMEM": "1", RESTARTED: str(os.getpid())}


def _is_pytest_itself(config: pytest.Config) -> bool:
    """Whether the process does nothing but run pytest: it has done nothing that would be done twice."""
    called = config.invocation_params
    if called.plugins or list(called.args) != sys.argv[1:]:
        return False
    program = Path(sys.argv[0])
    return program.name in ("pytest", "py.test") or program.parts[-2:] == ("pytest", "__main__.py")

