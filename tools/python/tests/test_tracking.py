"""One's own allocations."""

import gc

import pytest

import ttmem
from ttmem import Outcome


def held():
    return [(buffer.type, buffer.size, buffer.devices) for buffer in ttmem.snapshot().buffers]


def counted():
    (process,) = ttmem.snapshot().processes
    counts = {**process.anomalies, "rejected": process.lost["rejected"]}
    return {name: count for name, count in counts.items() if count}


def test_an_allocation_lives_as_long_as_its_block(tracked):
    with ttmem.track("L1", "2 MB", device=3) as allocation:
        assert held() == [("L1", 2 << 20, (3,))]
        assert (allocation.live, allocation.outcome, allocation.size) == (True, Outcome.DONE, 2 << 20)
    assert (allocation.live, held()) == (False, [])
    with ttmem.track("DRAM", 10) as allocation:
        assert allocation.free() == Outcome.DONE
    assert counted() == {}, "freed in its block, it is not freed again at the end"


def test_an_allocation_that_nobody_holds_has_ended(tracked):
    allocation = ttmem.track("L1", 64)
    assert len(held()) == 1
    del allocation
    gc.collect()
    assert (held(), counted()) == ([], {})


def test_a_mesh_is_one_allocation(tracked):
    pool = ttmem.pool(range(8), "mesh", id=3)
    with pool.track("TRACE", 100, banks=4, per_bank=32):
        (buffer,) = ttmem.snapshot().buffers
        assert (buffer.devices, buffer.size, buffer.requested_bytes) == (tuple(range(8)), 128, 100)
    assert (pool.devices, pool.kind) == (tuple(range(8)), "mesh")
    child = ttmem.pool([0], "submesh", parent=pool)
    assert child.alloc("L1", 4, 0) == Outcome.DONE


@pytest.mark.parametrize(
    "size, banks, per_bank, occupied",
    [("5 MB", 64, None, 5 << 20), (100, 3, None, 102), (100, 3, 64, 192), (100, 1, None, 100)],
)
def test_a_size_is_spread_over_the_banks_unless_it_is_told_what_each_holds(
    tracked, size, banks, per_bank, occupied
):
    with ttmem.track("L1", size, banks=banks, per_bank=per_bank):
        (buffer,) = ttmem.snapshot().buffers
    assert (buffer.size, buffer.banks, buffer.requested_bytes) == (occupied, banks, ttmem.size(size))


def test_a_failed_request_is_told_and_counts_as_nothing(tracked):
    pool = ttmem.pool(range(2), "mesh")
    assert pool.alloc_failed("L1", "2 MB", "no room") == Outcome.DONE
    (event,) = ttmem.events(where="event == alloc_failed")
    assert (event.type, event.devices, event.requested_bytes, event.text) == ("L1", (0, 1), 2 << 20, "no room")
    assert (held(), counted()) == ([], {})
    with pytest.raises(TypeError):
        pool.alloc_failed("L1", 1, b"no room")


@pytest.mark.parametrize("type", list(ttmem.BufferType))
def test_every_type(tracked, type):
    pool = ttmem.pool()
    assert (pool.alloc(type, 32, 64), pool.free(type, 64)) == (Outcome.DONE, Outcome.DONE)
    assert counted() == {}


def test_what_is_wrong_is_told_and_counted(tracked):
    pool = ttmem.pool()
    assert pool.alloc("L1", 10, 0x1000) == Outcome.DONE
    assert pool.alloc("L1", 10, 0x1000) == Outcome.REFERENCED
    assert pool.alloc("L1", 20, 0x1000) == Outcome.REPLACED
    assert pool.free("L1", 0x1000) == Outcome.DONE
    assert pool.free("L1", 0x1000) == Outcome.DOUBLE_FREE
    assert pool.free("L1", 0x2000) == Outcome.UNKNOWN_FREE
    assert pool.alloc("L1", 0, 0x3000) == Outcome.DONE, "of no bytes"
    assert pool.alloc("L1", 1 << 50, 0x4000) == Outcome.REJECTED, "more than any chip has"
    allocation = pool.track("DRAM", 5)
    assert (allocation.free(), allocation.free()) == (Outcome.DONE, Outcome.DOUBLE_FREE)
    counts = counted()
    assert (counts["replaced_without_free"], counts["double_free"], counts["unknown_free"]) == (1, 2, 1)


def test_a_pool_is_emptied_and_retired(tracked):
    pool = ttmem.pool()
    first = pool.track("L1", 10)
    assert (pool.clear(), held(), first.free()) == (Outcome.DONE, [], Outcome.DOUBLE_FREE)
    second = pool.track("L1", 10)
    assert (pool.retire(), held(), second.live) == (Outcome.DONE, [], False)
    assert pool.retire() == Outcome.OFF, "it is not there"
    third = pool.track("L1", 10)
    assert (third.live, second.live, len(held())) == (True, False, 1)


def test_after_detaching_nothing_is_recorded_and_nothing_breaks(tracked):
    pool = ttmem.pool()
    allocation = pool.track("L1", 10)
    ttmem.detach()
    assert not ttmem.attached()
    assert (allocation.live, allocation.free()) == (False, Outcome.OFF)
    assert (pool.alloc("L1", 1, 1), pool.free("L1", 1), pool.clear(), pool.retire()) == (Outcome.OFF,) * 4
    assert (ttmem.mark("x"), ttmem.snapshot().processes, ttmem.events()) == (False, (), [])
    assert ttmem.attach(always=True, dir=tracked)
    del allocation
    assert counted() == {}, "it belonged to the other segment"
    assert pool.alloc("L1", 1, 1) == Outcome.DONE


BAD = [
    (ValueError, lambda pool: pool.alloc("SRAM", 1, 1)),
    (ValueError, lambda pool: pool.alloc(9, 1, 1)),
    (ValueError, lambda pool: pool.free(-1, 1)),
    (TypeError, lambda pool: pool.alloc(None, 1, 1)),
    (TypeError, lambda pool: pool.alloc("L1", None, 1)),
    (TypeError, lambda pool: pool.alloc("L1", 1, None)),
    (TypeError, lambda pool: pool.alloc("L1", 1.5, 1)),
    (ValueError, lambda pool: pool.alloc("L1", -1, 1)),
    (ValueError, lambda pool: pool.alloc("L1", 1 << 64, 1)),
    (ValueError, lambda pool: pool.alloc("L1", 1, 1, banks=1 << 16)),
    (ValueError, lambda pool: pool.alloc("L1", 1, 1, banks=0)),
    (ValueError, lambda pool: ttmem.track("L1", 1, banks=0)),
    (ValueError, lambda pool: pool.alloc("L1", "much", 1)),
    (ValueError, lambda pool: pool.free("L1", -1)),
    (ValueError, lambda pool: ttmem.track("L1", -1)),
    (ValueError, lambda pool: ttmem.track("L1", 1, device=64)),
    (TypeError, lambda pool: ttmem.track("L1", 1, device=None)),
    (ValueError, lambda pool: ttmem.pool([])),
    (ValueError, lambda pool: ttmem.pool([0, 99])),
    (ValueError, lambda pool: ttmem.pool(0, "rack")),
    (TypeError, lambda pool: ttmem.pool(None)),
    (TypeError, lambda pool: ttmem.pool(0, parent=7)),
    (ValueError, lambda pool: ttmem.size("-1")),
    (ValueError, lambda pool: ttmem.size("24 parsec")),
    (TypeError, lambda pool: ttmem.size(None)),
]


@pytest.mark.parametrize("error, call", BAD)
def test_arguments_that_cannot_be_are_refused_and_change_nothing(tracked, error, call):
    pool = ttmem.pool()
    with pytest.raises(error) as raised:
        call(pool)
    assert str(raised.value), "it says why"
    assert held() == []


@pytest.mark.parametrize("error, call", BAD)
def test_they_are_refused_where_nothing_is_tracked_as_well(untracked, error, call):
    with pytest.raises(error):
        call(ttmem.pool())


def test_sizes_are_binary_whichever_way_they_are_written():
    assert ttmem.size("24 MB") == ttmem.size("24MiB") == ttmem.size("24m") == 24 << 20
    assert (ttmem.size("1.5GiB"), ttmem.size(4096), ttmem.size("0")) == (3 << 29, 4096, 0)


def test_the_runtimes_own_enum_will_do(tracked):
    class Theirs:
        name, value = "L1_SMALL", 3

    assert ttmem.pool().alloc(Theirs(), 1, 1) == Outcome.DONE
    assert held() == [("L1_SMALL", 1, (0,))]
