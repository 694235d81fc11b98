"""A program that uses the runtime, as the bench sees it: opens the cluster, warms up, and then repeats one
loop for each line on stdin, `LOOP TIMES`. Each line on stdout that begins with @ is an answer: first what
there is to know of this process, then the nanoseconds that one time round took.

With stand_in.so preloaded, whose path is the argument, there are loops in it besides."""

import ctypes
import gc
import json
import os
import re
import sys
import time

import ttnn

DRAM, L1 = ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG


def opened():
    """The whole cluster as one mesh, or its only chip by number as most programs do."""
    chips = ttnn.get_num_devices()
    return ttnn.open_device(device_id=0) if chips == 1 else ttnn.open_mesh_device(ttnn.MeshShape(2, chips // 2))


def create(memory):
    return ttnn.empty(
        (512, 512), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory
    )


def trackers():
    """What the runtime's own tracker has mapped. Nobody removes its files if not this."""
    with open("/proc/self/maps") as maps:
        files = set(re.findall(r"/dev/shm/tt_device_\d+_memory", maps.read()))
    for file in files:
        os.unlink(file)
    return len(files)


def stand_in_loops(path):
    """Loops without the runtime's own work, over the last buffers and dispatches that it did."""
    library = ctypes.CDLL(path)
    library.stand_in_has_seen_enough()

    def loop(name):
        function = getattr(library, f"stand_in_{name}")
        function.argtypes, function.restype = [ctypes.c_ulong], ctypes.c_double
        return function

    return {name: loop(name) for name in ("buffers", "same_program", "programs_in_turn")}


def timed(operation):
    """A loop over an operation whose result is dropped at once."""

    def loop(times):
        start = time.perf_counter_ns()
        for _ in range(times):
            operation()
        return (time.perf_counter_ns() - start) / times

    return loop


device = opened()
left, right = create(DRAM), create(DRAM)
loops = {
    "create_dram": timed(lambda: create(DRAM)),
    "create_l1": timed(lambda: create(L1)),
    "add": timed(lambda: ttnn.add(left, right)),
}
for loop in loops.values():
    loop(20)
if len(sys.argv) > 1:
    # Two programs in the cache, dispatched last, and as many buffers as the stand-in remembers.
    for _ in range(2):
        ttnn.untilize(left)
        ttnn.add(left, right)
    held = [create(DRAM) for _ in range(64)]
    loops |= stand_in_loops(sys.argv[1])
gc.disable()

print("@" + json.dumps({"pid": os.getpid(), "trackers": trackers()}), flush=True)
for line in sys.stdin:
    name, times = line.split()
    print(f"@{loops[name](int(times))}", flush=True)
