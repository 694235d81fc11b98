"""Fills L1 until the runtime refuses a buffer, and ends on the exception."""

from quiet import L1, Ledger, open_cluster, quiet, zeros

device = open_cluster()
ledger = Ledger(device)
held = []
try:
    while True:
        held.append(zeros(device, 512, L1))
except RuntimeError:
    quiet("full", ledger.figures(peaks=False), buffers=len(held))
    raise
