"""Places in a canonical event by their names: `email`, `props.color`, `ids.card`, `items.price`, `items.props.size`."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final, Literal

import msgspec

from collector.errors import OperatorError
from collector.event import DecimalText, Event, Item, decimal_text

Kind = Literal["text", "amount", "switch", "whole", "texts", "anything", "ids", "props", "alias", "items"]

FIXED: Final = frozenset(
    {"event", "event_id", "ts", "ts_source", "seq", "pointer", "is_line", "is_full", "order_key", "notes"}
)
"""What an event is, when it was and where it belongs: never changed, and no value for anything else."""

ABSENT: Final[Mapping[Kind, Any]] = {"texts": (), "alias": (), "items": (), "ids": {}, "props": {}}
"""What stands in a place without a value, where that is not None."""

_SCALARS: Final[Mapping[Any, Kind]] = {str: "text", DecimalText: "amount", bool: "switch", int: "whole"}
_FITS: Final[Mapping[Kind, frozenset[Kind]]] = {
    "text": frozenset({"text", "amount", "whole"}),
    "amount": frozenset({"amount", "whole"}),
    "texts": frozenset({"texts", "text"}),
}
_GROUPS: Final = frozenset({"ids", "props", "alias", "items"})
_LARGEST: Final = 14
_LONGEST: Final = 400
_YES: Final = (True, 1, "1", "true")
_NO: Final = (False, 0, "0", "false")


class Place(msgspec.Struct, frozen=True):
    """`column` of the event, or of each item (`of_item`); `inner` names an entry of its `props` or `ids`."""

    path: str
    kind: Kind
    column: str
    of_item: bool = False
    inner: str = ""

    def read(self, event: Event, item: Item | None = None) -> Any:
        """What stands there; None or empty where nothing does."""
        found = getattr(item if self.of_item else event, self.column, None)
        return _entry(found or {}, self.inner) if self.inner else found


@cache
def place(path: str) -> Place:
    """The place of that name; raises OperatorError where an event has none, or it is not to be touched."""
    of_item = path.startswith("items.")
    column, _, inner = path.removeprefix("items.").partition(".")
    kind = _kinds(Item if of_item else Event).get(column)
    if kind is None or (inner and kind not in ("props", "ids")) or path.endswith("."):
        raise OperatorError(f"an event has no field {path!r}")
    if not of_item and column in FIXED:
        raise OperatorError(f"{column} stays as it is, and is no source of another field")
    if inner:
        kind = "anything" if kind == "props" else "text"
    return Place(path=path, kind=kind, column=column, of_item=of_item, inner=inner)


def fits(target: Place, source: Place) -> bool:
    """Whether values of the one kind can stand in a place of the other; of `props` anything can be hoped for."""
    if target.kind == source.kind:
        return True
    if "anything" in (target.kind, source.kind):
        return _GROUPS.isdisjoint((target.kind, source.kind))
    return source.kind in _FITS.get(target.kind, ())


def typed(kind: Kind, value: Any) -> Any:
    """The value in the form of its kind, else what stands for none."""
    absent = ABSENT.get(kind)
    if value is None:
        return absent
    if kind == "text":
        return _text(value)
    if kind == "amount":
        return _amount(value)
    if kind == "switch":
        return True if value in _YES else False if value in _NO else None
    if kind == "whole":
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if kind == "texts":
        listed = value if isinstance(value, tuple | list) else (value,)
        return tuple(text for one in listed if (text := _text(one)))
    return list(value) if isinstance(value, tuple) and kind == "anything" else value


@cache
def _kinds(struct: type[Event | Item]) -> Mapping[str, Kind]:
    return {field.name: _kind(field.name, field.type) for field in msgspec.structs.fields(struct)}


def _kind(name: str, annotation: Any) -> Kind:
    parts = typing.get_args(annotation) or (annotation,)
    named: dict[str, Kind] = {"item_category": "texts", "ids": "ids", "props": "props", "alias": "alias"}
    if name == "items":
        return "items"
    return named.get(name) or _SCALARS.get(parts[0], "text")


def _entry(entries: Mapping[str, Any], inner: str) -> Any:
    """An entry by its whole name; else the name is a way down, step by step."""
    if inner in entries:
        return entries[inner]
    found: Any = entries
    for step in inner.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _text(value: Any) -> str | None:
    """Digits stay as they were sent: an id may have any number of them, and leading zeros."""
    if isinstance(value, str):
        return value.strip() or None
    number = None if isinstance(value, bool) else _number(value)
    return None if number is None else decimal_text(number)


def _amount(value: Any) -> DecimalText | None:
    """Of at most 14 digits before the point and 4 behind it, as amounts are everywhere here."""
    number = None if isinstance(value, bool) else _number(value)
    if number is None or number.adjusted() >= _LARGEST:
        return None
    return decimal_text(number) if number == round(number, 4) else None


def _number(value: Any) -> Decimal | None:
    if not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _LONGEST else None
