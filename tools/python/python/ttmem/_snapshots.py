"""What is allocated at a moment: the figures of ``ttmem dump --json`` as typed objects."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from . import _native
from ._places import Place, place_of
from ._records import Record, address, moment, read

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped, import-not-found, unused-ignore]

_NEVER = datetime.fromtimestamp(0, timezone.utc)


def _several(record: type[Any]) -> Any:
    return read(lambda given: tuple(record.of(one) for one in given), default=())


def _by_name(record: type[Any]) -> Any:
    def convert(given: Mapping[str, Any]) -> dict[str, Any]:
        return {name: None if one is None else record.of(one) for name, one in given.items()}

    return field(default_factory=dict, metadata={"convert": convert})


@dataclass(frozen=True)
class TypeTotals(Record):
    """What is held of one buffer type. Sizes are in bytes, over all banks."""

    #: Occupied, aligned, as the runtime's allocator counts it.
    bytes: int = 0
    #: Asked for.
    requested_bytes: int = 0
    buffers: int = 0
    #: The most that was ever occupied, exactly.
    peak_bytes: int = 0
    #: Allocations since the process was attached.
    allocs: int = 0
    #: Frees since then.
    frees: int = 0
    #: Of circular buffers only: bytes of one core that those of any program alive cover.
    cb_union_bytes_per_core: int | None = None
    #: Of circular buffers only: the largest footprint of one program on one core.
    cb_peak_bytes_per_core: int | None = None
    #: Of circular buffers only: programs alive that have some.
    programs: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class L1PerCore(Record):
    """The L1 of the fullest core, over all types, in bytes."""

    #: None if it is not known.
    capacity: int | None = None
    max_bytes: int = 0
    max_peak_bytes: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Banks(Record):
    """Where a chip's allocator hands out memory of one type: the same addresses in each bank."""

    #: Lowest address.
    base: int = read(address, 0)
    #: Bytes of one bank.
    bytes: int = 0
    count: int = 0
    #: Bytes; None if it is not known.
    alignment: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Holding(Record):
    """What one process holds on one chip."""

    device: int = 0
    unique_id: int | None = read(address)
    l1_per_core: L1PerCore = read(L1PerCore.of, L1PerCore())
    #: By name of the buffer type.
    types: dict[str, TypeTotals] = _by_name(TypeTotals)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Process(Record):
    """A process that reports, or did until it died."""

    pid: int = 0
    #: ``running``, ``dead`` or ``exited``.
    state: str = ""
    user: str = ""
    command: str = ""
    started: datetime = read(moment, _NEVER)
    #: File name of its segment.
    segment: str = ""
    devices: tuple[int, ...] = read(tuple, ())
    #: What could not be recorded, by name: all zero but ``records_overwritten`` if nothing is missing.
    lost: dict[str, int] = field(default_factory=dict)
    #: Frees of what was not live, and the like, by name.
    anomalies: dict[str, int] = field(default_factory=dict)
    buffers: int = 0
    dram_bytes: int = 0
    l1_bytes: int = 0
    total_bytes: int = 0
    #: Whether its figures are the whole truth.
    exact: bool = True
    #: Whether it went on allocating while it was looked at.
    moving: bool = False
    uid: int = 0
    ended: datetime | None = read(moment)
    #: Name of its last mark.
    mark: str | None = None
    cgroup: str | None = None
    pid_namespace: int = 0
    run_id: int | None = read(address)
    damage: tuple[str, ...] = read(tuple, ())
    #: Over all its chips, by name of the buffer type.
    types: dict[str, TypeTotals] = _by_name(TypeTotals)
    by_device: tuple[Holding, ...] = _several(Holding)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Device(Record):
    """A chip, and what the processes that run hold on it."""

    device: int = 0
    unique_id: int | None = read(address)
    arch: str | None = None
    pci: str | None = None
    #: All there is, in bytes, by memory; None if it is not known.
    capacity: dict[str, int | None] = field(default_factory=dict)
    #: What the runtime's allocator can hand out, in bytes over all banks, by name of the buffer type.
    allocatable: dict[str, int | None] = field(default_factory=dict)
    banks: dict[str, Banks | None] = _by_name(Banks)
    types: dict[str, TypeTotals] = _by_name(TypeTotals)
    dram_bytes: int = 0
    l1_bytes: int = 0
    total_bytes: int = 0
    l1_per_core: L1PerCore = read(L1PerCore.of, L1PerCore())
    #: Processes that use it.
    producers: int = 0
    #: Whether the peaks are those of the chip: they are of the process that has the highest if several use it.
    peak_exact: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Buffer(Record):
    """One live allocation."""

    pid: int = 0
    #: It lies on each of them, at the same address.
    devices: tuple[int, ...] = read(tuple, ())
    type: str = ""
    address: int = read(address, 0)
    #: Bytes occupied on each chip, over all banks.
    size: int = 0
    refs: int = 1
    #: Number of the record that began it.
    sequence: int = 0
    allocated: datetime = read(moment, _NEVER)
    age_s: float = 0.0
    thread: int = 0
    #: Of its process: ``running``, ``dead`` or ``exited``.
    state: str = ""
    requested_bytes: int = 0
    per_bank_bytes: int = 0
    banks: int = 0
    pool: int = 0
    #: The runtime's own number of it; None if it has none.
    id: int | None = None
    segment: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Overlap(Record):
    """A warning: two live allocations on one another."""

    warning: str = "overlap"
    pid: int = 0
    devices: tuple[int, ...] = read(tuple, ())
    type: str = ""
    addresses: tuple[int, ...] = read(lambda given: tuple(int(one, 16) for one in given), ())
    sequences: tuple[int, ...] = read(tuple, ())
    #: Bytes that both lie on.
    bytes: int = 0
    #: All of it in one sentence.
    text: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot(Record):
    """One host, or one process of it, at one moment."""

    schema: int = 1
    host: str = ""
    time: datetime = read(moment, _NEVER)
    #: Whether all that was asked for is in it, completely.
    exact: bool = True
    #: Whether somebody went on allocating meanwhile: nothing is missing, but the figures need not add up.
    moving: bool = False
    #: Segments that could not be read.
    unreadable: int = 0
    processes: tuple[Process, ...] = _several(Process)
    devices: tuple[Device, ...] = _several(Device)
    buffers: tuple[Buffer, ...] = _several(Buffer)
    warnings: tuple[Overlap, ...] = _several(Overlap)
    extra: dict[str, Any] = field(default_factory=dict)
    _text: str = field(default="{}", repr=False, compare=False)

    def __repr__(self) -> str:
        # All of it would be kilobytes: the counts, and its parts have representations of their own.
        counts = ", ".join(
            f"{name}={len(getattr(self, name))}"
            for name in ("processes", "devices", "buffers", "warnings")
        )
        return f"<Snapshot of {self.host!r} at {self.time.isoformat()}: {counts}, exact={self.exact}>"

    @staticmethod
    def from_json(text: str) -> Snapshot:
        """The snapshot in what ``ttmem dump --json`` wrote. Raises ValueError for what is no JSON object."""
        given = json.loads(text)
        if not isinstance(given, dict):
            raise ValueError("a snapshot is a JSON object, as 'ttmem dump --json' writes it")
        return Snapshot.of({**given, "_text": text})

    def to_dict(self) -> dict[str, Any]:
        """The document of ``ttmem dump --json``: addresses and times are strings."""
        document: dict[str, Any] = json.loads(self._text)
        return document

    def device(self, number: int) -> Device | None:
        """One chip; None if nobody uses it."""
        return next((one for one in self.devices if one.device == number), None)

    def buffer_rows(self) -> list[dict[str, Any]]:
        """Each live allocation as one flat dict."""
        return [_flat(one) for one in self.buffers]

    def device_rows(self) -> list[dict[str, Any]]:
        """Each chip and buffer type as one flat dict: ``device``, ``arch``, ``type``, the figures of `TypeTotals`, and
        ``allocatable_bytes`` (None if it is not known).
        """
        return [
            {
                "device": one.device,
                "arch": one.arch,
                "type": name,
                **_flat(totals),
                "allocatable_bytes": one.allocatable.get(name),
            }
            for one in self.devices
            for name, totals in one.types.items()
        ]

    def process_rows(self) -> list[dict[str, Any]]:
        """Each process as one flat dict; what it lost and its anomalies as ``lost.NAME`` and ``anomalies.NAME``."""
        rows = []
        for one in self.processes:
            row = _flat(one)
            for group in ("types", "by_device"):
                del row[group]
            for group in ("lost", "anomalies"):
                for name, count in row.pop(group).items():
                    row[f"{group}.{name}"] = count
            rows.append(row)
        return rows

    def to_pandas(self, rows: str = "buffers") -> pandas.DataFrame:
        """A data frame of ``"buffers"``, ``"devices"`` or ``"processes"``.

        pandas is needed for this alone. Raises ImportError without it, ValueError for other rows.
        """
        makers = {
            "buffers": self.buffer_rows,
            "devices": self.device_rows,
            "processes": self.process_rows,
        }
        if rows not in makers:
            raise ValueError(f"there are no rows {rows!r}; there are {', '.join(makers)}")
        import pandas

        return pandas.DataFrame(makers[rows]())


def _flat(record: Record) -> dict[str, Any]:
    row = dict(vars(record))
    row.update(row.pop("extra"))
    return row


def snapshot(
    host: bool = False,
    pid: int | Iterable[int] | None = None,
    dir: str | os.PathLike[str] | None = None,
    file: str | os.PathLike[str] | None = None,
    where: str | None = None,
) -> Snapshot:
    """What is allocated now, as ``ttmem dump --json`` tells it.

    Of this process alone, unless something else is asked for: everything on this `host`, the processes `pid`, the
    segments in `dir` (else ``TTMEM_DIR``, else ``/dev/shm``), or what ``ttmem save`` put into `file`. `where` keeps
    only the buffers that match, as with ``--where`` (``ttmem help query``); totals stay those of all.

    A process that is not tracked, or not there, is not in it: the snapshot is empty then, and nothing is raised.
    Other threads go on while it is taken. Raises OSError if the directory or file cannot be read, and ValueError
    for a `where` that makes no sense.
    """
    place, path, pids = place_of(host, pid, dir, file)
    return Snapshot.from_json(_native.snapshot(place, path, pids, where))
