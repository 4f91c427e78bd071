"""A shop's own export of orders against the orders stored here: what matches, what does not, and likely why.

"There" is the shop's export, "here" is what is stored. The two meet by the order's number.
Amounts are compared as the shop's customer paid them: the order's total as it was sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from collector.control.reconciliations import Day, Difference, Summary
from collector.store import Reader
from collector.wire import Shop
from dashboard import periods
from dashboard.periods import Days
from dashboard.reconcile_ours import Ours, ours, span_of, zone_of
from dashboard.reconcile_table import Export, Exported
from dashboard.reconcile_words import number_of

OUTCOMES: Final = ("missing_here", "unknown_there", "amount_differs", "status_differs")
REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "missing_here": ("robot", "other_number", "credit", "silent_day", "never_came"),
    "unknown_there": ("other_number", "no_number", "edge", "cancelled_here", "not_exported"),
    "amount_differs": ("currency", "without_shipping", "lines_alone", "amount"),
    "status_differs": ("cancelled_there", "cancelled_here"),
}
"""Outcomes and their reasons; the first that holds is told."""
KEPT_ROWS: Final = 10_000
EDGE: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A reconciliation that is not kept yet."""

    summary: Summary
    days: Sequence[Day]
    rows: Sequence[Difference]


@dataclass(slots=True)
class _Sides:
    """Both sides while they are compared."""

    span: tuple[date, date] | None
    tolerance: Decimal
    pairs: list[tuple[Exported, Ours]] = field(default_factory=list)
    missing: list[Exported] = field(default_factory=list)
    robots: set[str] = field(default_factory=set)
    unknown: list[Ours] = field(default_factory=list)


def compare(export: Export, here: Sequence[Ours], shop: Shop, *, name: str, tolerance: Decimal) -> Compared:
    """Both sides against each other. `name` is of the file; amounts within `tolerance` are equal."""
    sides = _sides(export, here, tolerance)
    rows = [*_missing(sides, here), *_unknown(sides, shop), *_differing(sides, shop)]
    rows.sort(key=lambda row: (OUTCOMES.index(row.outcome), row.day or date.max, row.number))
    return Compared(
        summary=_summary(export, sides, rows, shop, name),
        days=_days(sides, rows),
        rows=rows[:KEPT_ROWS],
    )


def _sides(export: Export, here: Sequence[Ours], tolerance: Decimal) -> _Sides:
    sides = _Sides(span=span_of(export), tolerance=tolerance)
    found = {number_of(one.number or one.order_key): one for one in here}
    found |= {one.order_key: one for one in here if one.order_key not in found}
    for one in export.orders:
        mine = found.get(one.number)
        if mine is None or mine.bot:
            sides.missing.append(one)
            if mine is not None:
                sides.robots.add(one.number)
        else:
            sides.pairs.append((one, mine))
    paired = {mine.order_key for _, mine in sides.pairs}
    sides.unknown = [
        one for one in here if one.order_key not in paired and not one.bot and _inside(one.day, sides.span)
    ]
    return sides


def _inside(day: date, span: tuple[date, date] | None) -> bool:
    return span is not None and span[0] <= day <= span[1]


def _missing(sides: _Sides, here: Sequence[Ours]) -> list[Difference]:
    """Orders of the export that are not here."""
    alike = {(one.amount, one.day) for one in sides.unknown}
    heard = {one.day for one in here if not one.bot}
    rows: list[Difference] = []
    for one in sides.missing:
        around = _around(one.day)
        facts = {
            "robot": one.number in sides.robots,
            "other_number": any((one.total, day) in alike for day in around),
            "credit": one.total < 0 or bool(one.cancelled),
            "silent_day": one.day is not None and one.day not in heard,
            "never_came": True,
        }
        rows.append(_row("missing_here", facts, there=one))
    return rows


def _around(day: date | None) -> tuple[date, ...]:
    return () if day is None else tuple(day + timedelta(days=shift) for shift in (0, -1, 1))


def _unknown(sides: _Sides, shop: Shop) -> list[Difference]:
    """Orders here, of the days of the export, that it does not have."""
    zone = zone_of(shop)
    alike = {(one.total, one.day) for one in sides.missing}
    rows: list[Difference] = []
    for one in sides.unknown:
        facts = {
            "other_number": any((one.amount, day) in alike for day in _around(one.day)),
            "no_number": one.unnumbered,
            "edge": _at_edge(one, sides.span, zone),
            "cancelled_here": one.cancelled,
            "not_exported": True,
        }
        rows.append(_row("unknown_there", facts, here=one))
    return rows


def _at_edge(one: Ours, span: tuple[date, date] | None, zone: ZoneInfo) -> bool:
    """Whether the order lies so near to the export's first or last midnight that another clock leaves it out."""
    if span is None:
        return False
    covered = periods.span_of(Days(span[0], span[1] + timedelta(days=1)), zone)
    return one.placed_at < covered.start + EDGE or one.placed_at >= covered.until - EDGE


def _differing(sides: _Sides, shop: Shop) -> list[Difference]:
    """Orders of both sides with another amount, else with another status."""
    rows: list[Difference] = []
    for there, here in sides.pairs:
        if not _equal(there, here, sides.tolerance):
            facts = {
                "currency": bool(there.currency) and there.currency != here.currency,
                "without_shipping": abs(there.total - here.revenue) <= sides.tolerance,
                "lines_alone": here.lines_total is not None
                and abs(there.total - here.lines_total) <= sides.tolerance,
                "amount": True,
            }
            rows.append(_row("amount_differs", facts, there=there, here=here))
        elif there.cancelled is not None and there.cancelled != here.cancelled:
            facts = {"cancelled_there": there.cancelled, "cancelled_here": here.cancelled}
            rows.append(_row("status_differs", facts, there=there, here=here))
    return rows


def _equal(there: Exported, here: Ours, tolerance: Decimal) -> bool:
    same = not there.currency or there.currency == here.currency
    return same and abs(there.total - here.amount) <= tolerance


def _row(
    outcome: str, facts: Mapping[str, bool], *, there: Exported | None = None, here: Ours | None = None
) -> Difference:
    reason = next(reason for reason in REASONS[outcome] if facts[reason])
    return Difference(
        number=there.number if there else (here.number or here.order_key) if here else "",
        outcome=outcome,
        reason=reason,
        day=there.day if there and there.day else here.day if here else None,
        order_key=here.order_key if here else None,
        there=_text(there.total) if there else None,
        here=_text(here.amount) if here else None,
        status_there=there.status or None if there else None,
        status_here=(here.status or ("cancelled" if here.cancelled else None)) if here else None,
    )


def _text(amount: Decimal) -> str:
    """An amount without the zeros that carry nothing, but for its coins."""
    plain = amount.quantize(Decimal("0.01")) if amount == amount.quantize(Decimal("0.01")) else amount
    return f"{plain:f}"


def _sum(amounts: Iterable[Decimal]) -> str:
    return _text(sum(amounts, Decimal(0)))


def _summary(export: Export, sides: _Sides, rows: Sequence[Difference], shop: Shop, name: str) -> Summary:
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.outcome] += 1
    here = [mine for _, mine in sides.pairs] + sides.unknown
    return Summary(
        name=name,
        currency=shop.currency,
        tolerance=f"{sides.tolerance:f}",
        first_day=sides.span[0] if sides.span else None,
        last_day=sides.span[1] if sides.span else None,
        orders_there=len(export.orders),
        orders_here=len(here),
        matched=len(sides.pairs) - counts["amount_differs"] - counts["status_differs"],
        **{outcome: counts[outcome] for outcome in OUTCOMES},
        sum_there=_sum(one.total for one in export.orders if one.currency in ("", shop.currency)),
        sum_here=_sum(one.amount for one in here if one.currency == shop.currency),
        unreadable=export.unreadable,
        left_out=max(0, len(rows) - KEPT_ROWS),
    )


def _days(sides: _Sides, rows: Sequence[Difference]) -> list[Day]:
    """Per day of the export what was compared; orders without a day are in none."""
    counts: dict[date, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("both", "differs", "missing"), 0))
    for there, here in sides.pairs:
        counts[there.day or here.day]["both"] += 1
    for one in sides.missing:
        if one.day:
            counts[one.day]["missing"] += 1
    for row in rows:
        if row.outcome == "amount_differs" and row.day:
            counts[row.day]["differs"] += 1
    return [
        Day(day=day, **found, there=found["both"] + found["missing"]) for day, found in sorted(counts.items())
    ]


def reconcile(
    reader: Reader, shop: Shop, export: Export, *, name: str, tolerance: Decimal = Decimal("0.01")
) -> Compared:
    """The export against what is stored of the shop now."""
    return compare(export, ours(reader, shop, export), shop, name=name, tolerance=tolerance)
