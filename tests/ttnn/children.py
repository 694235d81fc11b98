"""Processes begotten in every way; each opens a device of its own, or only lets go of what it
inherited. Usage: children.py fork|fork-open|exec|multiprocessing-fork|multiprocessing-spawn"""

import multiprocessing
import os
import subprocess
import sys

from quiet import Ledger, close_cluster, open_cluster, quiet, zeros


def hold_and_tell(pipe, size):
    """In a child: opens a device, holds a tensor, tells, and waits for the parent."""
    device = open_cluster()
    ledger = Ledger(device)
    held = zeros(device, size)
    pipe.send(ledger.figures())
    pipe.recv()
    del held
    close_cluster(device)


def fork():
    """The child never opens a device. What it inherited and drops is not its own."""
    device = open_cluster()
    ledger = Ledger(device)
    tensors = [zeros(device, 128), zeros(device, 256)]
    told, ready = os.pipe()
    go, let = os.pipe()
    child = os.fork()
    if child == 0:
        tensors[0].deallocate(True)
        del tensors[:]
        os.write(ready, b"x")
        os.read(go, 1)
        os._exit(0)
    os.read(told, 1)
    quiet("child dropped what it inherited", ledger.figures(), absent=[child])
    os.write(let, b"x")
    os.waitpid(child, 0)
    quiet("child gone", ledger.figures(), absent=[child])
    tensors[0].deallocate(True)
    quiet("parent freed one itself", ledger.figures(), absent=[child])
    close_cluster(device)


def fork_open():
    """The parent holds nothing; two children fork off it and open devices themselves."""
    children = []
    for size in (128, 320):
        here, there = multiprocessing.Pipe()
        pid = os.fork()
        if pid == 0:
            hold_and_tell(there, size)
            os._exit(0)
        children.append((pid, here))
    figures = [here.recv() for _, here in children]
    quiet("children hold", *figures, absent=[os.getpid()])
    for pid, here in children:
        here.send("go")
        os.waitpid(pid, 0)
    quiet("children gone", absent=[os.getpid(), *(pid for pid, _ in children)])


def exec_child():
    """A child that is another program: it tells through its own standard output."""
    device = open_cluster()
    ledger = Ledger(device)
    held = zeros(device, 192)
    script = os.path.join(os.path.dirname(__file__), "hold.py")
    child = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    import json

    told = next(json.loads(line[1:]) for line in child.stdout if line.startswith("@"))
    quiet("both hold", ledger.figures(), *told["processes"])
    child.communicate("go\n")
    quiet("child gone", ledger.figures(), absent=[child.pid])
    del held
    close_cluster(device)


def multiprocess(method):
    """Python's own worker processes."""
    context = multiprocessing.get_context(method)
    workers = []
    for size in (64, 160, 288):
        here, there = context.Pipe()
        worker = context.Process(target=hold_and_tell, args=(there, size))
        worker.start()
        workers.append((worker, here))
    figures = [here.recv() for _, here in workers]
    quiet("workers hold", *figures, absent=[os.getpid()])
    for worker, here in workers:
        here.send("go")
        worker.join()
    quiet("workers gone", absent=[os.getpid(), *(worker.pid for worker, _ in workers)])


if __name__ == "__main__":
    {
        "fork": fork,
        "fork-open": fork_open,
        "exec": exec_child,
        "multiprocessing-fork": lambda: multiprocess("fork"),
        "multiprocessing-spawn": lambda: multiprocess("spawn"),
    }[sys.argv[1]]()
