"""A device for each test: whatever is left in it is gone when it is closed."""

import pytest
from cases import *  # noqa: F403
from quiet import close_cluster, open_cluster, zeros


@pytest.fixture
def device():
    device = open_cluster()
    yield device
    close_cluster(device)


@pytest.fixture
def weights(device):
    return zeros(device, 256)
