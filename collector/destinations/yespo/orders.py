"""Whole orders: placed ones, later states, and those that were paid back (docs/wire/yespo.md §5 and §8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from collector.destinations import losing
from collector.destinations.contract import Command, Context, Deliverable
from collector.destinations.yespo.words import (
    ORDER,
    Unsayable,
    hidden,
    json_text,
    number,
    one_currency,
    present,
    product,
    total,
)
from collector.event import DecimalText, Event

ROUTE: Final = "orders"
PLACED: Final = "INITIALIZED"
CANCELLED: Final = "CANCELLED"
STATUSES: Final = frozenset({PLACED, "IN_PROGRESS", "DELIVERED", CANCELLED})
EVENTS: Final = frozenset({"purchase", "order_status", "refund"})
_STATES: Final = {"purchase": PLACED, "refund": CANCELLED}
"""What an event says of an order's state by itself."""

_KEPT: Final = frozenset(
    {
        "user_id",
        "email",
        "phone",
        "items",
        "value",
        "currency",
        "tax",
        "shipping",
        "transaction_id",
        "order_status",
    }
)
_TAKEN: Final = frozenset(
    {
        "externalOrderId",
        "externalCustomerId",
        "totalCost",
        "status",
        "date",
        "email",
        "phone",
        "currency",
        "shipping",
        "taxes",
        "items",
        "contactId",
        "pushToken",
    }
)
"""What a property of an order may not be called."""

_MEANING: Final[Mapping[str, str]] = {
    **dict.fromkeys(("externalCustomerId", "email", "phone", "contactId", "pushToken"), "loss_identity"),
    **dict.fromkeys(("totalCost", "externalOrderId", "status"), "loss_value"),
    **dict.fromkeys(("shipping", "taxes"), "loss_tax_shipping"),
    "currency": "loss_currency",
    "items": "loss_items",
}
"""What is lost with a property that has the name of one of the vendor's fields."""


def deliverable(event: Event, context: Context) -> Deliverable:
    """The order; raises Unsayable. The vendor keeps one state an order, so orders of a contact stay in order."""
    if not event.transaction_id:
        raise Unsayable("u_transaction_missing")
    status = _status(event, context)
    if not event.user_id:
        raise Unsayable("u_identity_missing")
    if not event.email and not event.phone:
        raise Unsayable("u_contact_missing")
    body = json_text({**_head(event, context, status), **_rest(event)})
    return Deliverable(
        commands=(Command(route=ROUTE, body=body, key=event.transaction_id),),
        losses=losing.in_order(_losses(event)),
        lane=event.user_id,
    )


def _head(event: Event, context: Context, status: str) -> dict[str, Any]:
    found = {
        "externalOrderId": event.transaction_id,
        "externalCustomerId": event.user_id,
        "totalCost": number(_total(event, context)),
        "status": status,
        "date": _date(event),
        "email": event.email,
        "phone": event.phone,
        "currency": one_currency(event, event.items, context.currency) or context.currency,
        "shipping": None if event.shipping is None else number(event.shipping),
        "taxes": None if event.tax is None else number(event.tax),
        "items": [_line(event, place, context) for place in range(len(event.items))],
    }
    return present(found)


def _line(event: Event, place: int, context: Context) -> dict[str, Any]:
    item = event.items[place]
    name = item.item_name or context.item_name(item.item_id)
    if not name:
        raise Unsayable("u_name_missing")
    if item.price is None:
        raise Unsayable("u_price_missing")
    return {**product(item, ORDER, counted=True), "name": name}


def _rest(event: Event) -> dict[str, Any]:
    """What else the shop says of the order: names, addresses, a discount, anything."""
    return {name: value for name, value in present(event.props).items() if name not in _TAKEN}


def _status(event: Event, context: Context) -> str:
    """The vendor's word for the state; raises Unsayable for a state without one, or money paid back in part."""
    if event.event == "refund" and not _is_whole(event, context.order_value):
        raise Unsayable("u_partial_refund")
    if event.event in _STATES:
        return _STATES[event.event]
    own = event.order_status or ""
    status: str = context.options["status_map"].get(own, own)
    if status not in STATUSES:
        raise Unsayable("u_status_unmapped")
    return status


def _is_whole(event: Event, placed: DecimalText | None) -> bool:
    """Whether all that the order cost is paid back: known only where its value is."""
    if placed is None:
        return False
    back = event.value or total(event.items)
    return not event.items if back is None else Decimal(back) == Decimal(placed)


def _total(event: Event, context: Context) -> DecimalText:
    """The order's value as sent, else what its lines cost, else what it was placed at; raises Unsayable."""
    found = event.value or total(event.items)
    if found is None and event.event != "purchase":
        found = context.order_value
    if found is None:
        raise Unsayable("u_value_missing")
    return found


def _date(event: Event) -> str:
    """When the order was placed: its time, but for later states the day that they name."""
    named = event.props.get("date")
    if event.event != "purchase" and isinstance(named, str) and _is_moment(named):
        return named
    return event.ts.isoformat()


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _losses(event: Event) -> set[str]:
    hit = _TAKEN & present(event.props).keys()
    if event.event != "purchase":
        hit -= {"date"}
    kept = {*_KEPT, "props"}
    if _STATES.get(event.event, event.order_status) != event.order_status:
        kept.discard("order_status")
    return {
        *(() if event.event == "purchase" else losing.of_time(event)),
        *losing.of_event(event, _KEPT),
        *losing.of_items(event.items, ORDER.kept),
        *hidden(event.items),
        *losing.of_rest(event, kept),
        *(_MEANING.get(name, "loss_props") for name in hit),
    }
