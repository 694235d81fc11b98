"""Tensors in DRAM and L1, ops with the program cache on, the main thread and worker threads."""

import threading

import ttnn
from quiet import DRAM, L1, Ledger, close_cluster, open_cluster, quiet, zeros

device = open_cluster()
ledger = Ledger(device)
quiet("opened", ledger.figures())


def repeat(times):
    """add and matmul over and over: the programs are built once. Every step is looked at."""
    left, right = zeros(device, 512), zeros(device, 512, L1)
    ledger.look()
    results = []
    for _ in range(times):
        for op in (ttnn.add, ttnn.matmul):
            results.append(op(left, right))
            ledger.look()
        del results[:-2]
    return left, right, results


held = repeat(20)
quiet("ops on the main thread", ledger.figures())


def on_threads(count, work):
    """Runs work(n) on this many threads, and waits for all."""
    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# First every thread only allocates, then every thread only frees: the largest sum of any moment is
# then the one in between, however the threads are interleaved.
kept = [[] for _ in range(4)]


def fill(n):
    for step in range(10):
        kept[n].append(zeros(device, 64 * (1 + n), L1 if step % 2 else DRAM))
    kept[n].append(ttnn.add(kept[n][0], kept[n][1]))
    kept[n].append(ttnn.matmul(kept[n][0], kept[n][0]))


def drain(n):
    del kept[n][: len(kept[n]) // 2]


on_threads(4, fill)
quiet("allocated on threads", ledger.figures())
on_threads(4, drain)
quiet("freed on threads", ledger.figures())

# A tensor sharded over the cores, and an op whose circular buffers lie in it.
sharding = ttnn.create_sharded_memory_config(
    (512, 512), ttnn.CoreGrid(y=4, x=4), ttnn.ShardStrategy.BLOCK
)
sharded = ttnn.to_memory_config(held[0], sharding)
ledger.look()
doubled = ttnn.add(sharded, sharded, memory_config=sharding)
ledger.look()
quiet("sharded", ledger.figures())

# Out of memory: the exception reaches the program, and nothing of the attempt stays.
try:
    zeros(device, 32768, L1)
except RuntimeError as error:
    refused = "Out of Memory" in str(error)
else:
    refused = False
quiet("refused", ledger.figures(), refused=refused)

# The same addresses again, with other sizes.
del sharded, doubled, kept, held
quiet("freed", ledger.figures())
again = [zeros(device, 96 * n, L1 if n % 2 else DRAM) for n in range(1, 12)]
ledger.look()
quiet("reused", ledger.figures())

# Closing with live tensors frees them all at once.
close_cluster(device)
quiet("closed", ledger.after_closing())
