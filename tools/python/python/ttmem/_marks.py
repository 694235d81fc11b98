"""Named moments and phases of a program."""

from __future__ import annotations

import functools
import inspect
import os
from types import TracebackType
from typing import Any, Callable, TypeVar, cast

from . import _native
from ._peaks import PeakWindow
from ._words import TypeLike

_Function = TypeVar("_Function", bound=Callable[..., Any])


def mark(name: str) -> bool:
    """Records that a phase called `name` begins: shown by ``ttmem log``, ``top``, ``history`` and
    ``leaks --since NAME``.

    The first 112 bytes of its UTF-8 are kept. Returns whether it was recorded: False if this process is not
    tracked. Costs about a microsecond, and waits for nobody.

    Raises TypeError for what is no text.
    """
    if not isinstance(name, str):
        raise TypeError(f"a mark has a name, not {name!r}")
    try:
        return _native.mark(name)
    except UnicodeEncodeError:
        # Half of a character, as in the name of a file that is no UTF-8.
        return _native.mark(name.encode("utf-8", "replace").decode())


class phase:
    """A phase of a program, as a context or as a decorator.

        with ttmem.phase("decode") as phase:
            ...
        phase.peak(0, "L1")

        @ttmem.phase("prefill")
        def prefill(): ...

    Marks `name` at its beginning and ``"<name> end"`` at its end, also when it ends by an exception. Phases nest,
    and may overlap in several threads: each has peaks of its own. Each call of a decorated function (generator,
    coroutine) is a phase of its own, which lasts until it is exhausted.

    Where nothing is tracked it does nothing, and its peaks are 0. A forked child does not report the end of a phase
    that its parent began.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a phase has a name, not {name!r}")
        self.name = name
        self._window: PeakWindow | None = None
        self._process = 0

    def __enter__(self) -> phase:
        if self._window is not None and not self._window.closed:
            raise RuntimeError(f"phase {self.name!r} has begun already: make another one to nest it")
        # Open before the mark: nothing that is allocated behind the mark is missed.
        self._window = PeakWindow()
        self._process = os.getpid()
        mark(self.name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._window is not None:
            self._window.close()
        if self._process == os.getpid():
            mark(f"{self.name} end")

    def peak(self, device: int, type: TypeLike) -> int:
        """The most bytes of `type` that this process held on `device` at any moment of the phase, exactly: what was
        held when it began counts. While it goes on, the most so far.

        0 if none was held or nothing is tracked. Arguments as for `ttmem.peak`.
        """
        window = self._window
        return 0 if window is None else window.peak(device, type)

    def peaks(self) -> dict[tuple[int, str], int]:
        """All peaks of the phase that are not 0, in bytes, by device and type."""
        window = self._window
        return {} if window is None else window.peaks()

    def __call__(self, function: _Function) -> _Function:
        if not callable(function):
            raise TypeError(f"a phase decorates a function, not {function!r}")
        name = self.name
        if inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with phase(name):
                    stream = function(*args, **kwargs)
                    step = stream.asend(None)
                    try:
                        while True:
                            item = await step
                            # What is sent or thrown in is for the function, as with 'yield from'.
                            try:
                                step = stream.asend((yield item))
                            except GeneratorExit:
                                raise
                            except BaseException as error:  # noqa: BLE001 It is raised there.
                                step = stream.athrow(error)
                    except StopAsyncIteration:
                        pass
                    finally:
                        # Its end is part of the phase, also if nobody wanted all of it.
                        await stream.aclose()

        elif inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with phase(name):
                    return await function(*args, **kwargs)

        elif inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with phase(name):
                    return (yield from function(*args, **kwargs))

        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with phase(name):
                    return function(*args, **kwargs)

        return cast(_Function, wrapper)

    def __repr__(self) -> str:
        return f"phase({self.name!r})"
