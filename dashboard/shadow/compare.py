"""Orders here beside orders of a vendor's export: each stands in exactly one box, on exactly one day.

An order that both have counts on its day here, on the shop's clock: whatever clock the vendor keeps, the same
orders meet. One that only the vendor has counts on the vendor's day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, get_args

from collector.control.vendor_exports import Claimed
from dashboard.periods import Days
from dashboard.reconcile_words import number_of
from dashboard.shadow.effective import Effective

Box = Literal[
    "both",
    "only_they",
    "only_we",
    "neither",
    "untold",
    "missing_there",
    "missing_here",
    "uncovered",
]
BOXES: Final[tuple[Box, ...]] = get_args(Box)
"""Of orders that both have: both credit it, only they, only we, nobody, or the export does not tell. Then orders

that the export lacks though it covers their day, that are not here, and that no export of orders covers.
"""
ZERO: Final = Decimal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """An order here. `credited` is what the rule gives to tools, in the order's currency, as `revenue` is."""

    order_key: str
    number: str
    day: date
    revenue: Decimal
    currency: str
    credited: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An order of either side. What is not known is None; amounts here are None where it is not here."""

    order_key: str | None
    number: str
    day: date
    box: Box
    revenue: Decimal | None
    credited: Decimal | None
    currency: str | None
    their_revenue: Decimal | None
    claims: bool | None
    attributed: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`undated`: orders of the export without a day that are not here either; they are on no day, in no box."""

    orders: Sequence[Compared]
    undated: int


def compare(ours: Sequence[Ours], theirs: Effective, days: Days) -> Result:
    """Every order of these days. `ours` should reach some days further, so that clocks meet at the edges."""
    here = _by_number(ours)
    told: dict[str, Claimed] = {}
    found: list[Compared] = []
    undated = 0
    for row in theirs.orders:
        mine = here.get(number_of(row.number))
        if mine is not None:
            told.setdefault(mine.order_key, row)
        elif row.day is None:
            undated += 1
        elif days.first <= row.day < days.stop:
            found.append(_there(row, row.day))
    found += [
        _here(one, told.get(one.order_key), theirs) for one in ours if days.first <= one.day < days.stop
    ]
    found.sort(key=lambda one: (one.day, one.number, one.order_key or ""))
    return Result(orders=found, undated=undated)


def _by_number(ours: Sequence[Ours]) -> Mapping[str, Ours]:
    """Orders by their number, and by our key where no other order has that as its number."""
    keys = {one.order_key: one for one in ours}
    return {**keys, **{number_of(one.number): one for one in ours if one.number}}


def _there(row: Claimed, day: date) -> Compared:
    return Compared(
        order_key=None,
        number=row.number,
        day=day,
        box="missing_here",
        revenue=None,
        credited=None,
        currency=None,
        their_revenue=amount(row.revenue),
        claims=_claims(row),
        attributed=amount(row.attributed),
    )


def _here(one: Ours, row: Claimed | None, theirs: Effective) -> Compared:
    return Compared(
        order_key=one.order_key,
        number=one.number or one.order_key,
        day=one.day,
        box=_box(one, row, theirs),
        revenue=one.revenue,
        credited=one.credited,
        currency=one.currency,
        their_revenue=amount(row.revenue) if row else None,
        claims=_claims(row) if row else None,
        attributed=amount(row.attributed) if row else None,
    )


def _box(one: Ours, row: Claimed | None, theirs: Effective) -> Box:
    if row is None:
        return "missing_there" if theirs.covered.get(one.day) == "orders" else "uncovered"
    claims = _claims(row)
    if claims is None:
        return "untold"
    if claims:
        return "both" if one.credited else "only_they"
    return "only_we" if one.credited else "neither"


def _claims(row: Claimed) -> bool | None:
    return None if row.claims is None else row.claims > 0


def amount(text: str | None) -> Decimal | None:
    """An amount as it is kept."""
    return None if text is None else Decimal(text)
