"""A vendor's export, read from the bytes of a CSV file that nobody has checked: its orders, or its sums by day.

Rows of one order that name different sources are parts of what is claimed of it: claims add up, its revenue is
told once. Without another source a later row of the same order stands in place of the earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from collector.control.vendor_exports import Claimed, Shape, Summary
from collector.errors import OperatorError
from dashboard import reconcile_table as table
from dashboard import reconcile_words as amounts
from dashboard.shadow import words

LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What whoever uploads says of a file: its columns by meaning, its encoding and its clock."""

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    clock: ZoneInfo | None = None  # None: the shop's


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The rows of a file that can be compared, and what they come to."""

    summary: Summary
    rows: Sequence[Claimed]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: str
    day: date | None
    orders: int
    revenue: Decimal | None
    claims: int | None
    attributed: Decimal | None
    source: str
    whole: tuple[str, ...]


@dataclass(slots=True)
class _Left:
    unreadable: int = 0
    repeated: int = 0
    other_currency: int = 0


def read(data: bytes, name: str, zone: ZoneInfo, currency: str, told: Told) -> Read:
    """Everything of the file that is in the shop's currency.

    Raises OperatorError for what is no text or beyond the limits, and for a file that tells neither
    numbers of orders nor days, or nothing of them.
    """
    lines = table.rows_of(table.text_of(data, told.encoding))
    header = next(lines, [])
    places = amounts.columns_of(header, told.columns, words.MEANINGS)
    shape = _shape(header, places, told.columns)
    texts = [table.chosen(row, places) for row in table.limited(lines)]
    left = _Left()
    rows = _typed(texts, shape, zone, currency.upper(), told, left, places)
    merged = _orders(rows, left) if shape == "orders" else _days(rows, left, "orders" in places)
    if not merged:
        raise OperatorError("the file has no row that can be compared")
    return Read(summary=_summary(name, shape, currency, merged, left), rows=merged)


def _shape(header: Sequence[str], places: Mapping[str, int], told: Mapping[str, str]) -> Shape:
    there = ", ".join(name.strip()[:40] for name in header[:30])
    missing = [meaning for meaning in told if meaning not in places]
    if missing:
        raise OperatorError(f"the file has no column for {', '.join(missing)}; its first line has: {there}")
    if "id" not in places and "date" not in places:
        raise OperatorError(f"the file has no column for id or date; its first line has: {there}")
    if not any(meaning in places for meaning in words.TELLING):
        raise OperatorError(
            f"the file has no column for any of {', '.join(words.TELLING)}; its first line has: {there}"
        )
    return "orders" if "id" in places else "days"


def _typed(
    texts: Sequence[Mapping[str, str]],
    shape: Shape,
    zone: ZoneInfo,
    currency: str,
    told: Told,
    left: _Left,
    places: Mapping[str, int],
) -> list[_Row]:
    """Rows with their values; those that cannot be used are counted."""
    commas = {
        name: bool(amounts.comma_is_decimal(row.get(name, "") for row in texts))
        for name in ("revenue", "attributed")
    }
    month_first = amounts.month_is_first(row.get("date", "") for row in texts)
    found: list[_Row] = []
    for row in texts:
        number = amounts.number_of(row.get("id", ""))
        day = words.day_of(row.get("date", ""), told.clock or zone, zone, month_first=month_first)
        if not number if shape == "orders" else day is None:
            left.unreadable += 1
        elif row.get("currency", "").upper() not in ("", currency):
            left.other_currency += 1
        else:
            revenue = amounts.amount_of(row.get("revenue", ""), comma=commas["revenue"])
            attributed, claims = _claim(row, revenue, places, comma=commas["attributed"])
            orders = words.number(row.get("orders", "")) if shape == "days" else 1
            found.append(
                _Row(
                    number=number if shape == "orders" else "",
                    day=day,
                    orders=1 if orders is None else orders,
                    revenue=revenue,
                    claims=claims,
                    attributed=attributed,
                    source=row.get("source", ""),
                    whole=tuple(row.values()),
                )
            )
    return found


def _claim(
    row: Mapping[str, str], revenue: Decimal | None, places: Mapping[str, int], *, comma: bool
) -> tuple[Decimal | None, int | None]:
    """Claimed revenue and in how many orders; None of what the file does not tell. An empty cell claims nothing."""
    attributed: Decimal | None = None
    if "attributed" in places:
        attributed = amounts.amount_of(row.get("attributed", ""), comma=comma) or Decimal()
    elif "claimed" in places:
        attributed = revenue if words.is_yes(row.get("claimed", "")) else Decimal()
    if "claims" in places:
        return attributed, words.number(row.get("claims", "")) or 0
    if "claimed" in places:
        return attributed, int(words.is_yes(row.get("claimed", "")))
    by_order = "id" in places or "orders" not in places
    return attributed, int(bool(attributed)) if attributed is not None and by_order else None


def _orders(rows: Sequence[_Row], left: _Left) -> list[Claimed]:
    """An order a number, in the order of the file."""
    found: dict[str, dict[str, _Row]] = {}
    for row in rows:
        parts = found.setdefault(row.number, {})
        left.repeated += row.source in parts
        parts[row.source] = row
    return [_claimed(list(parts.values()), orders=1) for parts in found.values()]


def _days(rows: Sequence[_Row], left: _Left, counted: bool) -> list[Claimed]:
    """Sums of each day. Where rows have no count of their own each is an order."""
    found: dict[date, dict[object, _Row]] = {}
    for place, row in enumerate(rows):
        if row.day is None:
            continue
        parts = found.setdefault(row.day, {})
        key: object = row.whole if counted else place
        left.repeated += key in parts
        parts[key] = row
    return [_day(list(parts.values())) for _, parts in sorted(found.items())]


def _day(rows: Sequence[_Row]) -> Claimed:
    """Rows of different sources that all tell the same sums tell those of the whole day."""
    sums = {(row.orders, row.revenue) for row in rows}
    by_source = len({row.source for row in rows}) == len(rows) > 1 and len(sums) == 1
    told = rows[:1] if by_source else rows
    return _claimed(rows, orders=sum(row.orders for row in told), of=told)


def _claimed(rows: Sequence[_Row], *, orders: int, of: Sequence[_Row] = ()) -> Claimed:
    """Rows as one: claims add up, revenue is that of `of`, by default of the first row that tells any."""
    first = rows[0]
    revenues = [row.revenue for row in (of or rows) if row.revenue is not None]
    revenue = (sum(revenues, Decimal()) if of else revenues[0]) if revenues else None
    attributed = [row.attributed for row in rows if row.attributed is not None]
    claims = [row.claims for row in rows if row.claims is not None]
    return Claimed(
        number=first.number,
        day=next((row.day for row in rows if row.day), None),
        orders=orders,
        revenue=_text(revenue),
        claims=(min(1, sum(claims)) if first.number else sum(claims)) if claims else None,
        attributed=_text(sum(attributed, Decimal())) if attributed else None,
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _summary(name: str, shape: Shape, currency: str, rows: Sequence[Claimed], left: _Left) -> Summary:
    days = [row.day for row in rows if row.day]
    claims = [row.claims for row in rows if row.claims is not None]
    plain = "".join(sign for sign in name if sign.isprintable())[-LONGEST_NAME:]
    return Summary(
        name=plain or "export.csv",
        shape=shape,
        currency=currency,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        orders=sum(row.orders for row in rows),
        revenue=_sum([row.revenue for row in rows]),
        claims=sum(claims) if claims else None,
        attributed=_sum([row.attributed for row in rows]),
        unreadable=left.unreadable,
        repeated=left.repeated,
        other_currency=left.other_currency,
    )


def _sum(texts: Sequence[str | None]) -> str | None:
    known = [Decimal(text) for text in texts if text is not None]
    return f"{sum(known, Decimal()):f}" if known else None
