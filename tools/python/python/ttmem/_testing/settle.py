"""Letting go of everything that nobody holds any more."""

from __future__ import annotations

import gc
import sys
from typing import Any, List


def collect_garbage() -> None:
    """Frees objects that only hold each other. What their destructors let go of is garbage as well."""
    for _ in range(3):
        if gc.collect() == 0:
            return


def clear_program_caches() -> None:
    """Clears the program cache of each device that is open."""
    for device in _devices():
        try:
            if hasattr(device, "clear_program_cache"):
                device.clear_program_cache()
            else:
                device.disable_and_clear_program_cache()
                device.enable_program_cache()
        except Exception:  # noqa: BLE001 A device that was closed meanwhile has nothing to clear.
            continue


def _devices() -> List[Any]:
    """Every device object that Python knows of: ttnn keeps no list of them."""
    ttnn = sys.modules.get("ttnn")
    named = (getattr(ttnn, name, None) for name in ("Device", "MeshDevice"))
    types = tuple(one for one in named if isinstance(one, type))
    # Not isinstance(): that asks the object, which may be a proxy of what is gone, or do anything.
    return [known for known in gc.get_objects() if issubclass(type(known), types)] if types else []
