"""The orders stored here that a shop's own export may speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from collector.store import Reader
from collector.wire import Shop
from dashboard import periods
from dashboard.periods import Days
from dashboard.reconcile_table import Export

OURS: Final = Path(__file__).with_name("reconcile_ours.sql")
SECONDS: Final = 30.0
MOST_ORDERS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """An order that is stored here. `day` is that of the shop's clock."""

    order_key: str
    number: str
    unnumbered: bool
    placed_at: datetime
    day: date
    amount: Decimal
    revenue: Decimal
    lines_total: Decimal | None
    currency: str
    status: str
    cancelled: bool
    bot: bool


def span_of(export: Export) -> tuple[date, date] | None:
    """The first and the last day of the export; None where it tells no days."""
    days = [one.day for one in export.orders if one.day]
    return (min(days), max(days)) if days else None


def zone_of(shop: Shop) -> ZoneInfo:
    """The clock by which the shop's days are told."""
    return ZoneInfo(shop.timezone)


def ours(reader: Reader, shop: Shop, export: Export) -> list[Ours]:
    """The orders here that the export may speak of: of its days, and any it names."""
    zone, span = zone_of(shop), span_of(export)
    covered = periods.span_of(Days(span[0], span[1] + timedelta(days=1)), zone) if span else None
    given = {
        "shop": shop.shop_id,
        "currency": shop.currency,
        "since": covered.start if covered else None,
        "until": covered.until if covered else None,
        "numbers": [one.number for one in export.orders],
    }
    rows = reader.query(OURS.read_text(), given, max_rows=MOST_ORDERS, seconds=SECONDS).dicts()
    return [Ours(**row, day=_local(row["placed_at"], zone)) for row in rows]


def _local(moment: datetime, zone: ZoneInfo) -> date:
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()
