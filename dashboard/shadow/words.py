"""What columns of vendors' exports are called, and what single values mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from dashboard import reconcile_words as words

MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": words.MEANINGS["id"],
    "date": ("day", "report date", "event date", *words.MEANINGS["date"], "день", "tag"),
    "attributed": (
        "attributed revenue",
        "attributed value",
        "attributed amount",
        "attributed sum",
        "revenue attributed",
        "claimed revenue",
        "recommendation revenue",
        "recommendations revenue",
        "revenue from recommendations",
        "revenue with recommendations",
        "atributed revenue",
        "атрибутированная выручка",
        "атрибутированная сумма",
        "выручка с рекомендаций",
        "выручка от рекомендаций",
        "доход с рекомендаций",
        "доход от рекомендаций",
        "сумма с рекомендаций",
        "zugeordneter umsatz",
    ),
    "claims": (
        "attributed orders",
        "orders attributed",
        "claimed orders",
        "attributed transactions",
        "orders with recommendations",
        "атрибутированные заказы",
        "заказы с рекомендаций",
        "заказов с рекомендаций",
        "zugeordnete bestellungen",
    ),
    "claimed": (
        "attributed",
        "is attributed",
        "claimed",
        "recommended",
        "with recommendations",
        "атрибутирован",
        "атрибуция",
        "с рекомендациями",
        "zugeordnet",
    ),
    "revenue": ("order revenue", "total revenue", *words.MEANINGS["total"], "выручка", "доход", "umsatz"),
    "orders": (
        "orders",
        "orders count",
        "order count",
        "number of orders",
        "transactions",
        "purchases",
        "заказы",
        "заказов",
        "количество заказов",
        "кол во заказов",
        "bestellungen",
    ),
    "currency": words.MEANINGS["currency"],
    "source": (
        "source",
        "block",
        "recommender",
        "recommended by",
        "tool",
        "campaign",
        "channel",
        "источник",
        "блок",
        "рекомендер",
        "кампания",
        "канал",
        "quelle",
    ),
}
"""Meanings of columns, each with the names that are understood, the clearest first."""
TELLING: Final = ("revenue", "orders", "attributed", "claims", "claimed")
"""Without any of these a file says nothing that can be compared."""
_YES: Final = frozenset(("1", "y", "yes", "true", "t", "+", "да", "ja", "oui", "✓", "attributed", "claimed"))
_TIME: Final = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?")


def is_yes(text: str) -> bool:
    """Whether a value of a column of yes and no is yes; whatever is not clearly so is no."""
    return text.strip().casefold() in _YES


def number(text: str) -> int | None:
    """A count; None where there is none."""
    close = re.sub(r"[\s.,'’]", "", text)
    return int(close) if close.isascii() and close.isdigit() and len(close) <= 9 else None


def day_of(text: str, clock: ZoneInfo, zone: ZoneInfo, *, month_first: bool) -> date | None:
    """The day on the shop's clock; a time of day without an offset is one of the export's own clock."""
    day = words.day_of(text, zone, month_first=month_first)
    if day is None or clock == zone or _offset(text):
        return day
    found = _TIME.search(text)
    if found is None:
        return day
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        return day
    there = datetime.combine(day, time(hour, minute, second), clock)
    try:
        return there.astimezone(zone).date()
    except OverflowError:
        return day


def _offset(text: str) -> bool:
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is not None
    except ValueError:
        return False
