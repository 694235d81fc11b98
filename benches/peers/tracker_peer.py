"""Opens the cluster with the runtime's own tracker on, and calls the tracker when it is told to: each line
on stdin is `hook PAIRS` or `record PAIRS`, each line on stdout the nanoseconds that an event took.

Must be started with tracker_peer.so in LD_PRELOAD."""

import ctypes
import glob
import os
import re
import sys

import ttnn

TRACKERS = "/dev/shm/tt_device_*_memory"


def mapped(pattern):
    """Files this process has mapped whose path matches."""
    with open("/proc/self/maps") as maps:
        return set(re.findall(pattern, maps.read()))


there_before = set(glob.glob(TRACKERS))
peer = ctypes.CDLL(os.environ.pop("LD_PRELOAD"))
peer.peer_find.restype = ctypes.c_char_p
peer.peer_hook.restype = peer.peer_record.restype = ctypes.c_double
peer.peer_hook.argtypes = peer.peer_record.argtypes = [ctypes.c_long]
peer.peer_create.argtypes = [ctypes.c_uint64]

(runtime,) = mapped(r"/\S+/libtt_metal\.so")
missing = peer.peer_find(runtime.encode())
if missing:
    sys.exit(f"this version of the runtime lacks {missing.decode()}")

chips = ttnn.get_num_devices()
if chips == 1:
    device = ttnn.open_device(device_id=0)
else:
    device = ttnn.open_mesh_device(ttnn.MeshShape(2, chips // 2))
held = ttnn.zeros((64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
peer.peer_create(1 << 63 | os.getpid())
# The tracker never removes its files: those that were not there before are this process's to remove.
for file in mapped(TRACKERS.replace("*", r"\d+")) - there_before:
    os.unlink(file)
if not peer.peer_has_buffer():
    sys.exit("the runtime reported no buffer to its tracker")

calls = {"hook": peer.peer_hook, "record": peer.peer_record}
print("ready", chips, flush=True)
for line in sys.stdin:
    name, pairs = line.split()
    print(calls[name](int(pairs)), flush=True)
