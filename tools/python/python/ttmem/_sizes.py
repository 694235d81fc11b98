"""Sizes as people write them."""

from __future__ import annotations

from typing import SupportsIndex, Union

from . import _native
from ._words import word

SizeLike = Union[str, SupportsIndex]


def size(value: SizeLike) -> int:
    """Bytes: a whole number as it is, or text like ``"4096"``, ``"64K"``, ``"24 MB"``, ``"1.5GiB"``.

    Units are binary, whichever way they are written: a MB is 1,048,576 bytes.

    Raises ValueError for what is no size, TypeError for what is neither number nor text.
    """
    if isinstance(value, str):
        return _native.parse_size(value)
    if isinstance(value, float):
        raise TypeError(f"a size is a whole number of bytes or text like '24 MB', not {value!r}")
    return word(value, "a size")
