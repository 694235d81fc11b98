"""Iterates over a small model, and with `leak` forgets one tensor in each iteration."""

import sys

import ttnn
from quiet import DRAM, L1, Ledger, close_cluster, open_cluster, quiet, zeros

leaking = sys.argv[1:] == ["leak"]
device = open_cluster()
ledger = Ledger(device)
weights = [zeros(device, 256), zeros(device, 256)]
forgotten = []


def iterate(times):
    """Activations in L1 that come and go, programs that take turns, and a result that replaces the last one."""
    for _ in range(times):
        hidden = ttnn.matmul(weights[0], weights[1], memory_config=L1)
        hidden = ttnn.add(hidden, hidden, memory_config=L1)
        result = ttnn.add(hidden, weights[0], memory_config=DRAM)
        if leaking:
            forgotten.append(ttnn.add(result, result, memory_config=DRAM))
    return result


result = iterate(3)
quiet("warm", ledger.figures(peaks=False), forgotten=len(forgotten))
for turn in range(1, 6):
    result = iterate(2 * turn)
    quiet(f"turn {turn}", ledger.figures(peaks=False), forgotten=len(forgotten))
close_cluster(device)
