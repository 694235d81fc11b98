"""A small model on the real runtime: weights in DRAM, activations in L1, one look at them meanwhile."""

import os
import subprocess

import ttnn

device = ttnn.open_device(device_id=0)


def tensor(rows, columns, memory):
    return ttnn.zeros(
        (rows, columns),
        dtype=ttnn.bfloat16,
        layout=ttnn.TILE_LAYOUT,
        device=device,
        memory_config=memory,
    )


weights = [tensor(1024, 1024, ttnn.DRAM_MEMORY_CONFIG) for _ in range(4)]
activation = tensor(256, 1024, ttnn.L1_MEMORY_CONFIG)
for weight in weights:
    activation = ttnn.matmul(activation, weight, memory_config=ttnn.L1_MEMORY_CONFIG)
ttnn.synchronize_device(device)

print("While the model holds its tensors, `ttmem dump` says:", flush=True)
subprocess.run([os.environ["TTMEM_BINARY"], "dump"], check=True)

del weights, activation, weight
ttnn.close_device(device)
