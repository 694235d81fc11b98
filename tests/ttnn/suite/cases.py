"""The tests of the suite: one that leaks, one over its limit, and some that are clean. They say how much the
runtime's own allocator had, for the test of the suite to compare."""

import json
import os

import pytest
import ttnn
from quiet import L1, zeros

forgotten = []
# Tiles of 32 by 32 that a clean test takes more than usual.
more = int(os.environ.get("TTMEM_TEST_MORE", "0"))


def tell(request, device):
    """Writes down what the allocator holds now."""
    view = ttnn.get_memory_view(device, ttnn.BufferType.L1)
    figures = {
        "test": request.node.nodeid,
        "chips": list(device.get_device_ids()),
        "L1": view.total_bytes_allocated_per_bank * view.num_banks,
        "banks": view.num_banks,
        "largest_free": view.largest_contiguous_bytes_free_per_bank,
    }
    if "TTMEM_TEST_FIGURES" in os.environ:
        with open(os.environ["TTMEM_TEST_FIGURES"], "a") as file:
            file.write(json.dumps(figures) + "\n")


@pytest.mark.ttmem_leaks("0")
def test_leaks(device, request):
    kept = zeros(device, 512, L1)
    forgotten.append(ttnn.add(kept, kept))
    forgotten.append(ttnn.add(kept, kept))
    tell(request, device)
    print("said by test_leaks")


@pytest.mark.ttmem_limit("4 MB", type="L1")
def test_is_over_its_limit(device, request):
    large = zeros(device, 1536, L1)
    tell(request, device)
    del large
    print("said by test_is_over_its_limit")


@pytest.mark.ttmem_limit("4 MB", type="L1")
@pytest.mark.ttmem_leaks("0")
def test_is_clean(device, weights, request):
    hidden = ttnn.matmul(weights, weights, memory_config=L1)
    result = ttnn.add(hidden, hidden, memory_config=L1)
    tell(request, device)
    cycle = [result]
    cycle.append(cycle)
    print("said by test_is_clean")


@pytest.mark.ttmem_leaks("0")
@pytest.mark.parametrize("size", [64, 256])
def test_is_clean_for_sizes(device, size):
    tensor = zeros(device, size + 32 * more, L1)
    assert tensor.shape[0] >= size
