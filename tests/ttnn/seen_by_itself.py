"""A model that marks its phases and looks at itself with the Python module, as it is installed from the wheel."""

import ttmem
import ttnn
from quiet import L1, TYPES, close_cluster, open_cluster, zeros


def runtimes_own(device):
    """Bytes on each chip, by type, as the runtime's allocator has them."""
    views = {name: ttnn.get_memory_view(device, kind) for name, kind in TYPES.items()}
    return {name: view.total_bytes_allocated_per_bank * view.num_banks for name, view in views.items()}


def seen(chips):
    """The same, as the module has them, which must be alike on all chips."""
    snapshot = ttmem.snapshot()
    assert snapshot.exact and len(snapshot.processes) == 1, snapshot.processes
    (figures,) = {
        tuple((name, snapshot.device(chip).types[name].bytes) for name in TYPES) for chip in chips
    }
    return dict(figures)


assert ttmem.mark("before any device")
device = open_cluster()
chips = list(device.get_device_ids())
assert seen(chips) == runtimes_own(device)

with ttmem.phase("prefill") as prefill:
    weights = zeros(device, 512)
    assert seen(chips) == runtimes_own(device)
    most = runtimes_own(device)

with ttmem.phase("decode") as decode:
    activations = zeros(device, 256, L1)
    result = ttnn.add(activations, activations)
    held = runtimes_own(device)
    assert seen(chips) == held
    del result, activations

for chip in chips:
    assert prefill.peak(chip, "DRAM") == most["DRAM"] > 0
    assert decode.peak(chip, "L1") == held["L1"] > 0
    assert ttmem.peak(chip, ttnn.BufferType.L1, reset=True) == held["L1"]
    assert ttmem.peak(chip, "L1") == runtimes_own(device)["L1"]
assert decode.peaks()[chips[0], "L1_CORE"] > 0
assert prefill.peak(chips[0], "L1") <= runtimes_own(device)["L1"]

allocatable = ttmem.snapshot().device(chips[0]).allocatable
told = []
with ttmem.watch({"DRAM": "0.01%", "L1": "90%"}, told.append):
    zeros(device, 1024)
assert {(one.device, one.type) for one in told} == {(chip, "DRAM") for chip in chips}, told
assert told[0].threshold == int(allocatable["DRAM"] * 0.0001)

kept = zeros(device, 128)
(alloc,) = ttmem.events(since="decode end", where="event == alloc && size < 1M")
assert alloc.address in {buffer.address for buffer in ttmem.snapshot().buffers}
close_cluster(device)
cleared = ttmem.events(since="decode end", where="effect == pool_cleared && type == DRAM")
assert alloc.sequence in {event.allocation for event in cleared}, "it lived until its device was closed"
assert not ttmem.snapshot().buffers
ttmem.mark("closed")
print("looked")
