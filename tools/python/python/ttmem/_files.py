"""Where the command and the library for unmodified programs are."""

from __future__ import annotations

import os
import shutil

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
    """The path of the ``ttmem`` command that was installed with this module, else of the one on the PATH.

    Raises FileNotFoundError if there is neither.
    """
    path = _installed() or shutil.which("ttmem")
    if path is None:
        raise FileNotFoundError("the ttmem command was not installed with this module, nor is it on the PATH")
    return path


def _installed() -> str | None:
    # Where commands go is another place in each sort of installation; what was installed is on record.
    from importlib.metadata import PackageNotFoundError, files

    try:
        recorded = files("ttmem") or []
    except PackageNotFoundError:
        return None
    for one in recorded:
        if one.name == "ttmem" and one.parent.name == "bin":
            path = os.path.normpath(str(one.locate()))
            if os.access(path, os.X_OK):
                return path
    return None
