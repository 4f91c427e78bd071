"""Values from the wire as text, decimal or yes/no, exactly as they were written.

Numbers with a fraction or exponent arrive as `Literal`, the text of the number, so that
no id or amount ever passes through a binary float.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from collector.event import DecimalText, decimal_text

LARGEST = 14  # digits before the point that DECIMAL(18,4) holds
_PLACES = Decimal("0.0001")
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,4})?", re.ASCII)
_COMMA = re.compile(r"-?[0-9]+,[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?", re.ASCII)
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})

NOTHING = frozenset({"null", "undefined", "NaN", "[object Object]"})
"""Texts that a page sends where a variable had no value."""


class Literal(str):
    """A JSON number that is no plain integer, as it was written: `1.50`, `1e3`."""

    __slots__ = ()


def text(value: Any) -> str | None:
    """The value as text; None for absent values, lists and objects."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) is int or type(value) is Literal else None


def identifier(value: Any) -> str | None:
    """An id as text, trimmed; None where it is absent, empty, boolean or no scalar."""
    if type(value) is str:
        return value.strip() or None
    return str(value) if type(value) is int or type(value) is Literal else None


def decimal(value: Any) -> Decimal | None:
    """A finite decimal from a number or the text of one; None for anything else.

    The caller decides about decimal commas, see `with_point`.
    """
    kind = type(value)
    if kind is int:
        return Decimal(value) if -(10**30) < value < 10**30 else None
    if kind is not str and kind is not Literal:
        return None
    written = value.strip()
    if len(written) > 64 or _NUMBER.fullmatch(written) is None:
        return None
    try:
        return Decimal(written)
    except InvalidOperation:
        return None


def with_point(value: Any) -> str | None:
    """`"99.90"` for the text `"99,90"`: one comma and no dot; None where it is not so."""
    if type(value) is not str or "," not in value:
        return None
    written = value.strip()
    return written.replace(",", ".") if _COMMA.fullmatch(written) else None


def plain_number(value: Any) -> DecimalText | None:
    """The canonical text of an amount that is written plainly; None means: look closer."""
    kind = type(value)
    if kind is int and -1_000_000_000_000 < value < 1_000_000_000_000:
        return DecimalText(str(value))
    if (kind is Literal or kind is str) and _PLAIN.fullmatch(value):
        return decimal_text(Decimal(value))
    return None


def fits(number: Decimal) -> bool:
    """Whether an amount column holds the number's whole part."""
    return not number or number.adjusted() < LARGEST


def rounded(number: Decimal) -> Decimal:
    """The number with at most four decimals, half to even."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -4:
        return number.quantize(_PLACES)
    return number


def boolean(value: Any) -> bool | None:
    """true/false, 1/0, their texts, yes/no; None for anything else."""
    if value is True or value is False:
        return bool(value)
    if type(value) is int:
        return {0: False, 1: True}.get(value)
    if type(value) is str or type(value) is Literal:
        lowered = value.strip().lower()
        if lowered in _YES:
            return True
        if lowered in _NO:
            return False
    return None


def flag(value: Any) -> bool:
    """A full-list flag: any non-empty text but `"false"` and `"0"` is yes, even `"no"` (E9)."""
    if type(value) is str:
        return value.strip().lower() not in ("", "0", "false")
    known = boolean(value)
    return bool(value) if known is None else known


def plain(value: Any) -> Any:
    """The value as JSON-ready Python: a number too long for 64 bits or a double stays text."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if -(2**63) <= value < 2**63 else str(value)
    if kind is Literal:
        return _double(value)
    if kind is dict:
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value]


def _double(literal: str) -> float | str:
    number = float(literal)
    try:
        exact = Decimal(repr(number)) == Decimal(literal)
    except InvalidOperation:
        exact = False
    return number if exact and number - number == 0 else str.__str__(literal)
