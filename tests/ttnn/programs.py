"""Circular buffers: what the runtime itself says an op lays out, against what becomes resident."""

import re

import ttnn
from quiet import Ledger, close_cluster, open_cluster, quiet, zeros

graph = ttnn._ttnn.graph
device = open_cluster()
ledger = Ledger(device)
left, right = zeros(device, 512), zeros(device, 512)


def look_at(op):
    """Runs op, and takes a look while its result lives."""
    result = op()
    ledger.look()
    del result


def captured(op):
    """Runs op for the first time under the runtime's own graph capture. Returns the bytes of one core
    that its circular buffers take, and the cores."""
    graph.begin_graph_capture(graph.RunMode.NORMAL)
    look_at(op)
    regions, cores = [], set()
    for node in graph.end_graph_capture():
        if node["node_type"] != "circular_buffer_allocate" or node["params"]["globally_allocated"] == "1":
            continue
        address = int(node["params"]["address"])
        regions.append((address, address + int(node["params"]["size"])))
        for x0, y0, x1, y1 in re.findall(r"(\d+)-(\d+) - (\d+)-(\d+)", node["params"]["core_range_set"]):
            cores |= {(x, y) for x in range(int(x0), int(x1) + 1) for y in range(int(y0), int(y1) + 1)}
    if not regions:
        return {"address": 0, "per_core": 0, "cores": 0}
    base, end = min(start for start, _ in regions), max(end for _, end in regions)
    return {"address": base, "per_core": end - base, "cores": len(cores)}


add, untilize = lambda: ttnn.add(left, right), lambda: ttnn.untilize(left)
first = captured(add)
quiet("one program", ledger.figures(), resident=first, programs=1)
for _ in range(50):
    look_at(add)
quiet("the same again", ledger.figures(), resident=first, programs=1)
second = captured(untilize)
quiet("another program", ledger.figures(), resident=second, programs=2)
look_at(add)
quiet("the first again", ledger.figures(), resident=first, programs=2)
look_at(lambda: ttnn.matmul(left, right))  # Dataflow buffers, which the graph capture does not show.
quiet("dataflow buffers", ledger.figures(), programs=3)
device.clear_program_cache()
nothing = {"address": 0, "per_core": 0, "cores": 0}
quiet("programs gone", ledger.figures(), resident=nothing, programs=0)
close_cluster(device)
