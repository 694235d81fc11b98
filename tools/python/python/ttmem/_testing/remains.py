"""What remains after a test, in words."""

from __future__ import annotations

from typing import Dict, List, Tuple

from .figures import Figures, Group
from .wording import age, counted, on_devices, size

# With a heading, what is left out and advice these make ten lines.
_GROUPS = 7
_ADVICE = "Something holds them: a global, a cache, or self of a test class"
_ADVICE_ON_CACHES = ", or a cached program (--ttmem-clear-program-cache)"


def told(figures: Figures, allowed: str, caches_cleared: bool) -> str:
    """What remains and what was allowed, with the groups: at most ten lines."""
    number = _number(figures.remains)
    lines = [f"{amounts(figures)} {'remains' if number == 1 else 'remain'}; {allowed}:"]
    lines += [f"  {_group(group)}" for group in figures.remains[:_GROUPS]]
    left_out = figures.remains[_GROUPS:]
    if left_out:
        lines.append(f"  and {counted(_number(left_out), 'allocation')} in smaller groups")
    lines.append(_ADVICE + ("" if caches_cleared else _ADVICE_ON_CACHES))
    return "\n".join(lines)


def amounts(figures: Figures) -> str:
    """`2 allocations, 4.0 MiB of L1 on device 0`."""
    alike: Dict[Tuple[str, int], List[int]] = {}
    for (buffer_type, device), count in figures.left().items():
        alike.setdefault((buffer_type, count), []).append(device)
    words = [
        f"{size(count)} of {buffer_type} {on_devices(devices)}"
        for (buffer_type, count), devices in alike.items()
    ]
    # A few chips may differ; a list of all that differ would be no summary.
    if len(words) > 3:
        words[3:] = [f"more in {len(words) - 3} other memories"]
    return f"{counted(_number(figures.remains), 'allocation')}, {' and '.join(words)}"


def _group(group: Group) -> str:
    words = [
        f"{group.count} x {size(group.size)} of {group.buffer_type} {on_devices(group.devices)}",
        f"{'first ' if group.count > 1 else ''}at {group.address:#x}",
        f"{'up to ' if group.count > 1 else ''}{age(group.oldest_s)} old",
    ]
    return ", ".join(words)


def _number(groups: List[Group]) -> int:
    return sum(group.count for group in groups)
