"""What the options ask for. What makes no sense is told before any test runs."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import pytest

from .baseline import Baseline, Tolerance, Unusable, check_writable


def check(config: pytest.Config) -> None:
    """Raises UsageError for an option that makes no sense by itself, also where nothing asks for it."""
    tolerance(config)
    if config.option.ttmem_rows < 0:
        raise pytest.UsageError(f"--ttmem-rows {config.option.ttmem_rows}: it must not be negative")


def tolerance(config: pytest.Config) -> Tolerance:
    """That of --ttmem-tolerance. Raises UsageError."""
    text = config.option.ttmem_tolerance
    try:
        return Tolerance.parse(text)
    except ValueError as error:
        raise pytest.UsageError(f"--ttmem-tolerance {text}: {error}") from error


def baseline(config: pytest.Config) -> Optional[Baseline]:
    """That of --ttmem-baseline, if it is given. Raises UsageError."""
    path = _path("--ttmem-baseline", config.option.ttmem_baseline)
    try:
        return None if path is None else Baseline.read(path)
    except Unusable as error:
        raise pytest.UsageError(f"--ttmem-baseline: {error}") from error


def to_be_written(config: pytest.Config) -> Optional[Baseline]:
    """What the file of --ttmem-write-baseline has already, if it is there. Raises UsageError if it cannot be
    written: the figures of a long run would be lost."""
    path = _path("--ttmem-write-baseline", config.option.ttmem_write_baseline)
    if path is None or config.option.collectonly:
        return None
    try:
        check_writable(path)
        return Baseline.read(path) if path.exists() and path.stat().st_size > 0 else None
    except Unusable as error:
        raise pytest.UsageError(f"--ttmem-write-baseline: {error}") from error


def _path(option: str, given: Optional[str]) -> Optional[Path]:
    if given is not None and not given.strip():
        raise pytest.UsageError(f"{option}: it needs the name of a file")
    return None if given is None else Path(given)
