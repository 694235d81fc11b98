"""Worker threads that create, compute and free over and over, all at once."""

import threading

import ttnn
from quiet import DRAM, L1, Ledger, close_cluster, open_cluster, quiet, zeros

THREADS, ROUNDS = 4, 5
device = open_cluster()
ledger = Ledger(device)
# Each round begins together: what one thread frees, the others are allocating beside.
together = threading.Barrier(THREADS)
failures = []


def work(n):
    """The programs of the ops are built once, by whichever thread comes first, and then cached."""
    kept = None
    for turn in range(ROUNDS):
        together.wait(timeout=60)
        left = zeros(device, 128 * (1 + n), L1 if turn % 2 else DRAM)
        total = ttnn.add(left, left)
        product = ttnn.matmul(total, left)
        total.deallocate(True)
        del left
        # The result outlives its round: in the next one it is freed while others allocate.
        kept, product = product, None
    results.append(kept)


def guarded(n):
    try:
        work(n)
    except Exception as error:
        failures.append(repr(error))
        together.abort()


results = []
threads = [threading.Thread(target=guarded, args=(n,)) for n in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
# Nobody could look on while the threads ran: only the test's replay knows the peaks.
quiet("results of all threads", ledger.figures(peaks=False), failures=failures, results=len(results))
results.clear()
quiet("freed", ledger.figures(peaks=False), failures=failures)
close_cluster(device)
