"""Objects out of what the command writes as JSON."""

from __future__ import annotations

import datetime
from dataclasses import MISSING, field, fields
from typing import Any, Callable, Mapping, NamedTuple, TypeVar

_Made = TypeVar("_Made", bound="Record")


def moment(text: str | None) -> datetime.datetime | None:
    """A time in UTC."""
    if text is None:
        return None
    # Python before 3.11 does not know the Z.
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def address(text: str | None) -> int | None:
    """A number that JSON has as a hex string."""
    return None if text is None else int(text, 16)


def read(convert: Callable[[Any], Any], default: Any = None) -> Any:
    """A field of a record that is not in JSON what it is in Python."""
    return field(default=default, metadata={"convert": convert})


class Record:
    """What all records share: they are made of JSON objects.

    A field that JSON lacks has its default; what JSON has beyond the fields is kept in `extra`, as it came. A record
    written by a later ttmem can so be read by this one, and the other way round.
    """

    @classmethod
    def of(cls: type[_Made], given: Mapping[str, Any]) -> _Made:
        """The record that a JSON object describes."""
        plan = _plans.get(cls) or _plans.setdefault(cls, _plan(cls))
        values = dict(plan.defaults)
        for name, make in plan.factories:
            values[name] = make()
        for name, value in given.items():
            if name not in plan.names:
                values["extra"][name] = value
            else:
                convert = plan.conversions.get(name)
                values[name] = value if convert is None else convert(value)
        # Past the constructor, which takes three times as long: there may be a hundred thousand of them.
        made = cls.__new__(cls)
        made.__dict__.update(values)
        return made


class _Plan(NamedTuple):
    names: frozenset[str]
    conversions: dict[str, Callable[[Any], Any]]
    defaults: dict[str, Any]
    factories: list[tuple[str, Callable[[], Any]]]


_plans: dict[type, _Plan] = {}


def _plan(record: type[Any]) -> _Plan:
    members = fields(record)
    return _Plan(
        names=frozenset(one.name for one in members if one.name != "extra"),
        conversions={
            one.name: one.metadata["convert"] for one in members if "convert" in one.metadata
        },
        defaults={one.name: one.default for one in members if one.default is not MISSING},
        factories=[
            (one.name, one.default_factory)
            for one in members
            if one.default_factory is not MISSING
        ],
    )
