"""A device for all tests: whatever one leaves in it stays until the last has run."""

import pytest
from cases import *  # noqa: F403
from quiet import close_cluster, open_cluster, zeros


@pytest.fixture(scope="module")
def device():
    device = open_cluster()
    yield device
    close_cluster(device)


@pytest.fixture(scope="module")
def weights(device):
    return zeros(device, 256)
