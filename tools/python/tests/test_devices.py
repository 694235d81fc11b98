"""What chips are, as those tell who hand out memory themselves."""

import pytest

import ttmem
from ttmem import Banks, Outcome


def test_readers_show_what_was_reported(tracked, as_json):
    outcome = ttmem.report_device(
        3,
        arch="wormhole_b0",
        unique_id=0xABCD_0000_0000_0001,
        pci="0000:01:00.0",
        l1_cores=64,
        dram_capacity="12 GiB",
        l1_capacity=64 * 1464 * 1024,
        l1_core_capacity="1464K",
        allocatable={"DRAM": "11 GiB", "l1": 64 << 20, "TRACE": None},
        banks={"L1": Banks(base=0x1_0000, bytes=1 << 20, count=64, alignment=32), "DRAM": None},
    )
    assert outcome == Outcome.DONE
    document = as_json("dump", "--dir", tracked)
    (device,) = document["devices"]
    assert (device["device"], device["arch"], device["pci"]) == (3, "wormhole_b0", "0000:01:00.0")
    assert device["unique_id"] == "0xabcd000000000001"
    assert device["capacity"] == {"DRAM": 12 << 30, "L1": 64 * 1464 * 1024}
    assert device["allocatable"] == {"DRAM": 11 << 30, "L1": 64 << 20, "L1_SMALL": None, "TRACE": None}
    assert device["l1_per_core"]["capacity"] == 1464 << 10
    assert device["banks"]["L1"] == {"base": "0x10000", "bytes": 1 << 20, "count": 64, "alignment": 32}
    assert device["banks"]["DRAM"] is None
    (process,) = as_json("ps", "--dir", tracked)["processes"]
    assert process["devices"] == [3]

    # What was read can be said again, and the last report stands.
    seen = ttmem.snapshot().device(3)
    again = ttmem.report_device(3, allocatable=seen.allocatable, banks=seen.banks)
    assert again == Outcome.DONE
    seen = ttmem.snapshot().device(3)
    assert (seen.arch, seen.unique_id, seen.allocatable["DRAM"]) == (None, None, 11 << 30)
    assert seen.banks["L1"].count == 64


def test_where_nothing_is_tracked_it_does_nothing(untracked):
    assert ttmem.report_device(0, arch="wormhole_b0") == Outcome.OFF


@pytest.mark.parametrize(
    "arguments, problem",
    [
        ({"device": 64}, "there is no device 64"),
        ({"device": 0, "unique_id": 1 << 64}, "a unique id cannot be"),
        ({"device": 0, "dram_capacity": "much"}, "is no size"),
        ({"device": 0, "allocatable": {"CB": 1}}, "no bank hands out CB"),
        ({"device": 0, "banks": {"KERNEL": Banks()}}, "no bank hands out KERNEL"),
        ({"device": 0, "banks": {"L1": Banks(base=-1)}}, "the base of a bank cannot be"),
    ],
)
def test_what_cannot_be_is_refused(tracked, arguments, problem):
    with pytest.raises(ValueError, match=problem):
        ttmem.report_device(**arguments)
    assert ttmem.snapshot().devices == ()


@pytest.mark.parametrize("arguments", [{"arch": b"wormhole"}, {"banks": {"L1": 3}}, {"l1_cores": 1.5}])
def test_what_is_of_another_type_is_refused(tracked, arguments):
    with pytest.raises(TypeError):
        ttmem.report_device(0, **arguments)
