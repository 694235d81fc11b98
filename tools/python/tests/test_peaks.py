"""Peaks."""

import pytest

import ttmem


def test_a_peak_is_exact_and_begins_anew_when_it_is_reset(tracked):
    assert ttmem.peak(0, "L1") == 0
    kept = ttmem.track("L1", 100)
    ttmem.track("L1", 1000).free()
    assert ttmem.peak(0, "L1") == 1100
    assert ttmem.peak(0, "L1", reset=True) == 1100
    assert ttmem.peak(0, "L1") == 100, "what is held counts"
    assert ttmem.snapshot().device(0).types["L1"].peak_bytes == 1100, "the lifetime's stays"
    assert ttmem.peak(0, "L1_CORE") == 1100
    assert kept.live


def test_windows_do_not_disturb_each_other(tracked):
    with ttmem.PeakWindow() as first:
        ttmem.track("DRAM", 50).free()
        second = ttmem.PeakWindow()
        ttmem.track("DRAM", 20).free()
        assert (first.peak(0, "DRAM", reset=True), first.peak(0, "DRAM")) == (50, 0)
        assert (second.peak(0, "DRAM"), ttmem.peak(0, "DRAM")) == (20, 50)
        assert second.peaks(reset=True) == {(0, "DRAM"): 20}
        assert second.peaks() == {}
        ttmem.track("DRAM", 7).free()
    ttmem.track("DRAM", 9).free()
    assert (first.closed, first.tracked) == (True, True)
    assert first.peaks() == {(0, "DRAM"): 7}, "closed, it keeps its figures"
    first.close()
    assert first.peak(0, "DRAM", reset=True) == 7
    assert second.peak(0, "DRAM") == 9


def test_windows_that_nobody_holds_are_closed(tracked):
    # More than can be open at a time.
    for _ in range(500):
        window = ttmem.PeakWindow()
    ttmem.track("L1", 3).free()
    assert (window.tracked, window.peak(0, "L1")) == (True, 3)
    many = [ttmem.PeakWindow() for _ in range(100)]
    assert not many[-1].tracked
    assert many[-1].peaks() == {}


def test_a_window_is_of_one_segment(tracked):
    window = ttmem.PeakWindow()
    ttmem.track("L1", 3).free()
    ttmem.detach()
    assert (window.peak(0, "L1"), window.peaks()) == (0, {})
    assert ttmem.attach(always=True, dir=tracked)
    other = ttmem.PeakWindow()
    ttmem.track("L1", 5).free()
    assert (window.peak(0, "L1"), other.peak(0, "L1")) == (0, 5)
    window.close()
    assert other.peak(0, "L1") == 5


@pytest.mark.parametrize("device, type", [(64, "L1"), (-1, "L1"), (0, "L2"), (0, 9), (0, -1)])
def test_what_cannot_be_is_refused(tracked, device, type):
    for ask in (ttmem.peak, ttmem.PeakWindow().peak):
        with pytest.raises(ValueError):
            ask(device, type)


@pytest.mark.parametrize("device, type", [(None, "L1"), (0, None), ("0", "L1"), (0.0, "L1"), (0, 1.0), (0, True)])
def test_what_is_none_is_refused(device, type):
    with pytest.raises(TypeError):
        ttmem.peak(device, type)
