"""Snapshots: the figures of `ttmem dump --json`, as objects."""

import dataclasses
import datetime
import json
import os
import pickle
import sys
import types

import pytest

import ttmem


def timeless(document):
    """Without what is another at each look."""
    document = json.loads(json.dumps(document))
    document.pop("time")
    for buffer in document["buffers"]:
        buffer.pop("age_s")
    return document


def test_it_is_what_the_command_tells(tracked, as_json):
    pool = ttmem.pool(range(4), "mesh", id=7)
    kept = [pool.track("DRAM", "3 MB", banks=12, per_bank="256K", id=5), ttmem.track("CB", 512, device=9)]
    snapshot = ttmem.snapshot()
    assert timeless(snapshot.to_dict()) == timeless(as_json("--dir", tracked, "dump"))

    (process,) = snapshot.processes
    assert (process.pid, process.state, process.exact) == (os.getpid(), "running", True)
    assert process.types["DRAM"].bytes == 4 * (3 << 20)
    assert {holding.device for holding in process.by_device} == {0, 1, 2, 3, 9}
    assert snapshot.time.utcoffset() == datetime.timedelta(0)
    assert snapshot.time >= process.started
    assert (snapshot.exact, snapshot.moving, snapshot.unreadable, snapshot.warnings) == (True, False, 0, ())

    by_type = {buffer.type: buffer for buffer in snapshot.buffers}
    mesh = by_type["DRAM"]
    assert (mesh.devices, mesh.size, mesh.address) == ((0, 1, 2, 3), 3 << 20, kept[0].address)
    assert (mesh.banks, mesh.per_bank_bytes, mesh.id, mesh.refs) == (12, 256 << 10, 5, 1)
    assert (snapshot.device(9).types["CB"].bytes, snapshot.device(8)) == (512, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        mesh.size = 0
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


def test_printed_it_is_a_line_of_counts(tracked):
    with ttmem.track("L1", 1), ttmem.track("DRAM", 1):
        told = repr(ttmem.snapshot())
    assert "processes=1, devices=1, buffers=2, warnings=0" in told
    assert len(told) < 200


def test_every_field_of_the_command_has_its_place(tracked):
    ttmem.pool([0]).alloc("L1", 64, 0)
    ttmem.pool([0]).alloc("L1", 64, 32)
    snapshot = ttmem.snapshot()
    (overlap,) = snapshot.warnings
    assert overlap.bytes == 32
    things = [
        snapshot,
        overlap,
        *snapshot.processes,
        *snapshot.processes[0].by_device,
        *snapshot.devices,
        *snapshot.devices[0].types.values(),
        snapshot.devices[0].l1_per_core,
        *snapshot.buffers,
    ]
    assert [thing for thing in things if thing.extra] == []


def test_what_a_later_version_adds_is_kept_and_what_is_missing_does_not_matter():
    snapshot = ttmem.Snapshot.from_json('{"schema": 2, "mood": "fine", "buffers": [{"size": 7, "stack": ["f"]}]}')
    assert (snapshot.schema, snapshot.extra, snapshot.devices) == (2, {"mood": "fine"}, ())
    (buffer,) = snapshot.buffers
    assert (buffer.size, buffer.extra, buffer.id) == (7, {"stack": ["f"]}, None)
    assert snapshot.buffer_rows()[0]["stack"] == ["f"]
    for bad in ("", "[]", "{"):
        with pytest.raises(ValueError):
            ttmem.Snapshot.from_json(bad)


def test_rows_are_flat(tracked, monkeypatch):
    kept = ttmem.track("L1", 4096, device=2)
    snapshot = ttmem.snapshot()
    (row,) = snapshot.buffer_rows()
    assert (row["type"], row["size"], row["devices"], row["address"]) == ("L1", 4096, (2,), kept.address)
    l1 = next(row for row in snapshot.device_rows() if row["type"] == "L1")
    assert (l1["device"], l1["bytes"], l1["peak_bytes"], l1["allocatable_bytes"]) == (2, 4096, 4096, None)
    (process,) = snapshot.process_rows()
    assert (process["pid"], process["lost.rejected"], process["anomalies.double_free"]) == (os.getpid(), 0, 0)
    for row in snapshot.device_rows() + snapshot.process_rows():
        assert not any(isinstance(value, dict) for value in row.values()), row

    # Whether pandas is there is not the module's concern until it is asked for.
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=list))
    assert snapshot.to_pandas() == snapshot.buffer_rows()
    assert snapshot.to_pandas("devices") == snapshot.device_rows()
    with pytest.raises(ValueError):
        snapshot.to_pandas("columns")


def test_other_processes_the_host_and_saved_files(tracked, script, command, tmp_path):
    other = script(
        "import os, ttmem; kept = ttmem.track('DRAM', 100); print(os.getpid(), flush=True); os._exit(9)", expect=9, TTMEM="1"
    )
    saved = tmp_path / "host.ttmem"
    command("--dir", tmp_path, "save", saved)
    for snapshot in (
        ttmem.snapshot(dir=tmp_path),
        ttmem.snapshot(file=saved),
        ttmem.snapshot(dir=str(tmp_path), pid=int(other)),
        ttmem.snapshot(dir=tmp_path, pid=[int(other), 1]),
    ):
        assert [(one.pid, one.state) for one in snapshot.processes] == [(int(other), "dead")]
        assert [buffer.size for buffer in snapshot.buffers] == [100]
    assert ttmem.snapshot(dir=tmp_path, pid=1).processes == ()
    assert [one.pid for one in ttmem.snapshot().processes] == [os.getpid()]


def test_a_filter_is_the_commands(tracked):
    kept = [ttmem.track("L1", size) for size in (64, 4096)]
    snapshot = ttmem.snapshot(where="size > 1K")
    assert [buffer.size for buffer in snapshot.buffers] == [4096]
    assert snapshot.device(0).types["L1"].bytes == 64 + 4096, "totals are those of all"
    with pytest.raises(ValueError, match="size"):
        ttmem.snapshot(where="size >")
    del kept


def test_what_cannot_be_read_is_said(tmp_path):
    for bad in ({"dir": tmp_path / "nowhere"}, {"file": tmp_path / "nothing"}):
        with pytest.raises(OSError, match="no"):
            ttmem.snapshot(**bad)
        with pytest.raises(OSError, match="no"):
            ttmem.events(**bad)
    with pytest.raises(ValueError):
        ttmem.snapshot(host=True, file="x")
    with pytest.raises((TypeError, ValueError)):
        ttmem.snapshot(pid=-1)
    (tmp_path / "ttmem.1.00000000").write_bytes(b"no segment")
    snapshot = ttmem.snapshot(dir=tmp_path)
    assert (snapshot.unreadable, snapshot.exact, snapshot.processes) == (1, False, ())
