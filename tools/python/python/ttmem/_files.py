"""Where the command and the library for unmodified programs are."""

from __future__ import annotations

import os
import shutil
import sysconfig

_PRELOAD = "libttmem_preload.so"


def preload_library() -> str:
    """The path of the library that, named by ``LD_PRELOAD``, reports what the runtime allocates.

    ``ttmem run`` sets it by itself. Raises FileNotFoundError if this installation has none (one built from source
    without ``cargo xtask wheel``).
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), _PRELOAD)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path} is missing: this ttmem was not installed from its wheel")
    return path


def command() -> str:
    """The path of the ``ttmem`` command that belongs to this module, else of the one on the PATH.

    Raises FileNotFoundError if there is neither.
    """
    for scheme in _schemes():
        path = os.path.join(sysconfig.get_path("scripts", scheme), "ttmem")
        if os.access(path, os.X_OK):
            return path
    found = shutil.which("ttmem")
    if found is None:
        raise FileNotFoundError("the ttmem command is neither in this Python's scripts nor on the PATH")
    return found


def _schemes() -> list[str]:
    # Where `pip install` puts scripts, and where `pip install --user` does.
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    names = ["posix_prefix", "posix_user"]
    inside = [name for name in names if sysconfig.get_path("platlib", name) == here]
    return inside + [name for name in names if name not in inside]
