"""Kernels: what the binaries that the runtime built say of each kernel, and this script of the cores it
lies on, against what becomes resident. Wants a TT_METAL_CACHE of its own that is empty."""

import os
import struct
from pathlib import Path

import ttnn
from quiet import DRAM, Ledger, close_cluster, open_cluster, quiet, zeros

PROGRAM_LOAD = 1
GRID = 8  # Rows and columns of cores that every chip has.
NOTHING = {"bytes": 0, "core": 0}

device = open_cluster()
ledger = Ledger(device)
left, right = zeros(device, 512), zeros(device, 512)


def packed(elf):
    """Bytes of what is loaded of a binary: its segments one after the other, in whole words."""
    data = elf.read_bytes()
    (table,), (size, count) = struct.unpack_from("<I", data, 28), struct.unpack_from("<HH", data, 42)
    headers = [struct.unpack_from("<8I", data, table + index * size) for index in range(count)]
    return sum((header[4] + 3) // 4 * 4 for header in headers if header[0] == PROGRAM_LOAD)


def built():
    """Each kernel built so far: its name, and its packed bytes over all processors."""
    for build in Path(os.environ["TT_METAL_CACHE"]).glob("*/kernels/*/*"):
        elves = [elf for elf in build.glob("*/*.elf") if not elf.name.endswith(".xip.elf")]
        yield build.parent.name, sum(map(packed, elves))


def cores(columns, rows):
    """The cores of so many columns and rows."""
    return {(x, y) for x in range(columns) for y in range(rows)}


def expected(kernels):
    """What kernels take, given by a part of their names and the cores each lies on."""
    sizes, blocks = list(built()), {}
    for part, places in kernels.items():
        [bytes_of_one] = {size for name, size in sizes if part in name}
        for core in places:
            blocks[core] = blocks.get(core, 0) + bytes_of_one
    return {"bytes": sum(blocks.values()), "core": max(blocks.values())}


def program(kernels):
    """Runs a program that has no circular buffers: kernels of these names, a reader, a writer and one that
    computes, each on the cores from the first one to the one given."""
    configs = ttnn.ReaderConfigDescriptor(), ttnn.WriterConfigDescriptor(), ttnn.ComputeConfigDescriptor()
    parts = []
    for (name, (x, y)), config in zip(kernels.items(), configs):
        source = Path(os.environ["TT_METAL_CACHE"]) / f"{name}.cpp"
        source.write_text("void kernel_main() {}\n")
        places = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(x, y))])
        parts.append(ttnn.KernelDescriptor(kernel_source=str(source), core_ranges=places, config=config))
    ttnn.generic_op([left, right], ttnn.ProgramDescriptor(kernels=parts, semaphores=[], cbs=[]))
    return expected({name: cores(x + 1, y + 1) for name, (x, y) in kernels.items()})


def look(label, kernels, **more):
    """Lets the test compare: kernels take so much now."""
    quiet(label, ledger.figures(peaks=False), kernels=kernels, **more)


def add():
    """Runs an op that has each of its kernels on all cores."""
    ttnn.add(left, right)
    grid = device.compute_with_storage_grid_size()
    names = "reader_interleaved_no_bcast", "writer_interleaved_no_bcast", "eltwise_binary_no_bcast"
    return expected(dict.fromkeys(names, cores(grid.x, grid.y)))


def matmul():
    """Runs an op of which the cores of the first column send one operand to those beside them, and the
    cores of the first row the other one to those below."""
    ttnn.matmul(left, right)
    everywhere, column, row = cores(GRID, GRID), cores(1, GRID), cores(GRID, 1)
    return expected(
        {
            "in0_sender": column,
            "in0_receiver": everywhere - column,
            "in1_sender": row,
            "in1_receiver": everywhere - row,
            "bmm_large_block": everywhere,
        }
    )


uneven = {"everywhere": (GRID - 1, GRID - 1), "in_a_row": (GRID - 1, 0), "on_one_core": (0, 0)}
look("nothing ran", NOTHING)
look("without circular buffers", program(uneven), own_kernels=True)
look("the same again", program(uneven), own_kernels=True)
look("an op", add())
look("the same again", [add() for _ in range(50)][-1])
look("an op that multicasts", matmul())
look("a program from before", program(uneven), own_kernels=True)
look("another one of its sort", program({"first": (0, 0), "second": (GRID - 1, 0)}), own_kernels=True)
device.clear_program_cache()
look("programs gone", NOTHING)
look("an op once more", add())
close_cluster(device)
quiet("closed", ledger.after_closing() | {"types": {}}, kernels=NOTHING)
