"""Comparisons of a shop's own export of orders with what is stored here: the last ones of each shop.

What was compared, and how, is the dashboard's to know; here it is kept and found again.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec
import sqlalchemy as sa

from collector.control.tables import metadata

KEPT: Final = 12
"""Reconciliations of one shop; an older one makes room."""

_reconciliations = sa.Table(
    "reconciliations",
    metadata,
    sa.Column("reconciliation_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),  # JSON
    sa.Column("days", sa.Text, nullable=False),  # JSON
    sa.Column("rows", sa.LargeBinary, nullable=False),  # JSON, packed
)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a reconciliation. `there` is the shop's export, `here` what is stored; amounts are text."""

    name: str  # of the file
    currency: str
    tolerance: str
    first_day: date | None
    last_day: date | None
    orders_there: int
    orders_here: int
    matched: int  # in both, with equal amount and status
    missing_here: int
    unknown_there: int
    amount_differs: int
    status_differs: int
    sum_there: str
    sum_here: str
    unreadable: int = 0  # rows of the file without a number or an amount
    left_out: int = 0  # rows that are counted and not kept, because there are too many


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared of one day of the shop's clock."""

    day: date
    both: int  # orders in both
    differs: int  # of them, with another amount
    there: int  # orders of the export
    missing: int  # of them, not stored here


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One order that does not match: its number, and both sides. Amounts are text."""

    number: str
    outcome: str
    reason: str
    day: date | None = None
    order_key: str | None = None
    there: str | None = None
    here: str | None = None
    status_there: str | None = None
    status_here: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """One comparison. `made_at` is in epoch seconds."""

    reconciliation_id: str
    made_at: float
    summary: Summary
    days: Sequence[Day]


class Reconciliations:
    """The last reconciliations of shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(
        self, shop_id: str, made_at: float, summary: Summary, days: Sequence[Day], rows: Sequence[Difference]
    ) -> str:
        """Keep a reconciliation and return its id; the oldest beyond `KEPT` is forgotten."""
        made = secrets.token_hex(6)
        with self._engine.begin() as connection:
            connection.execute(
                _reconciliations.insert().values(
                    reconciliation_id=made,
                    shop_id=shop_id,
                    made_at=made_at,
                    summary=msgspec.json.encode(summary).decode(),
                    days=msgspec.json.encode(days).decode(),
                    rows=zlib.compress(msgspec.json.encode(rows)),
                )
            )
            kept = (
                sa.select(_reconciliations.c.reconciliation_id)
                .where(_reconciliations.c.shop_id == shop_id)
                .order_by(_reconciliations.c.made_at.desc(), _reconciliations.c.reconciliation_id)
                .limit(KEPT)
            )
            old = _reconciliations.c.reconciliation_id.not_in(kept)
            connection.execute(_reconciliations.delete().where(_reconciliations.c.shop_id == shop_id, old))
        return made

    def of(self, shop_id: str) -> Sequence[Reconciliation]:
        """The shop's reconciliations, newest first."""
        table = _reconciliations.c
        asked = (
            sa.select(table.reconciliation_id, table.made_at, table.summary, table.days)
            .where(table.shop_id == shop_id)
            .order_by(table.made_at.desc(), table.reconciliation_id)
        )
        with self._engine.connect() as connection:
            return [_told(row) for row in connection.execute(asked).mappings()]

    def rows(self, shop_id: str, reconciliation_id: str) -> Sequence[Difference]:
        """What did not match; nothing where the shop has no reconciliation of that id."""
        table = _reconciliations.c
        asked = sa.select(table.rows).where(
            table.shop_id == shop_id, table.reconciliation_id == reconciliation_id
        )
        with self._engine.connect() as connection:
            packed = connection.execute(asked).scalar_one_or_none()
        return msgspec.json.decode(zlib.decompress(packed), type=list[Difference]) if packed else []


def _told(row: sa.RowMapping) -> Reconciliation:
    return Reconciliation(
        reconciliation_id=row["reconciliation_id"],
        made_at=row["made_at"],
        summary=msgspec.json.decode(row["summary"], type=Summary),
        days=msgspec.json.decode(row["days"], type=list[Day]),
    )
