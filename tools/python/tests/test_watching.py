"""Watches. Nothing here waits for a time to pass: stopping a watch has it look a last time."""

import threading
import warnings

import pytest

import ttmem
from ttmem._watching import _Look, _Threshold

FAR = 3600.0


def test_a_spike_between_two_looks_is_told(tracked):
    told = []
    with ttmem.watch({"L1": "1 MB"}, told.append, interval=FAR):
        ttmem.track("L1", "3 MB", device=2).free()
        ttmem.track("L1", "1000 KB", device=3).free()
        ttmem.track("DRAM", "3 MB").free()
    assert told == [ttmem.Crossing(2, "L1", 3 << 20, 1 << 20, None)]
    assert "L1 of device 2: 3,145,728 bytes" in str(told[0])


def test_without_a_callback_it_warns(tracked):
    with pytest.warns(ttmem.ThresholdWarning, match="DRAM of device 0") as warned:
        with ttmem.watch("1 KB", interval=FAR) as watch:
            ttmem.track("DRAM", 1024).free()
    line = test_without_a_callback_it_warns.__code__.co_firstlineno + 2
    assert [(one.filename, one.lineno) for one in warned] == [(__file__, line)], "it points to the watch"
    assert repr(watch) == "<Watch of DRAM at 1 KB, L1 at 1 KB, stopped>"


# What is held at the end is released in several orders; the watch itself has no name.
AT_THE_END = """
import sys, ttmem
ttmem.watch({"L1": "24 MB"}, lambda crossing: print(crossing.bytes), interval=3600)
kept = ttmem.track("L1", "30 MB")
"""


@pytest.mark.parametrize(
    "ending, status",
    [
        ("", 0),
        ("kept.free()", 0),
        ("sys.exit(3)", 3),
        ("sys.excepthook = lambda *_: None\n1 / 0", 1),
    ],
)
def test_what_comes_just_before_the_end_is_told(script, ending, status):
    assert script(AT_THE_END + ending, expect=status, TTMEM="1") == f"{30 << 20}\n"


def test_a_callback_that_does_not_come_back_does_not_hold_up_the_end(script):
    told = script(
        """
import threading, ttmem
began = threading.Event()
def stuck(crossing):
    began.set()
    threading.Event().wait()
ttmem.watch({"L1": "1 MB"}, stuck, interval=0.001)
kept = ttmem.track("L1", "2 MB")
began.wait()
print("end")
""",
        TTMEM="1",
    )
    assert told == "end\n"


def test_it_goes_on_where_the_capacity_cannot_be_read(tracked, monkeypatch):
    def unreadable(**_):
        raise OSError("the segment cannot be read")

    monkeypatch.setattr("ttmem._watching.snapshot", unreadable)
    told = []
    with ttmem.watch({"L1": "90%", "DRAM": "1 MB"}, told.append, interval=FAR):
        ttmem.track("L1", "2 MB").free()
        ttmem.track("DRAM", "2 MB").free()
    assert told == [ttmem.Crossing(0, "DRAM", 2 << 20, 1 << 20, None)]


def test_it_goes_on_in_the_next_segment(tracked):
    told = []
    with ttmem.watch({"L1": "1 MB"}, told.append, interval=FAR):
        ttmem.detach()
        assert ttmem.attach(always=True, dir=tracked)
        kept = ttmem.track("L1", "2 MB")
    assert told == [ttmem.Crossing(0, "L1", 2 << 20, 1 << 20, None)] and kept.live


def test_without_a_threshold_every_rise_is_told(tracked):
    told = []
    with ttmem.watch(told.append, interval=FAR, devices=[1]):
        ttmem.track("DRAM", 70, device=1).free()
        ttmem.track("DRAM", 90, device=0).free()
    assert [(one.device, one.type, one.bytes, one.threshold) for one in told] == [(1, "DRAM", 70, None)]


def test_it_is_told_once_until_it_was_below(tracked):
    told = []
    # Look by look, without the thread.
    look = _Look(told.append, {ttmem.BufferType.L1: _Threshold(100)}, None)
    kept = ttmem.track("L1", 200)
    for _ in range(3):
        look.again()
    assert [one.bytes for one in told] == [200]
    kept.free()
    # In the first one it was still above, for a moment.
    for _ in range(2):
        look.again()
    ttmem.track("L1", 300).free()
    look.again()
    assert [one.bytes for one in told] == [200, 300]


def test_a_callback_that_fails_ends_nothing_and_is_told_once(tracked, capfd):
    told = []

    def callback(crossing):
        told.append(crossing.device)
        1 / 0

    with ttmem.watch(callback, interval=FAR):
        for device in range(3):
            ttmem.track("L1", 10, device=device).free()
    assert sorted(set(told)) == [0, 1, 2]
    err = capfd.readouterr().err
    assert (err.count("ZeroDivisionError"), err.count("a watch failed")) == (1, 1)


def test_it_can_be_stopped_from_its_own_callback_and_twice(tracked):
    stopped = threading.Event()
    watches = []

    def callback(crossing):
        watches[0].stop()
        stopped.set()

    watches.append(ttmem.watch(callback, interval=0.001))
    assert watches[0].running
    ttmem.track("L1", 1).free()
    assert stopped.wait(30)
    watches[0].stop()
    assert not watches[0].running


def test_a_watch_that_comes_before_tracking_sees_it(tmp_path, untracked):
    told = []
    with ttmem.watch({"L1": 5}, told.append, interval=FAR):
        assert ttmem.attach(always=True, dir=tmp_path)
        ttmem.PeakWindow()
        ttmem.track("L1", 7).free()
        kept = ttmem.track("L1", 6)
    ttmem.detach()
    assert [one.bytes for one in told] == [6], "from its first look on"
    del kept


def test_untracked_it_does_nothing(untracked):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with ttmem.watch("90%", interval=0.001) as watch:
            assert watch.running
            assert repr(watch) == "<Watch of DRAM at 90%, L1 at 90%, running>"


@pytest.mark.parametrize("bad", ["all", "101%", "0%", "x%", -1, {"L1": "-1"}, {"L9": 1}, {}])
def test_what_cannot_be_is_refused(bad):
    with pytest.raises(ValueError):
        ttmem.watch(bad)
    with pytest.raises(ValueError):
        ttmem.watch("1 MB", interval=0)
    with pytest.raises(ValueError):
        ttmem.watch("1 MB", interval=float("inf"))
    with pytest.raises(TypeError):
        ttmem.watch(print, print)
    with pytest.raises(TypeError):
        ttmem.watch({"L1": "1M"}, 5)
    with pytest.raises(TypeError):
        ttmem.watch(None)
