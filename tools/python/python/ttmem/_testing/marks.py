"""What the marks of a test ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Optional, Tuple

import pytest

from .. import size as bytes_of
from .._words import L1_CORE, BufferType, chip, peak_type


class Unclear(Exception):
    """A sentence that says what is wrong with a mark."""


@dataclass(frozen=True)
class Limit:
    """No peak may be above it: of the type, or of each type by itself; on the chips, or on any."""

    bytes: int
    buffer_type: Optional[str] = None
    devices: Optional[FrozenSet[int]] = None

    def concerns(self, buffer_type: str, device: int) -> bool:
        """Whether it is about this memory. The L1 of one core is part of L1: it has to be named."""
        if self.buffer_type is None:
            named = buffer_type != "L1_CORE"
        else:
            named = buffer_type == self.buffer_type
        return named and (self.devices is None or device in self.devices)


def limits(item: pytest.Item) -> List[Limit]:
    """The limits of a test. The nearest mark for the same memory counts: that of the function before that of
    the class, that before the module's. Raises Unclear."""
    nearest: Dict[Tuple[Any, Any], Limit] = {}
    for mark in item.iter_markers("ttmem_limit"):
        limit = _understood(mark, _limit)
        nearest.setdefault((limit.buffer_type, limit.devices), limit)
    return list(nearest.values())


def allowed_to_remain(item: pytest.Item) -> "tuple[bool, Optional[int]]":
    """Whether a mark says how much may remain, and how many bytes: nothing if anything may. Raises Unclear."""
    mark = item.get_closest_marker("ttmem_leaks")
    return (False, None) if mark is None else (True, _understood(mark, _allowed))


def problem(item: pytest.Item) -> Optional[str]:
    """What is wrong with the marks of a test; nothing if nothing is."""
    try:
        limits(item)
        allowed_to_remain(item)
    except Unclear as error:
        return str(error)
    return None


def _limit(size: Any, type: Any = None, device: Any = None) -> Limit:  # noqa: A002
    devices = None
    if device is not None:
        several = device if isinstance(device, (list, tuple, set, frozenset, range)) else (device,)
        devices = frozenset(chip(one) for one in several)
    return Limit(bytes_of(size), None if type is None else _name(type), devices)


def _name(type: Any) -> str:  # noqa: A002
    number = peak_type(type)
    return "L1_CORE" if number == L1_CORE else BufferType(number).name


def _allowed(size: Any) -> Optional[int]:
    return None if size is None else bytes_of(size)


def _understood(mark: pytest.Mark, meaning: Any) -> Any:
    try:
        return meaning(*mark.args, **mark.kwargs)
    except (TypeError, ValueError, AttributeError) as error:
        # Python speaks of a function that the test does not have.
        problem = str(error).replace(f"{meaning.__name__}()", "it")
        problem = problem.replace("it missing", "it is missing", 1)
        raise Unclear(f"the mark {mark.name} cannot be understood: {problem}") from error
