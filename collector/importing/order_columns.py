"""Which column of a shop's own file says what of an order's line, and how a value is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collector.errors import OperatorError
from collector.wire import Shop

REQUIRED: Final = ("order", "item", "time")
MEANINGS: Final = (
    *REQUIRED,
    "quantity",
    "price",
    "user",
    "email",
    "phone",
    "name",
    "brand",
    "category",
    "variant",
    "status",
    "country",
)
HIGHEST: Final = Decimal(10) ** 14  # what the store's DECIMAL(18,4) can hold
PLACES: Final = 4
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """What the file's columns mean, and what it does not say of itself.

    `columns` maps a meaning to the file's column. Times without an offset are on the clock
    of `zone`, written as ISO 8601 or as `time_format` (of strptime). Orders whose number
    begins with `cancelled_prefix` give money back.
    """

    columns: Mapping[str, str]
    zone: ZoneInfo
    currency: str
    currency_told: bool = True
    cancelled_prefix: str = ""
    time_format: str = ""

    def moment(self, text: str) -> datetime | None:
        """The time as UTC; None where it cannot be read."""
        try:
            found = _written(text, self.time_format)
            return (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def cancels(self, order: str) -> bool:
        return bool(self.cancelled_prefix) and order.startswith(self.cancelled_prefix)


def _written(text: str, form: str) -> datetime:
    return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007


def read_map(text: str) -> dict[str, str]:
    """`order=InvoiceNo,item=StockCode,…` as meanings and columns.

    Raises OperatorError for what is no pair, for a meaning that is unknown or given twice,
    and where one that every line needs is missing.
    """
    found: dict[str, str] = {}
    for pair in text.split(","):
        meaning, sign, column = (part.strip() for part in pair.partition("="))
        if not sign or not column:
            raise OperatorError(f"--map: {pair.strip()!r} is not MEANING=COLUMN")
        if meaning not in MEANINGS:
            raise OperatorError(f"--map: {meaning!r} is none of {', '.join(MEANINGS)}")
        if meaning in found:
            raise OperatorError(f"--map: {meaning!r} stands there twice")
        found[meaning] = column
    missing = [meaning for meaning in REQUIRED if meaning not in found]
    if missing:
        raise OperatorError(f"--map: it must also say which column is {', '.join(missing)}")
    return found


@lru_cache(maxsize=16_384)
def number(text: str) -> Decimal | None:
    """A plain decimal of at most four places that the store can hold; None for anything else."""
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text).normalize()
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -PLACES and abs(value) < HIGHEST
    return value if fits else None


def order_file(
    shop: Shop,
    columns: str,
    *,
    zone: str = "",
    currency: str = "",
    cancelled_prefix: str = "",
    time_format: str = "",
) -> OrderFile:
    """What was typed about a file, over what the shop says of itself. Raises OperatorError."""
    try:
        clock = ZoneInfo(zone or shop.timezone)
    except (ValueError, OSError, ZoneInfoNotFoundError) as unknown:
        raise OperatorError(f"--zone: {zone!r} is no time zone; one is Europe/London") from unknown
    if currency and not _CURRENCY.fullmatch(currency):
        raise OperatorError(f"--currency: {currency!r} is no ISO 4217 code; one is GBP")
    return OrderFile(
        columns=read_map(columns),
        zone=clock,
        currency=currency or shop.currency,
        currency_told=bool(currency),
        cancelled_prefix=cancelled_prefix,
        time_format=time_format,
    )
