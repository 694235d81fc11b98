"""What the scripts in this directory share: opening the cluster, the runtime's own figures, and quiet
points, where a script says what it holds and waits until the test has compared."""

import json
import os
import sys

import ttnn

TYPES = {
    "DRAM": ttnn.BufferType.DRAM,
    "L1": ttnn.BufferType.L1,
    "L1_SMALL": ttnn.BufferType.L1_SMALL,
    "TRACE": ttnn.BufferType.TRACE,
}
DRAM = ttnn.DRAM_MEMORY_CONFIG
L1 = ttnn.L1_MEMORY_CONFIG


def open_cluster():
    """Opens the whole cluster as one mesh, or its only chip by number as most programs do."""
    rows, columns = map(int, os.environ["TTMEM_TEST_MESH"].split("x"))
    if rows * columns == 1:
        return ttnn.open_device(device_id=0)
    return ttnn.open_mesh_device(ttnn.MeshShape(rows, columns))


def close_cluster(device):
    """Closes what open_cluster opened."""
    rows, columns = map(int, os.environ["TTMEM_TEST_MESH"].split("x"))
    (ttnn.close_device if rows * columns == 1 else ttnn.close_mesh_device)(device)


def zeros(device, size, memory=DRAM):
    """A square tensor."""
    return ttnn.zeros(
        (size, size), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory
    )


class Ledger:
    """The allocator's own figures of one device or mesh, and the largest of them seen."""

    def __init__(self, device):
        self.device = device
        self.chips = list(device.get_device_ids())
        self.peak = dict.fromkeys(TYPES, 0)

    def look(self):
        """Bytes occupied on each chip, by type. To be called after every step that allocates."""
        held = {}
        for name, buffer_type in TYPES.items():
            view = ttnn.get_memory_view(self.device, buffer_type)
            held[name] = view.total_bytes_allocated_per_bank * view.num_banks
            self.peak[name] = max(self.peak[name], held[name])
        return held

    def figures(self, peaks=True):
        """What the test compares. Without `peaks`, where there were moments nobody looked at."""
        figures = self._figures(self.look())
        if not peaks:
            for held in figures["types"].values():
                held["peak_bytes"] = None
        return figures

    def after_closing(self):
        """The same once the device is closed: nothing is held, and nobody can be asked."""
        return self._figures(dict.fromkeys(TYPES, 0))

    def _figures(self, held):
        types = {name: {"bytes": held[name], "peak_bytes": self.peak[name]} for name in TYPES}
        return {"pid": os.getpid(), "devices": self.chips, "types": types}


def quiet(label, *processes, **more):
    """Says what these processes hold by now, and waits for the test to let the script go on."""
    print("@" + json.dumps({"label": label, "processes": processes, **more}), flush=True)
    if not sys.stdin.readline():
        sys.exit(f"{label}: nobody is listening")
