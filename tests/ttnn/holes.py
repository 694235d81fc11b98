"""Holes in DRAM and L1; a program whose circular buffers do not end alike on all its cores; L1 filled until
the runtime refuses a buffer, and then the program."""

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
            "bank_bytes": view.total_bytes_per_bank,
            "used_bytes": view.total_bytes_allocated_per_bank,
            "free_bytes": view.total_bytes_free_per_bank,
            "largest_gap_bytes": view.largest_contiguous_bytes_free_per_bank,
        }
        for name, view in views.items()
    }


def look(label, **more):
    quiet(label, spaces=spaces(), **more)


def refusal(attempt):
    """What the runtime says when it refuses; nothing if it does not."""
    try:
        attempt()
    except RuntimeError as error:
        return str(error).split("backtrace")[0]
    return None


look("opened")
held = {DRAM: [], L1: []}
for memory, tensors in held.items():
    tensors.extend(zeros(device, 64 * (1 + n % 5), memory) for n in range(12))
# Less than what the allocator rounds up to.
tiny = [
    ttnn.zeros((3, n), dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device, memory_config=memory)
    for n in (1, 8, 24, 100)
    for memory in held
]
look("filled")

for tensors in held.values():
    for n in (10, 6, 5, 2):
        ttnn.deallocate(tensors.pop(n))
look("holes")

# Most cores find the largest of a part, one the largest of all.
wide = ttnn.zeros((32, 16384), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
largest = ttnn.topk(wide, 32)
look("largest")

refused = None
while refused is None:
    refused = refusal(lambda: held[L1].append(zeros(device, 512, L1)))
look("full", refused=refused, clash=refusal(lambda: ttnn.topk(wide, 32)))

for tensor in held[L1][-40::2]:
    ttnn.deallocate(tensor)
look("scattered", refused=refusal(lambda: zeros(device, 1024, L1)))

close_cluster(device)
