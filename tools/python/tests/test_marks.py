"""Marks and phases."""

import asyncio
import contextlib

import pytest

import ttmem


def marks():
    return [event.text for event in ttmem.events(where="event == mark")]


def test_a_mark_is_seen_by_readers(tracked, command, as_json):
    assert ttmem.mark("prefill")
    with ttmem.track("L1", 4096, address=0x1000):
        pass
    assert ttmem.mark("decode \u00e9 \ud800")
    assert marks() == ["prefill", "decode \u00e9 ?"]
    assert '"prefill"' in command("--dir", tracked, "log")
    for one in (["ps"], ["dump"], ["top", "--once"]):
        assert as_json("--dir", tracked, *one)["processes"][0]["mark"] == "decode \u00e9 ?"
    (generation,) = as_json("--dir", tracked, "history", "0x1000")["generations"]
    assert "prefill" in str(generation)
    ttmem.mark("forgotten")
    kept = ttmem.track("L1", "2 MB")
    (group,) = as_json("--dir", tracked, "leaks", "--since", "forgotten", expect=3)["groups"]
    assert (group["type"], group["bytes"]) == ("L1", 2 << 20)
    assert kept.live


def test_a_phase_has_a_beginning_an_end_and_exact_peaks(tracked):
    before = ttmem.track("DRAM", 1000)
    with ttmem.phase("decode") as phase:
        with ttmem.track("L1", "2 MB", device=3):
            pass
        assert phase.peak(3, "L1") == 2 << 20, "what has gone again counts"
        with ttmem.phase("attention") as inner:
            ttmem.track("L1", 512, device=3).free()
        assert inner.peaks() == {(0, "DRAM"): 1000, (3, "L1"): 512, (3, "L1_CORE"): 512}
    ttmem.track("L1", "8 MB", device=3).free()
    assert phase.peak(3, "l1") == 2 << 20, "what comes after does not"
    assert phase.peak(0, ttmem.BufferType.DRAM) == 1000, "what was held when it began does"
    assert phase.peak(1, "DRAM") == 0
    assert marks() == ["decode", "attention", "attention end", "decode end"]
    assert before.live


def test_a_phase_ends_by_an_exception(tracked):
    with pytest.raises(ZeroDivisionError):
        with ttmem.phase("bad"):
            1 / 0
    assert marks() == ["bad", "bad end"]


def test_a_phase_can_be_begun_again_but_not_within_itself(tracked):
    phase = ttmem.phase("again")
    for size in (4096, 64):
        with phase:
            ttmem.track("L1", size).free()
            with pytest.raises(RuntimeError):
                phase.__enter__()
        assert phase.peak(0, "L1") == size


def test_functions_generators_and_coroutines_can_be_phases(tracked):
    @ttmem.phase("function")
    def function(one, *, two):
        """Adds."""
        return one + two

    @ttmem.phase("generator")
    def generator():
        received = yield 1
        yield received
        return 3

    @ttmem.phase("coroutine")
    async def coroutine():
        await asyncio.sleep(0)
        return 4

    @ttmem.phase("stream")
    async def stream():
        yield 5

    @ttmem.phase("echo")
    async def echo():
        try:
            sent = yield 6
            yield sent
        finally:
            ttmem.mark("left")

    @contextlib.asynccontextmanager
    @ttmem.phase("forgiving")
    async def forgiving():
        try:
            yield
        except KeyError:
            ttmem.mark("forgiven")

    async def forgiven():
        async with forgiving():
            raise KeyError
        async with forgiving():
            raise ValueError("not forgiven")

    async def both():
        return await coroutine(), [item async for item in stream()]

    async def begun():
        running = echo()
        told = [await running.asend(None), await running.asend(7)]
        await running.aclose()
        return told

    assert (function(1, two=2), function.__doc__, function.__name__) == (3, "Adds.", "function")
    running = generator()
    assert marks() == ["function", "function end"], "it has not begun"
    assert (next(running), running.send(2)) == (1, 2)
    assert marks()[2:] == ["generator"]
    running.close()
    assert marks()[2:] == ["generator", "generator end"]
    assert asyncio.run(both()) == (4, [5])
    assert marks()[4:] == ["coroutine", "coroutine end", "stream", "stream end"]
    assert asyncio.run(begun()) == [6, 7]
    assert marks()[8:] == ["echo", "left", "echo end"]
    with pytest.raises(ValueError, match="not forgiven"):
        asyncio.run(forgiven())
    assert marks()[11:] == ["forgiving", "forgiven", "forgiving end", "forgiving", "forgiving end"]


def test_a_name_is_a_text(tracked):
    for bad in (None, 7, b"prefill"):
        with pytest.raises(TypeError):
            ttmem.mark(bad)
        with pytest.raises(TypeError):
            ttmem.phase(bad)


def test_what_is_no_function_cannot_be_a_phase():
    with pytest.raises(TypeError):
        ttmem.phase("x")(3)
