"""Holds a few tensors, says so, and leaves without tidying up if it is let."""

from quiet import DRAM, L1, Ledger, open_cluster, quiet, zeros

device = open_cluster()
ledger = Ledger(device)
held = [zeros(device, 32 * n, DRAM if n % 3 else L1) for n in range(1, 10)]
quiet("holding", ledger.figures(), buffers=len(held))
print("done")
