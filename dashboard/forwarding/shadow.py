"""Shadow mode: what is here, what a destination was told and what its vendor says itself, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from itertools import islice
from typing import Final

from dashboard import periods
from dashboard.forwarding import Asked, moment, question
from dashboard.page import Row
from dashboard.periods import Days
from dashboard.scope import Scope
from dashboard.shadow import rules
from dashboard.shadow.compare import BOXES, Ours, Result, amount, compare
from dashboard.shadow.daily import Held, Placed, Sent, claims, delivery, known_days
from dashboard.shadow.effective import Effective, effective
from dashboard.shadow.subjects import Subject, chosen, subjects

ORDERS: Final = "destinations/shadow_orders"
EVENTS: Final = "destinations/shadow_events"
EDGE: Final = timedelta(days=2)
"""So far beyond the period orders are looked at, because another clock may have them on another day."""


def _choice(asked: Asked) -> list[Row]:
    current = chosen(asked.control, asked.scope)
    every = list(subjects(asked.control, asked.scope))
    if current is not None and current.code not in {one.code for one in every}:
        every.append(current)
    return [
        {
            "code": one.code,
            "name": one.name or None,
            "vendor": one.vendor,
            "destination": one.destination is not None,
            "began_at": moment(one.destination.start_at) if one.destination else None,
            "chosen": current is not None and one.code == current.code,
            "rule": rules.rule_of(one.vendor, asked.scope),
        }
        for one in every
    ]


def _exports(asked: Asked) -> list[Row]:
    """Who uploaded them is for those who may do so themselves; a shared link shows none."""
    current = chosen(asked.control, asked.scope)
    if current is None or asked.scope.access.shared:
        return []
    named = asked.scope.may("analyst")
    return [
        {
            "export_id": one.export_id,
            "vendor": one.vendor,
            "made_at": moment(one.made_at),
            "who": (one.who or None) if named else None,
            **{name: getattr(one.summary, name) for name in _SUMMARY},
            **{name: amount(getattr(one.summary, name)) for name in ("revenue", "attributed")},
        }
        for one in asked.control.vendor_exports.of(asked.scope.shop.shop_id, current.vendor)
    ]


_SUMMARY: Final = (
    "name",
    "shape",
    "currency",
    "first_day",
    "last_day",
    "orders",
    "claims",
    "unreadable",
    "repeated",
    "other_currency",
)


def _delivery(asked: Asked) -> list[Row]:
    current = chosen(asked.control, asked.scope)
    if current is None:
        return []
    scope, days = asked.scope, asked.scope.days
    began = moment(current.destination.start_at) if current.destination else None
    found = asked.rows(EVENTS, began=began)
    held = {row["day"]: Held(events=row["events"], early=row["early"]) for row in found}
    placed = [
        Placed(order_key=row["order_key"], day=scope.local(row["placed_at"]).date(), at=row["placed_at"])
        for row in _orders_of(asked, current, days)
    ]
    return [*delivery(known_days(days, scope.today), held, placed, _sent(asked, current))]


def _sent(asked: Asked, subject: Subject) -> Sent | None:
    if subject.destination is None:
        return None
    ledger, days = asked.ledgers(subject.destination.destination_id), asked.scope.days
    around = Days(days.first - EDGE, days.stop + EDGE)
    return Sent(
        counts=ledger.counts(*asked.days()),
        orders=ledger.orders(around.first.isoformat(), around.stop.isoformat()),
        since=moment(subject.destination.start_at) or asked.scope.span.start,
    )


def _claims(asked: Asked) -> list[Row]:
    current = chosen(asked.control, asked.scope)
    if current is None:
        return []
    scope = asked.scope
    theirs, result = _compared(asked, current)
    rows = claims(
        known_days(scope.days, scope.today),
        result.orders,
        theirs,
        currency=scope.currency,
        today=scope.today,
    )
    return [{**row, "undated": result.undated} for row in rows]


def _orders(asked: Asked) -> list[Row]:
    current = chosen(asked.control, asked.scope)
    if current is None:
        return []
    wanted = asked.scope.filters.state
    boxes = (wanted,) if wanted in BOXES else BOXES
    first, size = asked.params["page_offset"], asked.params["page_size"]
    _, result = _compared(asked, current)
    found = (one for one in reversed(result.orders) if one.box in boxes)
    return [asdict(one) for one in islice(found, first, first + size)]


def _compared(asked: Asked, subject: Subject) -> tuple[Effective, Result]:
    scope = asked.scope
    around = Days(scope.days.first - EDGE, scope.days.stop + EDGE)
    exports, shop_id = asked.control.vendor_exports, scope.shop.shop_id
    theirs = effective(
        exports.of(shop_id, subject.vendor),
        lambda export_id: exports.rows(shop_id, export_id),
        around,
    )
    ours = [_ours(row, scope) for row in _orders_of(asked, subject, around)]
    return theirs, compare(ours, theirs, scope.days)


def _ours(row: Row, scope: Scope) -> Ours:
    day: date = scope.local(row["placed_at"]).date()
    return Ours(
        order_key=row["order_key"],
        number=row["number"],
        day=day,
        revenue=row["revenue"],
        currency=row["currency"],
        credited=row["credited"],
    )


def _orders_of(asked: Asked, subject: Subject, days: Days) -> Sequence[Row]:
    """Orders here of these days, under the rule of the vendor."""
    rule = rules.rule_of(subject.vendor, asked.scope)
    span = periods.span_of(days, asked.scope.zone)
    return asked.rows(
        ORDERS,
        preset=rule,
        model=rules.winner_of(rule, asked.scope),
        start=span.start,
        until=span.until,
        id=None,
    )


_COUNTS: Final = " ".join(f"{box}:bigint" for box in BOXES)
QUESTIONS = (
    question(
        "shadow_choice",
        "Vendors to compare with",
        "code:varchar name:varchar vendor:varchar destination:boolean began_at:timestamp chosen:boolean "
        "rule:varchar",
        "Each destination of the shop, and each vendor without one whose protocol the shop's tags speak or of "
        "which an export was uploaded; and the rule by which orders here are credited beside it.",
        _choice,
    ),
    question(
        "shadow_delivery",
        "What is here and what was delivered, by day",
        "day:date events:bigint orders:bigint events_delivered:bigint events_with_loss:bigint "
        "events_undelivered:bigint events_left_out:bigint events_early:bigint events_open:bigint "
        "orders_delivered:bigint orders_with_loss:bigint orders_undelivered:bigint orders_early:bigint "
        "orders_open:bigint reasons:varchar",
        "Events stored here of each day of the shop's clock, and orders, bots left out: delivered, delivered with "
        "loss, not delivered, left out on purpose, received before the destination began, and open, of which "
        "nothing has become yet. Reasons are codes with the number of their events. Events and orders of each "
        "day are the sum of these.",
        _delivery,
        asks=(EVENTS, ORDERS),
    ),
    question(
        "shadow_claims",
        "Theirs and ours, by day",
        "day:date immature:boolean covered:varchar orders:bigint revenue:decimal credited_orders:bigint credited:decimal "
        "their_orders:bigint their_revenue:decimal their_claims:bigint their_attributed:decimal "
        f"orders_difference:bigint revenue_difference:decimal attributed_difference:decimal {_COUNTS} undated:bigint",
        "Per day what the vendor's export says (orders, revenue, orders and revenue that it claims), what is here "
        "and what the rule credits to tools, and theirs less ours. An order that both have counts on its day here. "
        "The last columns count the orders of each box; every order of either side is in exactly one. A day is "
        "immature while what happened on it can still arrive: the last two days.",
        _claims,
        asks=(ORDERS,),
    ),
    question(
        "shadow_orders",
        "Order by order",
        "order_key:varchar number:varchar day:date box:varchar revenue:decimal credited:decimal currency:varchar "
        "their_revenue:decimal claims:boolean attributed:decimal",
        "Every order here or in the vendor's export, the newest first: whether both credit it, only they, only we "
        "or nobody; and those that only one side has.",
        _orders,
        asks=(ORDERS,),
    ),
    question(
        "shadow_exports",
        "Uploaded exports of the vendor",
        "export_id:varchar vendor:varchar made_at:timestamp who:varchar name:varchar shape:varchar currency:varchar "
        "first_day:date last_day:date orders:bigint revenue:decimal claims:bigint attributed:decimal "
        "unreadable:bigint repeated:bigint other_currency:bigint",
        "The exports of the chosen vendor that somebody uploaded, the newest first, with what was read of them. "
        "Of each day the newest that covers it counts.",
        _exports,
    ),
)
