"""A test that asks for more L1 than there is, and one that fails for a reason of its own. Not part of the suite."""

import pytest
from cases import tell
from quiet import L1, close_cluster, open_cluster, zeros


@pytest.fixture
def device():
    device = open_cluster()
    yield device
    close_cluster(device)


def test_runs_out(device, request):
    held = []
    try:
        while True:
            held.append(zeros(device, 512, L1))
    except RuntimeError:
        tell(request, device)
        raise


def test_fails_otherwise(device):
    kept = zeros(device, 512, L1)
    assert kept is None
