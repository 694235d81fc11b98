"""Where to look, out of what a caller names."""

from __future__ import annotations

import enum
import os
from typing import Iterable

from . import _native
from ._words import word


class Place(enum.IntEnum):
    """The native module's numbers for where to look."""

    DIRECTORY = 0
    SEGMENT = 1
    SAVED = 2


def place_of(
    host: bool,
    pid: int | Iterable[int] | None,
    dir: str | os.PathLike[str] | None,
    file: str | os.PathLike[str] | None,
) -> tuple[int, str, list[int]]:
    """Which sort of place, its path, and which processes there (none is all)."""
    if pid is None:
        pids = []
    else:
        given = pid if isinstance(pid, Iterable) else (pid,)
        pids = [word(one, "a pid", 32) for one in given]
    if file is not None:
        if dir is not None or host:
            raise ValueError("'file' is looked at instead of the host: name one of them")
        return Place.SAVED, os.fspath(file), pids
    if dir is not None:
        return Place.DIRECTORY, os.fspath(dir), pids
    if host or pid is not None:
        return Place.DIRECTORY, _native.directory(), pids
    # No segment has an empty name: nothing is found then.
    return Place.SEGMENT, _native.segment(), pids
