"""Canonical events as commands of the vendor's batch (docs/wire/exponea.md §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from collector.destinations import losing
from collector.destinations.contract import Command, Context, Deliverable, Mapped, Options, Undeliverable
from collector.destinations.exponea.names import LINE, event_type, property_names, told_list
from collector.destinations.exponea.properties import Properties, number, pieces, total
from collector.event import Event, Item

ROUTE: Final = "batch"
EVENT_BYTES: Final = 800 * 1024
MOST_ATTRIBUTES: Final = 255
_DELTAS: Final = {"add_to_cart": "add", "remove_from_cart": "remove"}
_CHECKOUT: Final = ("begin_checkout", "add_shipping_info", "add_payment_info")
_ALWAYS_LISTED: Final = ("view_item_list", "cart_update", "purchase")
_OF_CUSTOMER: Final = ("device_id", "user_id", "email", "phone", "alias", "ids")
"""Fields with a code that `identify` tells, or that are judged with the ids."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Who:
    """The ids that an event is told under, and whether some of its ids are not."""

    ids: Mapping[str, str]
    is_partial: bool


def mapped(event: Event, context: Context) -> Mapped:
    """What to tell the vendor of the event.

    Without an id it knows, with two hard ids, without an order's id or a name it cannot be told, nor a cart
    of which nobody knows whether it is whole.
    """
    who = _who(event, context.options)
    if isinstance(who, Undeliverable):
        return who
    if event.event == "identify":
        return _customer(event, context, who)
    kind = event_type(event, context.options)
    if kind is None:
        return Undeliverable(code="u_name_forbidden" if event.custom_name else "u_name_missing")
    if event.event == "purchase":
        return _purchase(event, context, who, kind)
    if event.event in _DELTAS and context.cart is not None and context.options["cart_snapshots"]:
        return _changed_cart(event, context, who)
    if event.event == "cart_update" and not event.is_full:
        if context.cart is None:
            return Undeliverable(code="u_cart_state_unknown")
        event = msgspec.structs.replace(event, items=context.cart)
    return _event(event, context, who, kind)


def _who(event: Event, options: Options) -> _Who | Undeliverable:
    """The hard id, the soft one, and further ids that the project knows."""
    hard, soft = options["hard_id"], options["soft_id"]
    customer = event.email if options["registered_from"] == "email" else event.user_id
    found = {hard: customer, soft: event.device_id}
    ids = {name: value for name, value in found.items() if value}
    missed = bool(event.alias)
    for name, value in event.ids.items():
        if name not in options["other_ids"]:
            missed = True
        elif name == hard and ids.get(hard, value) != value:
            return Undeliverable(code="u_identity_conflict")
        elif ids.setdefault(name, value) != value:
            missed = True
    if not ids:
        return Undeliverable(code="u_identity_missing")
    return _Who(ids=ids, is_partial=missed)


def _told(event: Event, context: Context, who: _Who, *, without: tuple[str, ...] = ()) -> Properties:
    """Properties that every event has: its id, and its fields but for those that are left out."""
    written = Properties(property_names(context.options))
    if who.is_partial:
        written.lose("loss_identity")
    written.put(written.names["event_id"], event.event_id)
    if context.options["registered_from"] == "email" and event.user_id is not None:
        written.put("user_id", event.user_id)
    written.fields(event, without=without)
    return written


def _event(event: Event, context: Context, who: _Who, kind: str) -> Mapped:
    """An event that is one event there too."""
    written = _told(event, context, who)
    if event.event in _CHECKOUT:
        written.put("step", event.event)
    if event.item_list_type is not None and event.item_list_type != told_list(event):
        written.put("item_list_type", event.item_list_type)
    if event.event == "cart_update":
        _totals(written, event.items)
    elif event.is_full:
        written.put("is_full", True)
    _products(written, event)
    written.rest(event.props)
    return _sent([(kind, written)], event, who)


def _products(written: Properties, event: Event) -> None:
    """One product stands at the top level, several as a list; a cart, an order and a shown list are lists."""
    if (
        event.event == "cart_update"
        or (event.event in _ALWAYS_LISTED and event.items)
        or len(event.items) > 1
    ):
        written.listed(event.items)
    elif event.items:
        written.item(event.items[0])


def _totals(written: Properties, items: tuple[Item, ...]) -> None:
    """How much a list has. None of what it has is not told as a number: it would read as an empty cart."""
    count = pieces(items)
    if count != "0" or not items:
        written.put(written.names["total_quantity"], number(count))
    worth = total(items)
    if worth is not None and written.names["value"] not in written.values:
        written.put(written.names["value"], number(worth))


def _changed_cart(event: Event, context: Context, who: _Who) -> Mapped:
    """The whole cart after a change, what was changed at its top level where it is one product."""
    written = _told(event, context, who, without=("value",))
    if event.value is not None:
        written.lose("loss_value")
    cart = context.cart or ()
    written.put("action", _DELTAS[event.event])
    _totals(written, cart)
    written.listed(cart)
    if len(event.items) == 1:
        written.item(event.items[0])
    written.rest(event.props)
    names: Mapping[str, str] = context.options["names"]
    return _sent([(names.get("cart_update") or "cart_update", written)], event, who)


def _purchase(event: Event, context: Context, who: _Who, kind: str) -> Mapped:
    """The order and each of its lines; a line that comes alone is only a line."""
    if not event.transaction_id:
        return Undeliverable(code="u_transaction_missing")
    names: Mapping[str, str] = context.options["names"]
    line_kind = names.get(LINE) or LINE
    if event.is_line and event.items:
        alone = [_lone_line(event, context, who, item) for item in event.items]
        return _sent([(line_kind, one) for one in alone], event, who)
    lines = [(line_kind, _line(event, context, item)) for item in event.items]
    header = _told(event, context, who)
    if event.items:
        _totals(header, event.items)
    _products(header, event)
    header.rest(event.props)
    return _sent([(kind, header), *lines], event, who)


def _line(event: Event, context: Context, item: Item) -> Properties:
    """One line of an order that is told whole beside it."""
    written = Properties(property_names(context.options))
    names = written.names
    written.put(names["event_id"], event.event_id)
    written.put(names["transaction_id"], event.transaction_id)
    if event.currency is not None:
        written.put(names["currency"], event.currency)
    _worth(written, item)
    return written


def _lone_line(event: Event, context: Context, who: _Who, item: Item) -> Properties:
    """A line that no order is told with. Its total is its own: the order's has no place."""
    written = _told(event, context, who, without=("value",))
    if event.value is not None:
        written.lose("loss_value")
    _worth(written, item)
    written.rest(event.props)
    return written


def _worth(written: Properties, item: Item) -> None:
    """A line's product with the line's own total."""
    worth = total((item,))
    if worth is not None:
        written.put(written.names["value"], number(worth))
    written.item(item)


def _customer(event: Event, context: Context, who: _Who) -> Mapped:
    """Attributes of the customer, told before the visitor's events. Where they were is no attribute."""
    written = Properties(property_names(context.options))
    if who.is_partial:
        written.lose("loss_identity")
    for code in losing.in_order(losing.of_event(event, _OF_CUSTOMER)):
        written.lose(code)
    if context.options["registered_from"] == "email" and event.user_id is not None:
        written.put("user_id", event.user_id)
    for column in ("email", "phone"):
        if getattr(event, column) is not None:
            written.put(written.names[column], getattr(event, column))
    nested = event.props.get("properties")
    attributes = {name: value for name, value in event.props.items() if name != "properties"}
    written.rest({**nested, **attributes} if isinstance(nested, dict) else event.props)
    if len(written.values) > MOST_ATTRIBUTES:
        return Undeliverable(code="u_too_large")
    written.fit()
    data = {
        "customer_ids": who.ids,
        "properties": written.values,
        "update_timestamp": _seconds(event.ts),
    }
    return _deliverable([("customers", event.event_id, data)], written.losses, leads=True)


def _sent(told: list[tuple[str, Properties]], event: Event, who: _Who) -> Mapped:
    """Commands of events, each with an id of its own."""
    commands: list[tuple[str, str, dict[str, Any]]] = []
    losses: list[str] = []
    for place, (kind, written) in enumerate(told):
        written.fit()
        losses += [code for code in written.losses if code not in losses]
        data = {
            "customer_ids": who.ids,
            "event_type": kind,
            "timestamp": _seconds(event.ts),
            "properties": written.values,
        }
        commands.append(("customers/events", f"{event.event_id}/{place}" if place else event.event_id, data))
    return _deliverable(commands, losses, leads=False)


def _deliverable(told: list[tuple[str, str, dict[str, Any]]], losses: list[str], *, leads: bool) -> Mapped:
    commands = []
    for name, command_id, data in told:
        body = _encode({"name": name, "command_id": command_id, "data": data})
        if len(body) >= EVENT_BYTES:
            return Undeliverable(code="u_too_large")
        commands.append(Command(route=ROUTE, body=body.decode(), key=command_id, leads=leads))
    return Deliverable(commands=tuple(commands), losses=tuple(losses))


def _seconds(moment: datetime) -> msgspec.Raw:
    """Epoch seconds with six decimals."""
    return number(f"{int(moment.replace(microsecond=0).timestamp())}.{moment.microsecond:06d}")
