"""Threads, forks, the interpreter's end, and programs that nobody tracks."""

import pytest

import ttmem

UNTRACKED = """
import os, sys, threading
import ttmem

def everything():
    assert not ttmem.switched_on() and not ttmem.attached() and not ttmem.attach()
    assert ttmem.mark("x") is False
    with ttmem.phase("y") as phase:
        with ttmem.track("L1", "1 MB") as allocation:
            assert not allocation.live and allocation.outcome == ttmem.Outcome.OFF
    assert phase.peak(0, "L1") == 0 and phase.peaks() == {}
    pool = ttmem.pool()
    assert not any([pool.alloc("L1", 1, 1), pool.free("L1", 1), pool.clear(), pool.retire()])
    assert not any([pool.alloc_failed("L1", 1, "no room"), ttmem.report_device(0, arch="none")])
    assert ttmem.peak(0, "L1", reset=True) == 0
    assert not ttmem.PeakWindow().tracked
    snapshot = ttmem.snapshot()
    assert snapshot.exact and not snapshot.processes and not snapshot.buffer_rows() and snapshot.host
    assert ttmem.events() == [] and ttmem.events(since="x") == []
    with ttmem.watch("1 MB"):
        pass
    ttmem.detach()

everything()
thread = threading.Thread(target=everything)
thread.start()
thread.join()
child = os.fork()
if child == 0:
    everything()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert not [name for name in os.listdir(os.environ["TTMEM_DIR"]) if name.startswith("ttmem.")]
"""


def test_where_nothing_is_tracked_everything_can_be_called(script):
    script(UNTRACKED)


def test_importing_reads_nothing_else_and_changes_nothing(script):
    told = script(
        """
import sys
before = set(sys.modules)
import ttmem
print(sorted(set(sys.modules) - before - {"__future__"}))
assert set(dir(ttmem)) >= set(ttmem.__all__)
try:
    ttmem.nothing
except AttributeError as error:
    assert "nothing" in str(error)
""",
        TTMEM="1",
    )
    assert told.strip() == "['ttmem']"


def test_every_name_is_there():
    assert [name for name in ttmem.__all__ if getattr(ttmem, name, None) is None] == []
    assert sorted(ttmem._HOMES) == ttmem.__all__ == sorted(ttmem.__all__)
    assert [name for name in ttmem.__all__ if not (getattr(ttmem, name).__doc__ or "").strip()] == []


def test_the_first_report_attaches_and_the_end_removes(script, tmp_path):
    told = script(
        """
import os, ttmem
assert ttmem.switched_on() and not ttmem.attached()
print(ttmem.mark("x"), ttmem.attached(), ttmem.attach())
assert [name for name in os.listdir(os.environ["TTMEM_DIR"]) if name.startswith("ttmem.")]
""",
        TTMEM="1",
    )
    assert told.split() == ["True"] * 3
    assert not list(tmp_path.glob("ttmem.*"))


def test_what_was_detached_does_not_begin_again_by_itself(script):
    script(
        """
import ttmem
assert ttmem.mark("x")
ttmem.detach()
assert not ttmem.mark("y") and not ttmem.snapshot().processes and not ttmem.attached()
assert ttmem.attach() and ttmem.mark("z")
""",
        TTMEM="1",
    )


def test_a_forked_child_has_a_segment_of_its_own(script):
    script(
        """
import os, ttmem

pool = ttmem.pool([0])
kept = pool.track("L1", 100, address=0x40)
window = ttmem.PeakWindow()
watch = ttmem.watch(print)
child = os.fork()
if child == 0:
    try:
        assert not ttmem.attached() and not watch.running and not kept.live
        watch.stop()
        assert window.closed and window.peaks() == {} and ttmem.mark("child")
        assert ttmem.attached()
        assert ttmem.snapshot().buffers == ()
        assert kept.free() == ttmem.Outcome.OFF, "it is its parent's"
        own = pool.track("L1", 200, address=0x40)
        assert [buffer.size for buffer in ttmem.snapshot().buffers] == [200]
        assert ttmem.peak(0, "L1") == 200
        with ttmem.watch("1 GB"):
            pass
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert kept.live and window.peak(0, "L1") == 100
assert [(buffer.size, buffer.pid) for buffer in ttmem.snapshot().buffers] == [(100, os.getpid())]
assert len(ttmem.snapshot(host=True).processes) == 2
watch.stop()
""",
        TTMEM="1",
    )


CHILD_AT_THE_END = """
import gc, os, ttmem

kept = ttmem.track("L1", 5)
window = ttmem.PeakWindow()
watch = ttmem.watch(print)
with ttmem.phase("decode"), ttmem.track("L1", 100), ttmem.PeakWindow():
    child = os.fork()
if child == 0:
    try:
        assert kept.free() == ttmem.Outcome.OFF and not kept.live
        del kept, window, watch
        gc.collect()
        assert not ttmem.attached()
        names = [name for name in os.listdir(os.environ["TTMEM_DIR"]) if name.startswith("ttmem.")]
        assert len(names) == 1, names
        with ttmem.phase("own"):
            pass
        assert [event.text for event in ttmem.events()] == ["own", "own end"]
        (process,) = ttmem.snapshot().processes
        assert not any(process.anomalies.values())
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert [event.text for event in ttmem.events(where="event == mark")] == ["decode", "decode end"]
watch.stop()
"""


def test_a_forked_child_does_not_report_the_end_of_what_its_parent_began(script):
    script(CHILD_AT_THE_END, TTMEM="1")


POOL_OF_THE_PARENT = """
import os, ttmem
from ttmem import Outcome

pool = ttmem.pool([0])
part = ttmem.pool([0], "submesh", parent=pool)
assert pool.alloc("L1", 100, 0x40) == part.alloc("L1", 50, 0x1000) == Outcome.DONE
child = os.fork()
if child == 0:
    try:
        ends = [pool.free("L1", 0x40), pool.clear(), part.clear(), part.retire(), pool.retire()]
        assert ends == [Outcome.OFF] * 5, ends
        assert not ttmem.attached()
        names = [name for name in os.listdir(os.environ["TTMEM_DIR"]) if name.startswith("ttmem.")]
        assert len(names) == 1, names
        # Tracked for a reason of its own, it has still nothing of the parent's to end.
        assert ttmem.mark("child") and pool.free("L1", 0x40) == pool.clear() == Outcome.OFF
        assert [event.event for event in ttmem.events()] == ["mark"]
        assert pool.alloc("L1", 7, 0x40) == Outcome.DONE
        assert (pool.free("L1", 0x40), pool.free("L1", 0x40)) == (Outcome.DONE, Outcome.DOUBLE_FREE)
        assert pool.clear() == pool.retire() == Outcome.DONE
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert sorted(buffer.size for buffer in ttmem.snapshot().buffers) == [50, 100]
(process,) = ttmem.snapshot().processes
assert not any(process.anomalies.values())
assert pool.clear() == part.retire() == Outcome.DONE
"""


def test_a_forked_child_does_not_end_what_is_in_its_parents_pools(script):
    script(POOL_OF_THE_PARENT, TTMEM="1")


def test_threads_report_and_look_at_the_same_time(script):
    script(
        """
import threading, ttmem

pool = ttmem.pool(range(8), "mesh")
failed = []

def work(number):
    try:
        for turn in range(300):
            with ttmem.phase(f"thread {number}"):
                with pool.track("L1", 1 << number):
                    with ttmem.track("DRAM", 1, device=number):
                        ttmem.peak(number, "DRAM", reset=True)
            if turn % 100 == 0:
                assert ttmem.snapshot().processes[0].exact
    except BaseException as error:
        failed.append(error)

with ttmem.watch("1 GB", interval=0.001):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
assert failed == []
snapshot = ttmem.snapshot()
assert snapshot.exact and not snapshot.buffers
(process,) = snapshot.processes
assert process.types["L1"].allocs == process.types["L1"].frees == 8 * 8 * 300
assert not any(process.anomalies.values()), process.anomalies
""",
        TTMEM="1",
    )


ENDINGS = {
    "allocations that are still there": "kept = ttmem.track('L1', 1)",
    "a watch that goes on": "ttmem.track('L1', 1).free(); watch = ttmem.watch(print, interval=0.0001)",
    "threads that look": """
import threading
def look():
    while True:
        ttmem.snapshot(); ttmem.events(); ttmem.mark("again")
for _ in range(4):
    threading.Thread(target=look, daemon=True).start()
""",
    "a phase under way": "phase = ttmem.phase('x'); phase.__enter__()",
    "a call at the very end": """
class Last:
    def __del__(self, mark=ttmem.mark):
        mark("last")
last = Last()
last.itself = last
""",
    "a call of atexit": "import atexit; atexit.register(lambda: (ttmem.mark('x'), ttmem.snapshot(), ttmem.peak(0, 'L1')))",
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("switch", ["0", "1"])
def test_the_interpreter_ends_in_peace(script, tmp_path, ending, switch):
    told = script("import ttmem\nttmem.mark('begin')\n" + ENDINGS[ending] + "\nprint('end')", TTMEM=switch)
    assert told == "end\n"
    assert not list(tmp_path.glob("ttmem.*")), "a clean end removes the segment"


def test_where_there_can_be_no_segment_the_program_goes_on(untracked, tmp_path, capfd):
    assert not ttmem.attach(always=True, dir=tmp_path / "nowhere")
    assert not ttmem.mark("x")
    assert "not tracking this process" in capfd.readouterr().err
