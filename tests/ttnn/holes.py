"""Holes in DRAM and L1, and ops whose circular buffers do not end alike on all cores. With `full`: L1 is
filled until the runtime refuses."""

import sys

import ttnn
from quiet import DRAM, L1, close_cluster, open_cluster, quiet, zeros

TYPES = {"DRAM": ttnn.BufferType.DRAM, "L1": ttnn.BufferType.L1}

device = open_cluster()


def spaces():
    """What the runtime says of a bank of each type."""
    views = {name: ttnn.get_memory_view(device, number) for name, number in TYPES.items()}
    return {
        name: {
            "banks": view.num_banks,
            "bank": view.total_bytes_per_bank,
            "used": view.total_bytes_allocated_per_bank,
            "free": view.total_bytes_free_per_bank,
            "largest": view.largest_contiguous_bytes_free_per_bank,
        }
        for name, view in views.items()
    }


def look(label, **more):
    quiet(label, spaces=spaces(), **more)


look("opened")
held = {DRAM: [], L1: []}
for memory, tensors in held.items():
    tensors.extend(zeros(device, 64 * (1 + n % 5), memory) for n in range(12))
look("filled")

for tensors in held.values():
    for n in (10, 6, 5, 2):
        ttnn.deallocate(tensors.pop(n))
look("holes")

left, right = zeros(device, 512), zeros(device, 512)
product = ttnn.matmul(left, right)
look("product")

if "full" in sys.argv:
    refused = None
    while refused is None:
        try:
            held[L1].append(zeros(device, 256, L1))
        except RuntimeError as error:
            refused = str(error)
    look("full", refused=refused)

close_cluster(device)
