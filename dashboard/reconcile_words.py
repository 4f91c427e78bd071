"""What one value of a shop's own export of orders means: names of columns, amounts, days, statuses.

Shops write these in every way there is; what cannot be told from one value alone (is "1,234"
a thousand? is 03/04 in March?) is told from all values of the column together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (
        "order id",
        "order number",
        "order no",
        "order nr",
        "orderid",
        "order",
        "number",
        "transaction id",
        "transaction",
        "invoice number",
        "invoice no",
        "invoiceno",
        "invoice",
        "increment id",
        "id",
        "номер заказа",
        "id заказа",
        "заказ",
        "номер",
        "bestellnummer",
        "auftragsnummer",
        "numéro de commande",
    ),
    "total": (
        "grand total",
        "order total",
        "total amount",
        "total price",
        "order value",
        "total",
        "amount",
        "sum",
        "value",
        "revenue",
        "сумма заказа",
        "сумма",
        "итого",
        "стоимость",
        "gesamtbetrag",
        "gesamt",
        "betrag",
        "montant",
    ),
    "date": (
        "order date",
        "created at",
        "created",
        "placed at",
        "purchase date",
        "invoicedate",
        "date",
        "time",
        "дата заказа",
        "дата создания",
        "дата",
        "bestelldatum",
        "datum",
    ),
    "status": ("order status", "status", "state", "статус заказа", "статус", "bestellstatus"),
    "currency": ("currency code", "currency", "валюта", "währung", "devise"),
}
"""Meanings of columns, each with the names that are understood, the clearest first."""
REQUIRED: Final = ("id", "total")
CANCELLED: Final = re.compile(
    r"cancel|refund|return|void|storn|annul|declin|reject|отмен|возвра|аннул|отказ", re.IGNORECASE
)
_WORD: Final = re.compile(r"[\W_]+")
_MONEY: Final = re.compile(r"[+-]?[0-9][0-9.,]*|[+-]?[.,][0-9]+", re.ASCII)
_LONGEST_AMOUNT: Final = 30
_DAY: Final = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?!\d)", re.ASCII)


def columns_of(
    header: Iterable[str],
    told: Mapping[str, str],
    meanings: Mapping[str, tuple[str, ...]] = MEANINGS,
) -> dict[str, int]:
    """The place of each meaning: as it was told, else by the usual names, exactly and then by their words."""
    names = [_plain(name) for name in header]
    found: dict[str, int] = {}
    for meaning, usual in meanings.items():
        wanted = (_plain(told[meaning]),) if meaning in told else usual
        place = next((names.index(name) for name in wanted if name in names), None)
        if place is not None and place not in found.values():
            found[meaning] = place
    return found


def _plain(name: str) -> str:
    return _WORD.sub(" ", name.casefold()).strip()


def number_of(text: str) -> str:
    """An order number as it is compared: without space, and without a leading #."""
    return text.strip().removeprefix("#").strip()


def comma_is_decimal(texts: Iterable[str]) -> bool | None:
    """Whether a column writes 1.234,50 rather than 1,234.50; None where nothing in it tells."""
    for text in texts:
        match = _MONEY.search(_close(text))
        sign = match and _decimal_sign(match[0])
        if sign:
            return sign == ","
    return None


def _decimal_sign(amount: str) -> str:
    """The sign before the coins, where the amount alone tells it."""
    point, comma = amount.rfind("."), amount.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    for sign in ".,":
        tail = amount.rpartition(sign)[2]
        if amount.count(sign) == 1 and len(tail) != 3:
            return sign
    return ""


def amount_of(text: str, *, comma: bool) -> Decimal | None:
    """An amount, whatever currency and spaces stand around it; None where there is none."""
    close = _close(text)
    match = _MONEY.search(close)
    if match is None or len(close) > _LONGEST_AMOUNT:
        return None
    own = _decimal_sign(match[0]) or ("," if comma else ".")
    plain = match[0].replace("." if own == "," else ",", "").replace(own, ".")
    if plain.count(".") > 1 or not any(sign.isdigit() for sign in plain):
        return None
    value = Decimal(plain)
    return -value if close.startswith("(") and close.endswith(")") and value > 0 else value


def _close(text: str) -> str:
    """Without space and apostrophes between digits, and with a plain minus."""
    return re.sub(r"[\s'’]", "", text).replace("\N{MINUS SIGN}", "-")


def month_is_first(texts: Iterable[str]) -> bool:
    """Whether a column writes 12/31/2026; days come first unless a value tells."""
    for text in texts:
        match = _DAY.search(text)
        if match and len(match[1]) <= 2:
            if int(match[1]) > 12:
                return False
            if int(match[2]) > 12:
                return True
    return False


def day_of(text: str, zone: ZoneInfo, *, month_first: bool) -> date | None:
    """The day on the shop's clock; None where the text tells none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        pass
    match = _DAY.search(text)
    if match is None:
        return None
    first, second, third = (int(part) for part in match.groups())
    if len(match[1]) > 2:
        parts = first, second, third
    else:
        year = third if third > 99 else 2000 + third
        parts = (year, first, second) if month_first else (year, second, first)
    try:
        return date(*parts)
    except ValueError:
        return None
