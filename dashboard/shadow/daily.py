"""Shadow mode day by day: what is here, what became of it at the destination, what the vendor says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from collector.forwarder.health import DEAD, DayCount, OrderValue
from dashboard.periods import Days
from dashboard.shadow.compare import BOXES, ZERO, Compared, amount
from dashboard.shadow.effective import Effective

REPEATED: Final = "s_duplicate"
"""The same event once more: the store has it once."""
IMMATURE: Final = timedelta(days=2)
"""So long what happened can still arrive, and credit is worked out anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Events of a day that are stored; `early` ones were received before the destination began."""

    events: int
    early: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a destination's ledger tells of the days. `since`: when it began, as a naive UTC moment."""

    counts: Sequence[DayCount]
    orders: Sequence[OrderValue]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An order here and when it was placed, naive UTC."""

    order_key: str
    day: date
    at: datetime


@dataclass(slots=True)
class _Fates:
    delivered: int = 0
    with_loss: int = 0
    undelivered: int = 0
    left_out: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def delivery(
    days: Iterable[date], held: Mapping[date, Held], placed: Sequence[Placed], sent: Sent | None
) -> list[dict[str, Any]]:
    """A row a day. Without a destination nothing is known of fates.

    Events and orders here are those delivered, delivered with loss, not delivered, left out (events alone) and
    received before the destination began, and those that are open: nothing has become of them yet. Where more
    events have an outcome than are stored, because some were removed since, open is less than none.
    """
    fates = _fates(sent.counts) if sent else {}
    states = _states(placed, sent) if sent else {}
    orders = Counter(one.day for one in placed)
    rows: list[dict[str, Any]] = []
    for day in days:
        here, fate = held.get(day, Held(events=0, early=0)), fates.get(day, _Fates())
        told = fate.delivered + fate.with_loss + fate.undelivered
        left_out = min(fate.left_out, max(0, here.events - told))  # each repeat of one is counted
        gone = told + left_out
        early = max(0, min(here.early, here.events - gone))  # a replay reaches behind the beginning
        row: dict[str, Any] = {"day": day, "events": here.events, "orders": orders[day]}
        known: dict[str, Any] = {
            "events_delivered": fate.delivered,
            "events_with_loss": fate.with_loss,
            "events_undelivered": fate.undelivered,
            "events_left_out": left_out,
            "events_early": early,
            "events_open": here.events - early - gone,
            **{f"orders_{name}": states[day][name] if day in states else 0 for name in ORDER_STATES},
            "reasons": " ".join(f"{code}:{count}" for code, count in _ranked(fate.reasons)) or None,
        }
        rows.append({**row, **(known if sent else dict.fromkeys(known))})
    return rows


ORDER_STATES: Final = ("delivered", "with_loss", "undelivered", "early", "open")


def _ranked(reasons: Counter[str]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))


def _fates(counts: Sequence[DayCount]) -> Mapping[date, _Fates]:
    found: dict[date, _Fates] = defaultdict(_Fates)
    for one in counts:
        if one.code == REPEATED:
            continue
        fate = found[date.fromisoformat(one.day)]
        if one.state == "delivered":
            fate.delivered += one.events
        elif one.state == "delivered_with_loss":
            fate.with_loss += one.events
        elif one.state in DEAD:
            fate.undelivered += one.events
        else:
            fate.left_out += one.events
        if one.code:
            fate.reasons[one.code] += one.events
    return found


def _states(placed: Sequence[Placed], sent: Sent) -> Mapping[date, Counter[str]]:
    """Each order here in exactly one state."""
    known = {one.order_key: one.state for one in sent.orders}
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for one in placed:
        state = known.get(one.order_key)
        name = {"delivered": "delivered", "delivered_with_loss": "with_loss", None: ""}.get(
            state, "undelivered"
        )
        found[one.day][name or ("early" if one.at < sent.since else "open")] += 1
    return found


def claims(
    days: Iterable[date],
    orders: Sequence[Compared],
    theirs: Effective,
    *,
    currency: str,
    today: date,
) -> list[dict[str, Any]]:
    """A row a day of what both sides say. Amounts are in the shop's currency; days without an export have None.

    Of orders in several currencies only those in the shop's are added up; all are counted.
    """
    by_day: dict[date, list[Compared]] = defaultdict(list)
    for one in orders:
        by_day[one.day].append(one)
    return [
        {"day": day, "immature": day > today - IMMATURE, **_said(day, by_day[day], theirs, currency)}
        for day in days
    ]


def _said(day: date, orders: Sequence[Compared], theirs: Effective, currency: str) -> dict[str, Any]:
    here = [one for one in orders if one.order_key is not None]
    mine = [one for one in here if one.currency == currency]
    revenue, credited = _sum(one.revenue for one in mine), _sum(one.credited for one in mine)
    told = _told(day, orders, theirs)
    counted = Counter(one.box for one in orders)
    return {
        "covered": theirs.covered.get(day),
        "orders": len(here),
        "revenue": revenue,
        "credited_orders": sum(bool(one.credited) for one in here),
        "credited": credited,
        **told,
        "orders_difference": _less(told["their_orders"], len(here)),
        "revenue_difference": _less(told["their_revenue"], revenue),
        "attributed_difference": _less(told["their_attributed"], credited),
        **{box: counted[box] for box in BOXES},
    }


def _told(day: date, orders: Sequence[Compared], theirs: Effective) -> dict[str, Any]:
    """What the vendor says of the day: its sums, else its orders."""
    names = ("their_orders", "their_revenue", "their_claims", "their_attributed")
    if day in theirs.sums:
        sums = theirs.sums[day]
        return dict(
            zip(names, (sums.orders, amount(sums.revenue), sums.claims, amount(sums.attributed)), strict=True)
        )
    there = [one for one in orders if one.box not in ("missing_there", "uncovered")]
    if day not in theirs.covered and not there:
        return dict.fromkeys(names)
    claims_told = [one.claims for one in there if one.claims is not None]
    return {
        "their_orders": len(there),
        "their_revenue": _known(one.their_revenue for one in there),
        "their_claims": sum(claims_told) if claims_told or not there else None,
        "their_attributed": _known(one.attributed for one in there),
    }


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((one for one in amounts if one is not None), ZERO)


def _known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is told; None where orders are told and of none of them this."""
    found = list(amounts)
    return None if found and all(one is None for one in found) else _sum(found)


def _less(theirs: Any, ours: Any) -> Any:
    """Theirs less ours; None where they say nothing."""
    return None if theirs is None else theirs - ours


def known_days(days: Days, today: date) -> list[date]:
    """The days of a period that have begun."""
    return [day for day in days.all() if day <= today]
