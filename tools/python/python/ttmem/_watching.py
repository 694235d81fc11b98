"""Being told when memory gets full, by this process's own exact figures."""

from __future__ import annotations

import atexit
import sys
import threading
import time
import traceback
import warnings
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Callable, Mapping, SupportsIndex, Union

from ._peaks import PeakWindow
from ._sizes import SizeLike, size
from ._snapshots import snapshot
from ._words import L1_CORE, BufferType, chip_set, peak_name, peak_type


class ThresholdWarning(UserWarning):
    """A threshold was crossed."""


@dataclass(frozen=True)
class Crossing:
    """A figure that came to a threshold, or, where there is none, rose higher than it had been."""

    device: int
    #: Name of the buffer type, or ``L1_CORE``.
    type: str
    #: The most that was held since the last look, in bytes, exactly.
    bytes: int
    #: What it came to, in bytes; None where any rise is told.
    threshold: int | None
    #: What the runtime's allocator can hand out, in bytes; None if it is not known.
    allocatable: int | None

    def __str__(self) -> str:
        text = f"{self.type} of device {self.device}: {self.bytes:,} bytes were held"
        if self.allocatable:
            text += f", {self.bytes / self.allocatable:.0%} of what can be allocated"
        if self.threshold is not None:
            text += f" (threshold {self.threshold:,})"
        return text


Callback = Callable[[Crossing], object]
Thresholds = Union[SizeLike, Mapping[str, SizeLike]]


class Watch:
    """A watch that goes on until it is stopped, its ``with`` block ends, or the process does."""

    def __init__(
        self,
        callback: Callback,
        thresholds: Mapping[int, _Threshold] | None,
        chips: int | None,
        interval: float,
    ) -> None:
        self._look = _Look(callback, thresholds, chips)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=_go_on, args=(self._look, self._stop, interval), name="ttmem-watch", daemon=True
        )
        self._thread.start()
        _running.add(self)

    @property
    def running(self) -> bool:
        """Whether it goes on: False once it is stopped, and in a forked child."""
        return self._thread.is_alive() and not self._stop.is_set()

    def stop(self) -> None:
        """Looks a last time, then ends it. May be called again, and from the callback, which it waits for else."""
        self._end(None)

    def _end(self, patience: float | None) -> None:
        self._stop.set()
        _running.discard(self)
        if self._thread is not threading.current_thread() and self._thread.is_alive():
            self._thread.join(patience)

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Watch of {self._look}, {'running' if self.running else 'stopped'}>"


class _Threshold:
    """Bytes, or a share of what can be allocated."""

    def __init__(self, given: SizeLike) -> None:
        self._share: float | None = None
        self._bytes = 0
        self._given = given
        text = given.strip() if isinstance(given, str) else ""
        if text.endswith("%"):
            try:
                self._share = float(text[:-1]) / 100
            except ValueError:
                raise ValueError(f"{given!r} is no share: write it like '90%'") from None
            if not 0 < self._share <= 1:
                raise ValueError(f"{given!r} is no share of what there is")
        else:
            self._bytes = size(given)

    @property
    def needs_capacity(self) -> bool:
        return self._share is not None

    def bytes(self, allocatable: int | None) -> int | None:
        """None if it is a share of what is not known."""
        if self._share is None:
            return self._bytes
        return None if allocatable is None else int(self._share * allocatable)

    def __str__(self) -> str:
        return str(self._given)


class _Look:
    """What one watch knows from look to look."""

    def __init__(
        self, callback: Callback, thresholds: Mapping[int, _Threshold] | None, chips: int | None
    ) -> None:
        self._callback = callback
        self._thresholds = thresholds
        self._chips = chips
        self._window = PeakWindow()
        self._capacity = _Capacity()
        # Without thresholds: the highest so far. With: what is above, and was told.
        self._highest: dict[tuple[int, int], int] = {}
        self._above: set[tuple[int, int]] = set()
        self._failed = False

    def again(self) -> None:
        """Tells what has come to its threshold since the last look."""
        if not self._window.tracked or self._window.closed:
            self._window = PeakWindow()
        peaks = self._window._all(True)
        self._above.intersection_update(peaks)
        for (device, kind), most in peaks.items():
            if self._chips is None or self._chips >> device & 1:
                self._judge(device, kind, most)

    def close(self) -> None:
        self._window.close()

    def __str__(self) -> str:
        if self._thresholds is None:
            return "every rise"
        return ", ".join(f"{peak_name(kind)} at {limit}" for kind, limit in self._thresholds.items())

    def _judge(self, device: int, kind: int, most: int) -> None:
        key, limit = (device, kind), None
        if self._thresholds is None:
            if most <= self._highest.get(key, 0):
                return
            self._highest[key] = most
        else:
            threshold = self._thresholds.get(kind)
            if threshold is None:
                return
            allocatable = self._capacity.of(device, kind) if threshold.needs_capacity else None
            limit = threshold.bytes(allocatable)
            if limit is None or most < limit:
                self._above.discard(key)
                return
            if key in self._above:
                return
            self._above.add(key)
        self._tell(Crossing(device, peak_name(kind), most, limit, self._capacity.of(device, kind)))

    def _tell(self, crossing: Crossing) -> None:
        try:
            self._callback(crossing)
        except Exception:
            # The watch goes on, and says it once.
            if not self._failed and sys.stderr is not None:
                print("ttmem: the callback of a watch failed; it goes on:", file=sys.stderr)
                traceback.print_exc()
            self._failed = True


class _Capacity:
    """What can be allocated: asked when it is needed, and again, seldom, while it is not known."""

    _AGAIN = 1.0

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], int] = {}
        self._asked = float("-inf")

    def of(self, device: int, kind: int) -> int | None:
        found = self._known.get((device, kind))
        if found is None and time.monotonic() - self._asked >= self._AGAIN:
            self._ask()
            self._asked = time.monotonic()
            found = self._known.get((device, kind))
        return found

    def _ask(self) -> None:
        try:
            # Totals only: no buffer has this sequence.
            devices = snapshot(where="sequence == 0").devices
        except OSError:
            # Not known now; whoever looks by himself is told why.
            return
        for one in devices:
            for name, allocatable in one.allocatable.items():
                whole = allocatable or one.capacity.get(name)
                if whole and name in BufferType.__members__:
                    self._known[one.device, BufferType[name]] = whole
            if one.l1_per_core.capacity:
                self._known[one.device, L1_CORE] = one.l1_per_core.capacity


def _go_on(look: _Look, stop: threading.Event, interval: float) -> None:
    try:
        while not stop.wait(interval):
            look.again()
        look.again()
    finally:
        look.close()


# Ended before the interpreter is taken apart, with a last look: a thread must not come back into it then. A watch
# goes on without anybody who refers to it, so these are its references.
_running: set[Watch] = set()


# Seconds for a callback that does not come back: it may wait for what only the program could have given it.
_PATIENCE = 5.0


@atexit.register
def _end_all() -> None:
    for one in list(_running):
        one._end(_PATIENCE)


def _warning_at(frame: FrameType) -> Callback:
    """Warns of crossings as if the line that `frame` is at did it: the thread has no line that means anything."""
    file, line = frame.f_code.co_filename, frame.f_lineno
    module = frame.f_globals.get("__name__")

    def warn(crossing: Crossing) -> None:
        warnings.warn_explicit(str(crossing), ThresholdWarning, file, line, module)

    return warn


def watch(
    what: Callback | Thresholds,
    callback: Callback | None = None,
    *,
    devices: SupportsIndex | list[SupportsIndex] | None = None,
    interval: float = 0.1,
) -> Watch:
    """Watches what this process holds, and tells what gets full, while the program goes on.

        ttmem.watch({"L1": "24 MB", "DRAM": "90%"})        # warns
        ttmem.watch({"L1": "90%"}, callback)                # calls back with a Crossing
        ttmem.watch(callback)                               # calls back whenever a peak rises

    Thresholds are sizes (see `ttmem.size`) or shares of what the runtime's allocator can hand out, by buffer type
    (``"L1_CORE"``: the L1 of one core, over all types); a single one is for DRAM and L1, each by itself. Each is told
    once, and again after the figure has been below it for a whole look. Without a callback it is a
    `ThresholdWarning`, which points to the line that called `watch`.

    A thread looks every `interval` seconds at exact peaks, so that what came and went between two looks is seen; the
    callback runs on that thread. An exception in it is printed once, and the watch goes on. At the program's end it
    looks a last time; a callback that does not come back then is given up after 5 seconds. In a forked child it is
    stopped. Where nothing is tracked nothing happens.

    Raises ValueError or TypeError for arguments that cannot be.
    """
    if not 0 < interval <= threading.TIMEOUT_MAX:
        raise ValueError(f"the interval is a time in seconds, not {interval!r}")
    chips = None if devices is None else chip_set(devices)
    thresholds = None
    if callable(what):
        if callback is not None:
            raise TypeError("there are two callbacks and no threshold")
        callback = what
    else:
        given = what if isinstance(what, Mapping) else {"DRAM": what, "L1": what}
        thresholds = {peak_type(name): _Threshold(limit) for name, limit in given.items()}
        if not thresholds:
            raise ValueError("there is no threshold: name one, like {'L1': '90%'}")
    if callback is None:
        callback = _warning_at(sys._getframe(1))
    elif not callable(callback):
        raise TypeError(f"a callback is called with a Crossing, which {callback!r} cannot be")
    return Watch(callback, thresholds, chips, interval)
