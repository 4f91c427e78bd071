"""What vendors say themselves: their exports of orders and of what they claim, uploaded by people.

An upload counts for the days that it covers, and an older one of the same vendor does no longer there. Taken
back, it leaves the days to the older one again: nothing is overwritten.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from collector.control.tables import metadata, writing
from collector.errors import OperatorError

KEPT: Final = 36
"""Exports of one vendor and shop; an older one makes room."""

Shape = Literal["orders", "days"]
"""`orders`: a row an order, with its number. `days`: sums of days, where numbers of orders are not told."""

_exports = sa.Table(
    "vendor_exports",
    metadata,
    sa.Column("export_id", sa.Text, primary_key=True),
    sa.Column("shop_id", sa.Text, nullable=False, index=True),
    sa.Column("vendor", sa.Text, nullable=False),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),  # JSON
    sa.Column("rows", sa.LargeBinary, nullable=False),  # JSON, packed
)

_NEWEST: Final[tuple[Any, ...]] = (_exports.c.made_at.desc(), sa.literal_column("rowid").desc())


class Claimed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as the vendor tells it, or the sums of a day. Amounts are text.

    `number` is empty in sums. Of what the vendor does not tell there is None: `attributed` is revenue that it
    claims, `claims` in how many of `orders`.
    """

    number: str = ""
    day: date | None = None
    orders: int = 1
    revenue: str | None = None
    claims: int | None = None
    attributed: str | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a file. Rows that could not be used are counted by why."""

    name: str  # of the file
    shape: Shape
    currency: str
    first_day: date | None
    last_day: date | None
    orders: int
    revenue: str | None
    claims: int | None
    attributed: str | None
    unreadable: int = 0  # without a number, or without a day where days are added up
    repeated: int = 0  # the same row, or an earlier row of the same order
    other_currency: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One upload. `made_at` is in epoch seconds, `who` as the history of changes names people."""

    export_id: str
    vendor: str
    made_at: float
    who: str
    summary: Summary


class VendorExports:
    """The uploads of all shops. Safe to use from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(
        self,
        shop_id: str,
        vendor: str,
        summary: Summary,
        rows: Sequence[Claimed],
        *,
        who: str,
        now: float,
    ) -> str:
        """Keep an upload and return its id; the oldest beyond `KEPT` is forgotten."""
        made = secrets.token_hex(6)
        mine = (_exports.c.shop_id == shop_id) & (_exports.c.vendor == vendor)
        newest = sa.select(_exports.c.export_id).where(mine).order_by(*_NEWEST).limit(KEPT)
        with writing(self._engine) as connection:
            connection.execute(
                _exports.insert().values(
                    export_id=made,
                    shop_id=shop_id,
                    vendor=vendor,
                    made_at=now,
                    who=who,
                    summary=msgspec.json.encode(summary).decode(),
                    rows=zlib.compress(msgspec.json.encode(rows)),
                )
            )
            kept = connection.execute(newest).scalars().all()
            connection.execute(_exports.delete().where(mine, _exports.c.export_id.not_in(kept)))
        return made

    def of(self, shop_id: str, vendor: str = "") -> Sequence[Export]:
        """The shop's uploads, of one vendor or of all, newest first."""
        table = _exports.c
        asked = (
            sa.select(table.export_id, table.vendor, table.made_at, table.who, table.summary)
            .where(table.shop_id == shop_id, *([table.vendor == vendor] if vendor else []))
            .order_by(*_NEWEST)
        )
        with self._engine.connect() as connection:
            return [_told(row) for row in connection.execute(asked).mappings()]

    def rows(self, shop_id: str, export_id: str) -> Sequence[Claimed]:
        """The rows of an upload; nothing where the shop has none of that id."""
        table = _exports.c
        asked = sa.select(table.rows).where(table.shop_id == shop_id, table.export_id == export_id)
        with self._engine.connect() as connection:
            packed = connection.execute(asked).scalar_one_or_none()
        return msgspec.json.decode(zlib.decompress(packed), type=list[Claimed]) if packed else []

    def remove(self, shop_id: str, export_id: str) -> Export:
        """Take an upload back and return it; raises OperatorError where the shop has none of that id."""
        found = next((one for one in self.of(shop_id) if one.export_id == export_id), None)
        if found is None:
            raise OperatorError(f"the shop has no export {export_id!r}")
        with self._engine.begin() as connection:
            mine = (_exports.c.shop_id == shop_id) & (_exports.c.export_id == export_id)
            connection.execute(_exports.delete().where(mine))
        return found


def _told(row: sa.RowMapping) -> Export:
    return Export(
        export_id=row["export_id"],
        vendor=row["vendor"],
        made_at=row["made_at"],
        who=row["who"],
        summary=msgspec.json.decode(row["summary"], type=Summary),
    )
