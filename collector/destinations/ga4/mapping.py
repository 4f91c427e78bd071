"""Canonical events as events of the vendor; its names are mostly the canonical ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from collector.destinations import baskets
from collector.destinations.contract import Command, Context, Deliverable, Mapped, Options, Undeliverable
from collector.destinations.ga4 import rules
from collector.destinations.ga4.params import Params, taken
from collector.event import DecimalText, Event, decimal_text

ENGAGEMENT: Final = "engagement_time_msec"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OF_CART: Final = ("view_cart", "begin_checkout", "add_shipping_info", "add_payment_info")
_NEVER_TOLD: Final = ("email", "phone", "alias")
_MOST_BYTES: Final = rules.BYTES - 10_000
_encode = msgspec.json.Encoder().encode


class NoWords(Exception):
    """The vendor cannot be told of the event; the code says why."""


def mapped(event: Event, context: Context) -> Mapped:
    """What to tell the vendor of the event, or why nothing can be told."""
    try:
        return _mapped(event, context)
    except NoWords as told:
        return Undeliverable(code=str(told))


def _mapped(event: Event, context: Context) -> Mapped:
    head, losses = _head(event, context)
    if event.ts < context.received_at - timedelta(seconds=rules.OLDEST_S):
        raise NoWords("u_ts_out_of_range")
    commands = []
    parts = _parts(event, context)
    if event.value is not None and all(part.value is None for _, part in parts):
        losses.append("loss_value")
    for name, part in parts:
        written = _written(name, part, context)
        losses += [code for code in written.losses if code not in losses]
        body = _encode({"name": name, "params": written.values})
        if len(body) > _MOST_BYTES:
            raise NoWords("u_too_large")
        commands.append(Command(route=_encode(head).decode(), body=body.decode(), key=event.event_id))
    return Deliverable(commands=tuple(commands), losses=tuple(losses))


def _head(event: Event, context: Context) -> tuple[dict[str, Any], list[str]]:
    """What a whole request is about: one client, perhaps a customer; and what of the visitor is not told."""
    options = context.options
    source: str = options["client_id_from"]
    client = event.ids.get(source) if source else event.device_id
    if not client:
        raise NoWords("u_identity_missing")
    if rules.names_somebody(client) or (options["client_ids"] == "gtag" and not rules.is_client_id(client)):
        raise NoWords("u_identity_format")
    head: dict[str, Any] = {"client_id": client}
    untold = [name for name in _NEVER_TOLD if getattr(event, name)]
    untold += [name for name in event.ids if name != source]
    if source and event.device_id:
        untold.append("device_id")
    if event.user_id:
        if options["send_user_id"] and taken("user_id", event.user_id, rules.USER_ID):
            head["user_id"] = event.user_id
        else:
            untold.append("user_id")
    losses = ["loss_identity"] if untold else []
    if event.event == "identify":
        _attributes(event, context, head, losses)
    return head, losses


def _attributes(event: Event, context: Context, head: dict[str, Any], losses: list[str]) -> None:
    """Attributes that the operator allows, as user properties; without any, or a customer, nothing is said."""
    nested = event.props.get("properties")
    given = {**event.props, **nested} if isinstance(nested, dict) else dict(event.props)
    given.pop("properties", None)
    found: dict[str, Any] = {}
    for name in context.options["user_properties"]:
        value = taken("", given.get(name), rules.USER_VALUE)
        if value is not None and rules.is_user_property(name) and len(found) < rules.USER_PROPERTIES:
            found[name] = {"value": value}
    if found:
        head["user_properties"] = found
    elif "user_id" not in head:
        raise NoWords("u_event_unsupported")
    if given.keys() - found.keys():
        losses.append("loss_props")


def _parts(event: Event, context: Context) -> list[tuple[str, Event]]:
    """The vendor's events that this one is, by their names."""
    name = _name(event, context)
    if event.event == "cart_update" and name == "cart_update":
        return _changes(event, context)
    if event.event in _OF_CART and not event.items and context.cart:
        event = replace(event, items=context.cart)
    if name in rules.WITH_ITEMS and not event.items:
        raise NoWords("u_item_missing")
    if name in ("purchase", "refund") and not event.transaction_id:
        raise NoWords("u_transaction_missing")
    if name == "search" and not event.search_term:
        raise NoWords("u_event_unsupported")
    if event.event == "identify":
        event = replace(event, props={})
    return [(name, event)]


def _name(event: Event, context: Context) -> str:
    """The operator's name, else the event's own. A custom event may not pass for one of the vendor's."""
    own = event.custom_name if event.event == "custom" else event.event
    if not own:
        raise NoWords("u_name_missing")
    told = context.options["names"].get(own)
    name: str = told or own
    if event.event == "session_start" and not told:
        raise NoWords("u_event_unsupported")  # the vendor makes its own of a new session_id
    if not rules.is_event_name(name) or (event.event == "custom" and not told and name in rules.STANDARD):
        raise NoWords("u_name_forbidden")
    return name


def _changes(event: Event, context: Context) -> list[tuple[str, Event]]:
    """What left the cart and what came into it: the vendor has no word for the whole of it."""
    after = event.items if event.is_full else context.cart
    if context.before is None or after is None:
        raise NoWords("u_cart_state_unknown")
    added, removed = baskets.difference(context.before, after)
    changed = {"remove_from_cart": removed, "add_to_cart": added}
    names = context.options["names"]
    parts = [
        (names.get(kind, kind), replace(event, items=tuple(items), value=None))
        for kind, items in changed.items()
        if items
    ]
    if not parts:
        raise NoWords("u_event_unsupported")
    if not all(rules.is_event_name(name) for name, _ in parts):
        raise NoWords("u_name_forbidden")
    return parts


def _written(name: str, event: Event, context: Context) -> Params:
    """The parameters of one event: its session and time, its products, its columns, its own properties."""
    options = context.options
    event = replace(event, value=_value(name, event, options))
    amounts = [event.value, event.tax, event.shipping, *(item.price for item in event.items)]
    if not event.currency and any(amount is not None for amount in amounts):
        event = replace(event, currency=context.currency or None)
    if name == "purchase" and (event.value is None or not event.currency):
        raise NoWords("u_value_missing")
    written = Params(options)
    _uncut(name, event, written.most)
    _session(written, event, context)
    written.items(event.items, context, priced=bool(event.currency))
    written.columns(event, priced=bool(event.currency))
    own = {key: value for key, value in event.props.items() if key != ENGAGEMENT}
    written.rest(own, options["properties"])
    return written


def _value(name: str, event: Event, options: Options) -> DecimalText | None:
    """The value as it was sent; of an order without one, or where the operator wants that, what its lines are."""
    if name != "purchase" or (event.value is not None and options["value_from"] == "sent"):
        return event.value
    if not event.items or any(item.price is None for item in event.items):
        return event.value
    lines = (Decimal(item.price or 0) * Decimal(item.quantity or 1) for item in event.items)
    return decimal_text(sum(lines, Decimal()))


def _uncut(name: str, event: Event, most: int) -> None:
    """Ids and the words of a search go whole or not at all, and without them the event means nothing."""
    told = [("item_id", item.item_id) for item in event.items]
    if event.transaction_id:
        told.append(("transaction_id", event.transaction_id))
    if name == "search" and event.search_term:
        told.append(("search_term", event.search_term))
    for field, text in told:
        if len(text) > most:
            raise NoWords(f"u_field_too_long:{field}")
        if rules.names_somebody(text):
            raise NoWords("u_event_unsupported")


def _session(written: Params, event: Event, context: Context) -> None:
    """Session, engagement and time: with the first two the visitor is counted as active.

    A time that is yet to come is not told: then the vendor takes its own.
    """
    session = event.session_id or context.session_id
    if session and rules.is_session_id(session):
        written.values["session_id"] = session
    elif event.session_id:
        written.lose("loss_session")
    own = event.props.get(ENGAGEMENT)
    known = isinstance(own, int) and not isinstance(own, bool) and own >= 0
    engaged = own if known else context.options["engagement_msec"]
    if engaged:
        written.values[ENGAGEMENT] = engaged
    if event.ts > context.received_at:
        written.lose("loss_ts")
    else:
        written.values["timestamp_micros"] = (event.ts - _EPOCH) // timedelta(microseconds=1)
