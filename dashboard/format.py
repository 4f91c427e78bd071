"""Values as people read them. `None` is for the caller: unknown is never formatted as zero.

Which language is written stands in a context variable and not in every signature: a value is
formatted wherever it is found (views, hovers, templates, the stream), and all of one answer speak
one language. `dashboard.app` sets it for a request, and whoever makes a part by itself for that
part; threads that are started with `asyncio.to_thread` inherit it. What machines read (CSV, JSON,
values of form fields) is never formatted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.locales import SPACE, Locale, locale

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
_spoken: ContextVar[Locale] = ContextVar("spoken")
_usual: Final = locale("en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything formatted inside is in that language."""
    before = _spoken.set(locale(language))
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> Locale:
    """The language that is written now."""
    return _spoken.get(_usual)


def count(value: Number) -> str:
    """A whole number: 12,345."""
    return _written(f"{_exact(value, 0):,f}")


def number(value: Number, decimals: int = 2) -> str:
    """A number with at most `decimals` decimals: 2.5, 3."""
    text = f"{_exact(value, decimals):,f}"
    return _written(text.rstrip("0").rstrip(".") if "." in text else text)


def percent(value: Number, decimals: int = 1) -> str:
    """A share of one as a percentage: 0.1234 is 12.3 %."""
    share = Decimal(str(value)) * 100
    if 0 < abs(share) < Decimal(1).scaleb(-decimals):
        decimals = 2
    return f"{_written(f'{_exact(share, decimals):,f}')}{SPACE}%"


def money(value: Number, currency: str = "", *, whole: bool = False) -> str:
    """An amount in its currency, to its smallest coin; `whole` leaves the coins out."""
    decimals = 0 if whole else DECIMALS.get(currency, 2)
    amount = _exact(value, decimals)
    sign = MINUS if amount < 0 else ""
    symbol = SYMBOLS.get(currency)
    text = _written(f"{abs(amount):,f}")
    if symbol and spoken().sign_first:
        return f"{sign}{symbol}{text}"
    return f"{sign}{text}{SPACE}{symbol or currency}".rstrip()


def day(value: date) -> str:
    """Sat 21 Nov 2026."""
    known = spoken()
    return f"{known.weekdays[value.weekday()]}{known.comma} {short_day(value)} {value.year}"


def short_day(value: date) -> str:
    """21 Nov."""
    return f"{value.day} {spoken().months[value.month - 1]}"


def month(value: date) -> str:
    """Nov 2026."""
    return f"{spoken().whole_months[value.month - 1]} {value.year}"


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
    return f"{short_day(local)} {local.year}{spoken().comma} {local:%H:%M:%S}"


def change(value: Number | None, previous: Number | None) -> Decimal | None:
    """Growth over `previous` as a share of one; None where it cannot be said."""
    if value is None or not previous:
        return None
    return (Decimal(str(value)) - Decimal(str(previous))) / abs(Decimal(str(previous)))


def _exact(value: Number, decimals: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _written(text: str) -> str:
    """With the separators of the language and a true minus, and without one before a zero."""
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    signs = spoken().signs
    return text if signs is None else text.translate(signs)
