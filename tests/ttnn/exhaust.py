"""Fills L1 until the runtime refuses a buffer, and ends on the exception."""

import ttnn
from quiet import L1, Ledger, open_cluster, quiet, zeros

device = open_cluster()
ledger = Ledger(device)
held = []
try:
    while True:
        held.append(zeros(device, 512, L1))
except RuntimeError:
    view = ttnn.get_memory_view(device, ttnn.BufferType.L1)
    largest = view.largest_contiguous_bytes_free_per_bank
    quiet("full", ledger.figures(peaks=False), buffers=len(held), largest=largest, banks=view.num_banks)
    raise
