"""Whole orders from what vendors report of them, row by row (docs/wire/canonical.md, "Orders view").

A state machine over values: the order's state and a row go in, the next state and the fates of rows come
out. A state is JSON by msgspec, so that it can be kept between two starts. What reaches it has been
chosen for the destination before; rows of one event id are one row.

Time here is the log's: `now` is when a row was received, and for `due` the moment up to which the log has
been read. So a log that is read late is assembled as it would have been at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from collector.event import Event, Item
from collector.forwarder.whole import assembled, combined, of_one_currency

BURST: Final = timedelta(seconds=60)
"""Lines received so long after the order's first row replace the earlier of their product and location."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row that waits, and when it was received."""

    event: Event
    at: datetime


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of an order. `side`: the vendor and surface that tells it, all others are left out.

    `rows` wait in the order of arrival until `last_at`, when the latest came, is long enough ago. `ids` are
    the event ids of all rows that had their fate or wait for it. `sent`: what was made of them; `whole` if
    it was one row with items. `refused`: nothing can be made of the rows, or lines are passed on as they come.
    """

    side: str
    since: datetime
    last_at: datetime
    rows: tuple[Row, ...] = ()
    ids: tuple[str, ...] = ()
    sent: Event | None = None
    whole: bool = False
    refused: bool = False


class Step(NamedTuple):
    """What a row, or the passing of time, led to.

    `order` is to be kept (None: nothing is), `ready` to be mapped now: its outcome is that of every event
    id of `joined`. `code` is the fate of the row itself; a row without a code that is not `joined` waits.
    `fates` are those of rows that waited until now and are no part of `ready`.
    """

    order: Order | None
    ready: Event | None = None
    joined: tuple[str, ...] = ()
    code: str | None = None
    fates: Mapping[str, str] = {}


def key_of(event: Event) -> str:
    """What rows of one order have in common; an event without it is an order of its own."""
    return event.order_key or event.transaction_id or f"event:{event.event_id}"


def side(vendor: str, endpoint: str) -> str:
    """The vendor and surface that report an order; all endpoints of most vendors are one surface."""
    if vendor == "retailrocket":
        return "rr.web" if endpoint == "rr.web" else "rr.api"
    if vendor == "yespo":
        return "yespo.web" if endpoint == "yespo.web" else "yespo.orders"
    return vendor


def step(
    order: Order | None, event: Event, *, vendor: str, endpoint: str, now: datetime, settle_s: float
) -> Step:
    """Take one row of the order with this `key_of`. Events other than purchases are ready as they are.

    Of the states of an order only those of its vendor are told. A purchase with items is the order, at
    once; lines wait, and so does a purchase without items, until none has come for `settle_s` seconds.
    """
    if event.event != "purchase":
        return _beside(order, event, vendor)
    if order is None:
        order = Order(side=side(vendor, endpoint), since=now, last_at=now)
    if order.side != side(vendor, endpoint):
        return Step(order, code="s_order_row")
    if event.event_id in order.ids:
        return Step(order, code="s_duplicate")
    passed = due(order, now=now, settle_s=settle_s)
    if passed is None:
        return _taken(order, event, now)
    late = _taken(passed.order or order, event, now)
    return passed._replace(order=late.order, code=late.code)


def due(order: Order, *, now: datetime, settle_s: float) -> Step | None:
    """The order out of what waits, if it has waited long enough; None if it has not, or nothing waits.

    Lines of several currencies are no one order: they are all undeliverable.
    """
    if not order.rows or now < order.last_at + timedelta(seconds=settle_s):
        return None
    kept, replaced = _standing(order)
    fates = dict.fromkeys((row.event.event_id for row in replaced), "s_order_row")
    events = [row.event for row in kept]
    if not of_one_currency(events):
        fates.update(dict.fromkeys((event.event_id for event in events), "u_mixed_currency"))
        return Step(replace(order, rows=(), refused=True), fates=fates)
    ready = assembled(events)
    joined = tuple(event.event_id for event in events)
    return Step(replace(order, rows=(), sent=ready), ready=ready, joined=joined, fates=fates)


def _beside(order: Order | None, event: Event, vendor: str) -> Step:
    foreign = event.event == "order_status" and order is not None and _vendor(order) != vendor
    if foreign:
        return Step(order, code="s_order_row")
    return Step(order, ready=event, joined=(event.event_id,))


def _vendor(order: Order) -> str:
    return {"rr": "retailrocket"}.get(name := order.side.partition(".")[0], name)


def _taken(order: Order, event: Event, now: datetime) -> Step:
    """A row of the right side that is no repeat."""
    order = replace(order, ids=(*order.ids, event.event_id), since=min(order.since, now))
    if order.sent is not None or order.refused:
        return Step(order, code=_late(order, event))
    if event.is_line or not event.items:
        row = Row(event=event, at=now)
        return Step(replace(order, rows=(*order.rows, row), last_at=max(order.last_at, now)))
    fates = {row.event.event_id: "s_order_row" for row in order.rows if row.event.is_line}
    waiting = [row.event for row in order.rows if not row.event.is_line]
    ready = combined([event, *reversed(waiting)]) if waiting else event
    joined = (*(one.event_id for one in waiting), event.event_id)
    return Step(replace(order, rows=(), sent=ready, whole=True), ready=ready, joined=joined, fates=fates)


def _late(order: Order, event: Event) -> str:
    """A row that tells nothing new was not needed; one that does came too late, and somebody should look."""
    sent = order.sent
    if sent is None:
        return "u_late_order_line"
    if event.is_line:
        return "s_order_row" if order.whole else "u_late_order_line"
    same = (
        (not event.items or _content(event.items) == _content(sent.items))
        and event.value in (None, sent.value)
        and event.order_status in (None, sent.order_status)
    )
    return "s_order_row" if same else "u_late_order_line"


def _content(items: tuple[Item, ...]) -> list[tuple[str, ...]]:
    return sorted(
        (one.item_id, one.item_variant or "", one.quantity or "1", one.price or "") for one in items
    )


def _standing(order: Order) -> tuple[list[Row], list[Row]]:
    """The rows that count, and those that a later line of their product and location replaced."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in order.rows:
        if row.event.is_line and row.event.items:
            first = row.event.items[0]
            groups.setdefault((first.item_id, first.location_id or ""), []).append(row)
    replaced: set[str] = set()
    for rows in groups.values():
        latest = max(reversed(rows), key=lambda row: row.at)
        if latest.at > order.since + BURST:
            replaced.update(row.event.event_id for row in rows if row is not latest)
    kept = [row for row in order.rows if row.event.event_id not in replaced]
    return kept, [row for row in order.rows if row.event.event_id in replaced]
