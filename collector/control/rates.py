"""Rates of other currencies: how much of its own currency a shop gets for one of another, by day.

What is in force on a day is the dashboard's to know; here stands only what was told.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TextIO

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from collector.control.tables import metadata
from collector.errors import OperatorError

COLUMNS: Final = ("day", "currency", "rate")
MOST: Final = 500_000
HIGHEST: Final = Decimal(10) ** 10  # what the store's DECIMAL(18,8) can hold
_AT_ONCE: Final = 5_000
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_RATE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,8})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

_rates = sa.Table(
    "rates",
    metadata,
    sa.Column("shop_id", sa.Text, primary_key=True),
    sa.Column("own", sa.Text, primary_key=True),  # the shop's currency when it was told
    sa.Column("currency", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),  # of the shop's clock, ISO 8601
    sa.Column("rate", sa.Text, nullable=False),
)
_changes = sa.Table(
    "rate_changes",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One unit of `currency` is `rate` of the shop's own, from `day` of its clock on."""

    day: date
    currency: str
    rate: Decimal


class Rates:
    """The rates that shops were told. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine, currency_of: Callable[[str], str | None]) -> None:
        """`currency_of` gives a shop's own currency, None where there is no such shop."""
        self._engine = engine
        self._currency_of = currency_of

    def of(self, shop_id: str, currency: str = "") -> Sequence[Rate]:
        """The shop's rates, of one currency where it is named, by currency and day."""
        mine = (_rates.c.shop_id == shop_id) & (_rates.c.own == self._own(shop_id))
        asked = sa.select(_rates).where(mine).order_by(_rates.c.currency, _rates.c.day)
        with self._engine.connect() as connection:
            rows = connection.execute(asked.where(_rates.c.currency == currency) if currency else asked).all()
        return [
            Rate(day=date.fromisoformat(row.day), currency=row.currency, rate=Decimal(row.rate))
            for row in rows
        ]

    def put(self, shop_id: str, rates: Sequence[Rate]) -> None:
        """Keep the rates, in the place of former ones of the same days; all of them or none.

        Raises OperatorError for an unknown shop, too many, and a rate of the shop's own currency.
        """
        own = self._own(shop_id)
        if any(rate.currency == own for rate in rates):
            raise OperatorError(f"{own} is the currency of the shop; it needs no rate")
        with self._engine.begin() as connection:
            for begin in range(0, len(rates), _AT_ONCE):
                _put(connection, shop_id, own, rates[begin : begin + _AT_ONCE])
            mine = _rates.c.shop_id == shop_id
            count = connection.execute(
                sa.select(sa.func.count()).select_from(_rates).where(mine)
            ).scalar_one()
            if count > MOST:
                raise OperatorError(f"a shop keeps at most {MOST:,} rates")
            _count_change(connection)

    def remove(self, shop_id: str, currency: str, day: date) -> None:
        """Forget the rate of a day; raises OperatorError where the shop was told none."""
        mine = (_rates.c.shop_id == shop_id) & (_rates.c.own == self._own(shop_id))
        one = mine & (_rates.c.currency == currency) & (_rates.c.day == day.isoformat())
        with self._engine.begin() as connection:
            if not connection.execute(_rates.delete().where(one)).rowcount:
                raise OperatorError(f"there is no rate of {currency} from {day}")
            _count_change(connection)

    def changes(self) -> int:
        """A number that grows whenever any rate is told."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(_changes.c.count)).scalar_one_or_none() or 0

    def _own(self, shop_id: str) -> str:
        own = self._currency_of(shop_id)
        if own is None:
            raise OperatorError(f"there is no shop with the id {shop_id!r}")
        return own


def _count_change(connection: sa.Connection) -> None:
    told = sqlite.insert(_changes).values(name="rates", count=1)
    connection.execute(
        told.on_conflict_do_update(index_elements=["name"], set_={"count": _changes.c.count + 1})
    )


def _put(connection: sa.Connection, shop_id: str, own: str, rates: Sequence[Rate]) -> None:
    rows = [
        {
            "shop_id": shop_id,
            "own": own,
            "currency": rate.currency,
            "day": rate.day.isoformat(),
            "rate": f"{rate.rate:f}",
        }
        for rate in rates
    ]
    told = sqlite.insert(_rates)
    connection.execute(
        told.on_conflict_do_update(
            index_elements=["shop_id", "own", "currency", "day"], set_={"rate": told.excluded.rate}
        ),
        rows,
    )


def rate_of(day: str, currency: str, rate: str) -> Rate:
    """A rate as it was written. Raises OperatorError that says which part cannot be read."""
    code = currency.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise OperatorError(f"{currency[:20]!r} is no currency; one is USD")
    value = Decimal(rate.strip()) if _RATE.fullmatch(rate.strip()) else Decimal(0)
    if not 0 < value < HIGHEST:
        raise OperatorError(f"{rate[:40]!r} is no rate; one is 0.9215, with at most eight decimals")
    return Rate(day=_day(day.strip()), currency=code, rate=value)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise OperatorError(f"{text[:20]!r} is no day; one is 2026-03-14")


def read_rates(file: TextIO) -> Iterator[Rate]:
    """Rates of a CSV with the columns day, currency and rate. Raises OperatorError with the line's number."""
    lines = csv.DictReader(file)
    missing = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
    if missing:
        raise OperatorError(f"the file has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    for line in lines:
        yield _read(line, lines.line_num)


def _read(line: Mapping[str, str | None], number: int) -> Rate:
    try:
        return rate_of(line["day"] or "", line["currency"] or "", line["rate"] or "")
    except OperatorError as fault:
        raise OperatorError(f"line {number}: {fault}") from None
