"""Events: the lines of `ttmem log --json`, as objects."""

import datetime
import json

import pytest

import ttmem


def test_they_are_what_the_command_tells(tracked, command):
    pool = ttmem.pool([1, 2], "mesh")
    pool.alloc("L1", 4096, 0x10)
    pool.free("L1", 0x10)
    pool.free("L1", 0x10)
    ttmem.mark("end")
    events = ttmem.events()
    told = [json.loads(line) for line in command("--dir", tracked, "log", "--json").splitlines()]
    assert [event.event for event in events] == [line["event"] for line in told]
    assert [event.effect for event in events] == ["done", "done", "double_free", None]
    first, second = events[:2]
    assert (first.type, first.size, first.address, first.devices, first.refs) == ("L1", 4096, 0x10, (1, 2), 1)
    assert (second.allocation, second.refs) == (first.sequence, 0)
    assert first.time.utcoffset() == datetime.timedelta(0)
    assert (events[3].text, events[3].size) == ("end", None)
    assert not any(event.extra for event in events)


def test_since_a_time_or_a_mark(tracked):
    ttmem.mark("one")
    ttmem.mark("two")
    first, second = ttmem.events()
    ttmem.mark("one")
    assert [event.text for event in ttmem.events(since="one")] == ["one"], "the last of that name"
    assert [event.text for event in ttmem.events(since="two")] == ["two", "one"]
    assert ttmem.events(since="never") == []
    later = second.time + datetime.timedelta(days=1)
    assert ttmem.events(since=later) == []
    assert ttmem.events(since=later.astimezone().replace(tzinfo=None)) == [], "local time"
    assert len(ttmem.events(since=first.time)) == 3
    with pytest.raises(TypeError):
        ttmem.events(since=7)


def test_what_went_with_its_whole_pool_is_told_apart(tracked):
    pool = ttmem.pool()
    freed, closed = pool.track("DRAM", 1), pool.track("DRAM", 2)
    freed.free()
    pool.clear()
    ends = ttmem.events(where="event == free")
    assert [(end.size, end.effect) for end in ends] == [(1, "done"), (2, "pool_cleared")]
    assert not closed.live or closed.free() != ttmem.Outcome.DONE
    assert len(ttmem.events(where="effect == pool_cleared")) == 1
    with pytest.raises(ValueError):
        ttmem.events(where="colour == red")


def test_what_was_overwritten_is_said(script):
    told = script(
        """
import ttmem
for turn in range(5000):
    ttmem.mark("again")
lost, *rest = ttmem.events()
assert (lost.event, lost.lost["reason"]) == ("lost", "older")
print(lost.lost["records"] + len(rest))
""",
        TTMEM="1",
        TTMEM_RING_RECORDS="1024",
    )
    assert int(told) == 5000
