"""Fields taken from others before an event is told: `{"user_id": "email", "items.item_id": "items.item_variant"}`.

What is taken is what the event came with, so that two fields can change places. An empty source drops a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, get_args

from msgspec.structs import replace

from collector.errors import OperatorError
from collector.event import Event, EventName, Item
from collector.forwarder.fields import ABSENT, Place, fits, place, typed

LONGEST_NAME: Final = 255
LEAST_DIGITS: Final = 5
CANONICAL: Final = frozenset(get_args(EventName))
"""The events that have a name of ours; any other name is that of a custom event."""


class Change(NamedTuple):
    """One field and where it is taken from; None drops it."""

    target: Place
    source: Place | None


def rewritten(event: Event, fields: Mapping[str, str]) -> Event:
    """The event with its fields taken as `fields` (which was `checked`) says; the same one where nothing is.

    Values keep their types: an amount is taken from a number or its digits, an e-mail only from what has
    an @, a phone from what has five digits. What does not fit leaves its field empty; an item alone keeps
    its id where there is no other.
    """
    if not fields:
        return event
    columns: dict[str, Any] = {}
    of_items: list[Change] = []
    for change in _changes(tuple(fields.items())):
        if change.target.of_item:
            of_items.append(change)
        else:
            _put(columns, event, change.target, _taken(change, event, None))
    items: tuple[Item, ...] = columns.get("items", event.items)
    if of_items and items:
        columns["items"] = tuple(_item(one, event, of_items) for one in items)
    return replace(event, **columns)


def checked(fields: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Raises OperatorError for the first entry that no event could follow.

    A key of `names` is a canonical name or that of a custom event; its value is the vendor's name.
    """
    for target, source in fields.items():
        _change(target, source)
    for name, told in names.items():
        for text in (name, told):
            if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
                raise OperatorError(f"{text[:LONGEST_NAME]!r} cannot be the name of an event")


@lru_cache(maxsize=256)
def _changes(entries: tuple[tuple[str, str], ...]) -> tuple[Change, ...]:
    """Whole columns first, so that an entry of `props` can be set where the rest is dropped."""
    found = [_change(target, source) for target, source in entries]
    return tuple(sorted(found, key=lambda one: bool(one.target.inner)))


def _change(target: str, source: str) -> Change:
    into = place(target)
    if not source:
        if into.path == "items.item_id":
            raise OperatorError("items.item_id cannot be dropped: an item is nothing without its id")
        return Change(into, None)
    taken = place(source)
    if taken.of_item and not into.of_item:
        raise OperatorError(f"{target} cannot be taken from {source}: an event may have several items")
    if not fits(into, taken):
        raise OperatorError(f"{target} cannot be taken from {source}: they hold values of different kinds")
    return Change(into, taken)


def _taken(change: Change, event: Event, item: Item | None) -> Any:
    target, source = change
    if source is None:
        return ABSENT.get(target.kind)
    value = typed(target.kind, source.read(event, item))
    if target.path == "email" and value is not None:
        return value.lower() if "@" in value else None
    if target.path == "phone" and value is not None:
        digits = "".join(sign for sign in value if sign.isascii() and sign.isdigit())
        return ("+" if value.startswith("+") else "") + digits if len(digits) >= LEAST_DIGITS else None
    return value


def _put(columns: dict[str, Any], owner: Event | Item, target: Place, value: Any) -> None:
    """Set a column, or an entry of a column that is a mapping."""
    if not target.inner:
        columns[target.column] = value
        return
    entries = dict(columns.get(target.column, getattr(owner, target.column)))
    entries.pop(target.inner, None)
    if value is not None:
        entries[target.inner] = value
    columns[target.column] = entries


def _item(item: Item, event: Event, changes: list[Change]) -> Item:
    columns: dict[str, Any] = {}
    for change in changes:
        value = _taken(change, event, item)
        if change.target.path != "items.item_id" or value is not None:
            _put(columns, item, change.target, value)
    return replace(item, **columns)
