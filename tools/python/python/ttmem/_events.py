"""What happened: the lines of ``ttmem log --json`` as typed objects."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Iterable

from . import _native
from ._places import place_of
from ._records import Record, address, moment, read


@dataclass(frozen=True)
class Event(Record):
    """One event. A figure that an event of its sort does not have is None."""

    time: datetime = read(moment, datetime.fromtimestamp(0, timezone.utc))
    #: ``alloc``, ``free``, ``cb_alloc``, ``cb_free``, ``kernel_load``, ``kernel_unload``, ``alloc_failed``, ``mark`` or
    #: ``device``; ``lost`` for records that are not there to be told, ``died`` and ``ended`` for a process that did.
    event: str = ""
    pid: int = 0
    devices: tuple[int, ...] = read(tuple, ())
    #: Name of the buffer type.
    type: str | None = None
    address: int | None = read(address)
    #: Bytes on each chip, over all banks.
    size: int | None = None
    requested_bytes: int | None = None
    per_bank_bytes: int | None = None
    banks: int | None = None
    #: References after the event; 0 if it ended the allocation.
    refs: int | None = None
    #: ``done``, ``reference``, ``replaced_without_free``, ``unknown_free``, ``double_free``, ``live_overflow``, or
    #: ``pool_cleared``: ended because its whole pool was emptied (its device was closed), not by a free of its own.
    effect: str | None = None
    #: Number of its record. Threads number theirs in blocks: `time` tells the order, not this.
    sequence: int | None = None
    thread: int | None = None
    pool: int | None = None
    #: Of the end of an allocation: `sequence` of its beginning.
    allocation: int | None = None
    #: The runtime's own number of the buffer, or the chip's unique id.
    id: int | None = read(lambda given: int(given, 16) if isinstance(given, str) else given)
    #: Name of a mark, or why an allocation failed.
    text: str | None = None
    segment: str = ""
    #: Of ``lost``: how many ``records``, and the ``reason``.
    lost: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def events(
    since: datetime | str | None = None,
    pid: int | Iterable[int] | None = None,
    host: bool = False,
    dir: str | os.PathLike[str] | None = None,
    file: str | os.PathLike[str] | None = None,
    where: str | None = None,
) -> list[Event]:
    """What the rings still hold, in order of time, as ``ttmem log --json`` tells it.

    `since` is a time (one without a zone is local time), or the name of a mark: then from the last mark of that
    name on, with it. A process in which there is none such tells nothing. `where` keeps only what matches, as with
    ``--where`` (``ttmem help query``): ``"event == free && effect == pool_cleared"``. `host`, `pid`, `dir` and `file`
    as for `ttmem.snapshot`; without them, this process.

    Rings overwrite their oldest records: an event ``lost`` with the reason ``older`` says so. Empty if nothing is
    tracked. Other threads go on meanwhile. Raises OSError if the directory or file cannot be read, and ValueError
    for a `where` that makes no sense.
    """
    since_ns = mark = None
    if isinstance(since, datetime):
        since_ns = _nanoseconds(since)
    elif isinstance(since, str):
        mark = since
    elif since is not None:
        raise TypeError(f"'since' is a datetime or the name of a mark, not {since!r}")
    place, path, pids = place_of(host, pid, dir, file)
    lines = _native.events(place, path, pids, where, since_ns, mark)
    return [Event.of(json.loads(line)) for line in lines.splitlines()]


def _nanoseconds(time: datetime) -> int:
    # Exact: a float has no room for nanoseconds since 1970.
    passed = time.astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000_000 + passed.microseconds * 1_000
