"""Whether this process is tracked, and making it so."""

from __future__ import annotations

import os

from . import _native


def switched_on() -> bool:
    """Whether the environment switches tracking on: ``TTMEM=1``, or ``TT_ALLOC_TRACKING_ENABLED=1``."""
    return _native.switched_on()


def attached() -> bool:
    """Whether this process is tracked at this moment. False in a forked child until it reports or asks something
    of its own."""
    return _native.attached()


def attach(
    *,
    always: bool = False,
    dir: str | os.PathLike[str] | None = None,
    keep: bool = False,
) -> bool:
    """Begins tracking and tells whether this process is tracked now.

    It need not be called: where the environment switches tracking on, the first report or question of a process
    does it. `always` begins it even where the environment does not. `dir` is where the segment goes (else
    ``TTMEM_DIR``, else ``/dev/shm``); `keep` leaves it behind after a clean end, as ``TTMEM_KEEP=1`` does.

    If there can be no segment, one line on stderr says why, the result is False, and everything else goes on as
    if nothing were tracked.
    """
    place = None if dir is None else os.fspath(dir)
    return _native.attach(always, place, keep)


def detach() -> None:
    """Ends tracking, which also happens by itself when the process ends.

    The segment is removed unless it is to be kept. What is reported afterwards is not recorded; `attach` begins
    anew, with another segment.
    """
    _native.detach()
