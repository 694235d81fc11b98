"""The most that was held, exactly: no look at it is needed in between."""

from __future__ import annotations

import os
from types import TracebackType

from . import _native
from ._words import TypeLike, chip, peak_name, peak_type


def peak(device: int, type: TypeLike, reset: bool = False) -> int:
    """The most bytes of `type` that this process held on `device` at any moment since the last reset of that
    figure, else since it was attached. Exact, not sampled: a spike between two looks is in it.

    `type` is a `BufferType` or its name, or ``"L1_CORE"``: the L1 of one core, over all types. With `reset` the
    figure begins anew from what is held now. The lifetime's peak, which readers show, stays.

    0 if none was held or nothing is tracked. Raises ValueError for a device or type there cannot be.
    """
    return _native.peak(None, chip(device), peak_type(type), bool(reset))


class PeakWindow:
    """Peaks of its own, which nobody else's reset disturbs: from when it is made to when it is closed.

    Once closed it keeps the figures of that moment. In a forked child, and after `detach`, it is closed and all its
    figures are 0.
    """

    def __init__(self) -> None:
        self._final: dict[tuple[int, int], int] | None = None
        # None if nothing is tracked, or if this process has too many windows already.
        self._window = _native.open_peaks()
        self._segment = _native.segment()
        self._process = os.getpid()

    @property
    def closed(self) -> bool:
        """Whether its figures stand: those of its end, or 0 where there is nothing any more that they could be of."""
        return self._final is not None or (self._window is not None and self._valid() is None)

    @property
    def tracked(self) -> bool:
        """Whether there is anything to see: False if nothing is tracked, and every figure is 0."""
        return self._window is not None

    def peak(self, device: int, type: TypeLike, reset: bool = False) -> int:
        """As `ttmem.peak`, since this window was made or since its own last reset. A closed one cannot be reset."""
        number, kind = chip(device), peak_type(type)
        if self._final is not None:
            return self._final.get((number, kind), 0)
        window = self._valid()
        return 0 if window is None else _native.peak(window, number, kind, bool(reset))

    def peaks(self, reset: bool = False) -> dict[tuple[int, str], int]:
        """All peaks that are not 0, in bytes, by device and name of the type (``"L1_CORE"`` among them)."""
        return {(number, peak_name(kind)): most for (number, kind), most in self._all(reset).items()}

    def close(self) -> None:
        """Ends it: the figures stay as they are now. May be called again."""
        if self._final is not None:
            return
        final = self._all(False)
        window = self._valid()
        if window is not None:
            _native.close_peaks(window)
        self._final = final

    def _all(self, reset: bool) -> dict[tuple[int, int], int]:
        if self._final is not None:
            return self._final
        window = self._valid()
        if window is None:
            return {}
        return {(number, kind): most for number, kind, most in _native.peaks(window, reset)}

    def _valid(self) -> _native.Peaks | None:
        # It means something for the segment it was made for, and nowhere else. Which segment that is, is not asked
        # where there is nothing to find: a forked child would get one of its own by that.
        if self._window is None or self._process != os.getpid():
            return None
        return self._window if self._segment == _native.segment() else None

    def __enter__(self) -> PeakWindow:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Windows are few: one that was forgotten must not stay. At the interpreter's end this module may have been
        # taken apart before: its names are None then.
        if getattr(self, "_final", {}) is None and _native is not None:
            self.close()
