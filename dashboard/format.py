"""Values as people read them. `None` is for the caller: unknown is never formatted as zero.

Numbers are English for now: comma for thousands, point for decimals.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

SYMBOLS: Final = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "RUB": "₽",
    "UAH": "₴",
    "JPY": "¥",
    "CNY": "CN¥",
    "INR": "₹",
    "ILS": "₪",
    "KRW": "₩",
    "TRY": "₺",
    "KZT": "₸",
    "VND": "₫",
}
DECIMALS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3}
Number = int | float | Decimal
MINUS: Final = "\N{MINUS SIGN}"


def count(value: Number) -> str:
    """A whole number: 12,345."""
    return _signed(f"{_exact(value, 0):,f}")


def number(value: Number, decimals: int = 2) -> str:
    """A number with at most `decimals` decimals: 2.5, 3."""
    text = f"{_exact(value, decimals):,f}"
    return _signed(text.rstrip("0").rstrip(".") if "." in text else text)


def percent(value: Number, decimals: int = 1) -> str:
    """A share of one as a percentage: 0.1234 is 12.3 %."""
    share = Decimal(str(value)) * 100
    if 0 < abs(share) < Decimal(1).scaleb(-decimals):
        decimals = 2
    return f"{_signed(f'{_exact(share, decimals):,f}')}\N{NO-BREAK SPACE}%"


def money(value: Number, currency: str = "", *, whole: bool = False) -> str:
    """An amount in its currency, to its smallest coin; `whole` leaves the coins out."""
    decimals = 0 if whole else DECIMALS.get(currency, 2)
    amount = _exact(value, decimals)
    sign = MINUS if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    if symbol:
        return f"{sign}{symbol}{abs(amount):,f}"
    return f"{sign}{abs(amount):,f}\N{NO-BREAK SPACE}{currency}".rstrip()


def day(value: date) -> str:
    """Sat 21 Nov 2026."""
    return f"{value:%a} {value.day} {value:%b} {value.year}"


def short_day(value: date) -> str:
    """21 Nov."""
    return f"{value.day} {value:%b}"


def days(first: date, last: date) -> str:
    """21 Nov 2026, or 1 – 21 Nov 2026, or 25 Oct – 21 Nov 2026."""
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{short_day(first)} {first.year} – {short_day(last)} {last.year}"
    if first.month != last.month:
        return f"{short_day(first)} – {short_day(last)} {last.year}"
    return f"{first.day} – {short_day(last)} {last.year}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A moment on the shop's clock: 21 Nov 2026 14:03:22. Stored (naive) moments are UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo("UTC"))
    local = aware.astimezone(zone)
    return f"{local.day} {local:%b} {local.year} {local:%H:%M:%S}"


def change(value: Number | None, previous: Number | None) -> Decimal | None:
    """Growth over `previous` as a share of one; None where it cannot be said."""
    if value is None or not previous:
        return None
    return (Decimal(str(value)) - Decimal(str(previous))) / abs(Decimal(str(previous)))


def _exact(value: Number, decimals: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _signed(text: str) -> str:
    """With a true minus, and without one before a zero."""
    if not text.startswith("-"):
        return text
    return text[1:] if not text.strip("-0.,") else MINUS + text[1:]
