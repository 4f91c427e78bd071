"""Which name an event has at the vendor, and what is said with it (docs/wire/intempt.md §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from collector.destinations import losing
from collector.destinations.contract import Command, Context, Deliverable
from collector.destinations.intempt import goods
from collector.destinations.intempt.payload import (
    Fields,
    Unsayable,
    attributes,
    ids_and_time,
    line_id,
    number,
    own_props,
    same,
    unplaced_ids,
)
from collector.event import Event, Item

ROUTE: Final = "track"
IDENTIFY: Final = "Identify"
_GOODS: Final[Mapping[str, str]] = {
    "view_item": goods.VIEWED,
    "add_to_cart": goods.ADDED,
    "remove_from_cart": goods.REMOVED,
    "purchase": goods.ORDERED,
}
_FORBIDDEN: Final = frozenset(
    {
        "auto-track",
        "view page",
        "leave page",
        "change on",
        "click on",
        "submit on",
        "identify",
        "consent",
    }
)
"""Titles that the vendor keeps for itself, in lower case."""

_TAKEN: Final = frozenset({*_GOODS.values(), "Session start"})
"""Names that mean something at the vendor: an event of the shop's own must not have one."""

_AMOUNTS: Final = frozenset({"value", "tax", "shipping"})
_TOLD: Final = (
    *losing.UNCODED,
    "value",
    "currency",
    "tax",
    "shipping",
    "coupon",
    "payment_type",
    "location_id",
    "recommended_by",
    "recommended_code",
    "ab_segment",
    "stream",
    "page_url",
    "page_title",
    "referrer",
)
"""Columns of an event that is told under a name of our own, under their own names."""

_NUMBERS: Final = ("price", "list_price", "discount", "quantity")


class Entry(NamedTuple):
    """One payload of the vendor's, under its name."""

    name: str
    data: Fields


def deliverable(event: Event, context: Context) -> Deliverable:
    """One command a payload; those of one event and name stand together. Raises Unsayable."""
    shared = ids_and_time(event, context.options)
    entries, losses = _told(event, context)
    several = len(entries) > 1 or event.event == "purchase"
    told = attributes(event) if event.event != "identify" else _about(event)
    commands = []
    for place, entry in enumerate(entries):
        own = line_id(event, place) if several else event.event_id
        payload = {"eventId": own, **shared, **({"data": entry.data} if entry.data else {}), **told}
        commands.append(_command(event, entry.name, payload))
    codes = losing.in_order(losses | unplaced_ids(event, context.options))
    return Deliverable(commands=tuple(commands), losses=codes)


def _command(event: Event, name: str, payload: Fields) -> Command:
    body = msgspec.json.encode({"name": name, "payload": payload}).decode()
    return Command(route=ROUTE, body=body, key=event.event_id)


def _told(event: Event, context: Context) -> tuple[list[Entry], set[str]]:
    if event.event in _GOODS:
        return _products(event, context)
    if event.event == "cart_update" and context.before is not None:
        return _difference(event, context, context.before)
    if event.event == "identify":
        return [Entry(IDENTIFY, _columns(event))], set()
    return _free(event, context)


def _products(event: Event, context: Context) -> tuple[list[Entry], set[str]]:
    if not event.items:
        raise Unsayable("u_item_missing")
    name = _renamed(event.event, _GOODS[event.event], context)
    data = goods.entries(event, event.items, counted=event.event != "view_item")
    return [Entry(name, one) for one in data], _lost(event, event.items, data)


def _difference(event: Event, context: Context, before: Sequence[Item]) -> tuple[list[Entry], set[str]]:
    """What came into the cart and what left it; a cart of the same products is told as it is."""
    added, removed = goods.difference(before, event.items)
    if not added and not removed:
        return _free(event, context)
    entries = []
    for kind, lines in (("remove_from_cart", removed), ("add_to_cart", added)):
        name = _renamed(kind, _GOODS[kind], context)
        entries += [Entry(name, data) for data in goods.entries(event, lines, counted=True)]
    total = {"loss_value"} if event.value is not None else set()
    return entries, total | _lost(event, event.items, [one.data for one in entries])


def _lost(event: Event, lines: Sequence[Item], data: Sequence[Fields]) -> set[str]:
    return {
        *losing.of_event(event, goods.KEPT | {"value"}),
        *losing.of_items(lines, goods.KEPT_OF_ITEMS),
        *goods.losses(event, data),
    }


def _free(event: Event, context: Context) -> tuple[list[Entry], set[str]]:
    """An event under its own name with all that is known of it: kept by the vendor, and no more."""
    own = (event.custom_name or "") if event.event == "custom" else event.event
    name = _renamed(own, own, context)
    if event.event == "custom" and name in _TAKEN:
        raise Unsayable("u_name_forbidden")
    data = {**own_props(event), **_columns(event)}
    lost = {"loss_items"} if event.event == "cart_update" and event.items else set()
    return [Entry(name, data)], lost | _shadowed(event, data)


def _shadowed(event: Event, data: Fields) -> set[str]:
    """The loss of properties that are called like a column."""
    own = own_props(event)
    return {
        losing.COLUMNS.get(name, "loss_props")
        for name in own.keys() & _columns(event).keys()
        if not same(own[name], data[name])
    }


def _renamed(own: str, usual: str, context: Context) -> str:
    """The vendor's name, unless the settings have another; raises Unsayable for one that nobody may use."""
    name: str = context.options["names"].get(own, usual)
    if not name.strip() or name.strip().lower() in _FORBIDDEN:
        raise Unsayable("u_name_forbidden")
    return name


def _columns(event: Event) -> Fields:
    """What the event says beside who, when and its properties, under our names."""
    told: Fields = {}
    for column in _TOLD:
        value = getattr(event, column)
        if value is not None and value != "":
            told[column] = number(value) if column in _AMOUNTS else value
    if event.is_full:
        told["is_full"] = True
    if event.items:
        told["items"] = [_item(one) for one in event.items]
    return told


def _item(item: Item) -> dict[str, Any]:
    told = msgspec.structs.asdict(item)
    return {
        name: number(value) if name in _NUMBERS else value
        for name, value in told.items()
        if value not in (None, (), {})
    }


def _about(event: Event) -> Fields:
    """What an identification says of the user: all of its properties."""
    told = attributes(event)
    own = {**own_props(event), **told.get("userAttributes", {})}
    return {**told, **({"userAttributes": own} if own else {})}
