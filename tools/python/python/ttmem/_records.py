"""Objects out of what the command writes as JSON."""

from __future__ import annotations

import datetime
from dataclasses import field, fields
from typing import Any, Callable, ClassVar, Mapping, TypeVar

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

    __slots__ = ()
    # By class: the names of the fields, and how those are read that are not taken as they are.
    _plans: ClassVar[dict[type, tuple[frozenset[str], dict[str, Callable[[Any], Any]]]]] = {}

    @classmethod
    def of(cls: type[_Made], given: Mapping[str, Any]) -> _Made:
        """The record that a JSON object describes."""
        plan = Record._plans.get(cls)
        if plan is None:
            members = fields(cls)  # type: ignore[arg-type]
            names = frozenset(one.name for one in members if one.name != "extra")
            converted = {
                one.name: one.metadata["convert"] for one in members if "convert" in one.metadata
            }
            plan = Record._plans[cls] = (names, converted)
        names, converted = plan
        known = {name: value for name, value in given.items() if name in names}
        for name, convert in converted.items():
            if name in known:
                known[name] = convert(known[name])
        if len(known) < len(given):
            known["extra"] = {name: value for name, value in given.items() if name not in names}
        return cls(**known)
