"""A program that attaches by itself, by the C interface of whatever is loaded, before it opens a device; so
does its child, which then frees what it inherited."""

import ctypes
import os

ttmem = ctypes.CDLL(None)
ttmem.ttmem_segment.restype = ctypes.c_char_p
DONE = 1

assert ttmem.ttmem_attach(None) == DONE
segment = ttmem.ttmem_segment()
assert os.path.exists(segment)
assert ttmem.ttmem_mark(b"before") == DONE

import ttnn
from quiet import Ledger, close_cluster, open_cluster, quiet, zeros

device = open_cluster()
ledger = Ledger(device)
held = [zeros(device, 64), zeros(device, 128)]
assert ttmem.ttmem_mark(b"after") == DONE
assert ttmem.ttmem_segment() == segment

child = os.fork()
if child == 0:
    assert ttmem.ttmem_mark(b"not attached") == 0
    assert ttmem.ttmem_attach(None) == DONE
    assert ttmem.ttmem_segment() != segment
    assert ttmem.ttmem_mark(b"child") == DONE
    ttnn.deallocate(held[0])
    held.append(zeros(device, 32))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0

quiet("holding", ledger.figures(), child=child)
del held
close_cluster(device)
