"""Sizes, chips and amounts, as the ttmem tool writes them."""

from __future__ import annotations

from typing import Iterable

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def size(count: int) -> str:
    """`524288` as `512.0 KiB`; below one KiB exact."""
    if count < 1024:
        return f"{count} B"
    value, unit = count / 1024, 0
    # 1023.95 would be written as 1024.0: that is one of the next unit.
    while value >= 1023.95 and unit + 1 < len(_UNITS):
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}"


def ranges(devices: Iterable[int]) -> str:
    """`0, 1, 2, 5` as `0-2,5`."""
    words = []
    left = sorted(devices)
    while left:
        first = last = left.pop(0)
        while left and left[0] == last + 1:
            last = left.pop(0)
        words.append(str(first) if first == last else f"{first}-{last}")
    return ",".join(words)


def on_devices(devices: Iterable[int]) -> str:
    """`on device 3`, `on each of devices 0-7`."""
    several = tuple(devices)
    return f"on each of devices {ranges(several)}" if len(several) != 1 else f"on device {several[0]}"


def counted(number: int, noun: str) -> str:
    """`1 allocation`, `2 allocations`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def age(seconds: float) -> str:
    """`3.2ms`, `1.5s`, `12m03s`, `3h12m`."""
    whole = int(seconds)
    if seconds < 0.1:
        return f"{seconds * 1000:.1f}ms"
    if whole < 60:
        return f"{seconds:.1f}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole // 60 % 60:02}m"
