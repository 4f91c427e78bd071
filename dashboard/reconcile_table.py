"""A shop's own export of orders, read from the bytes of a CSV file that nobody has checked.

Whatever stands in it is text: it is never run, never a path, and never longer than a limit.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from collector.errors import OperatorError
from dashboard import reconcile_words as words

MOST_ROWS: Final = 250_000
LONGEST_LINE: Final = 64 * 1024
LONGEST_VALUE: Final = 200
MOST_COLUMNS: Final = 500
ENCODINGS: Final = ("utf-8", "cp1251", "latin-1")
DELIMITERS: Final = (";", "\t", ",", "|")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LIMIT: Final = csv.field_size_limit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One order as the shop's export tells it. `cancelled` is None where no status was told."""

    number: str
    total: Decimal
    day: date | None
    status: str
    cancelled: bool | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The whole file: an order a number, the last row of each; and rows without a number or an amount."""

    orders: Sequence[Exported]
    unreadable: int
    repeated: int


def read(data: bytes, zone: ZoneInfo, told: Mapping[str, str], encoding: str = "") -> Export:
    """The orders of a file; `told` names columns by their meaning.

    Raises OperatorError for what is no text, has no column for number and amount, or has
    lines or rows beyond the limits.
    """
    lines = rows_of(text_of(data, encoding))
    header = next(lines, [])
    places = words.columns_of(header, told)
    _check(header, places, told)
    rows = [chosen(row, places) for row in limited(lines)]
    return _export(rows, zone)


def read_map(text: str, meanings: Collection[str] = tuple(words.MEANINGS)) -> dict[str, str]:
    """`id=Number,total=Sum` as meanings and columns; raises OperatorError for what is no such pair."""
    found: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in text.split(","))):
        meaning, sign, column = (part.strip() for part in pair.partition("="))
        if not sign or not column or meaning not in meanings or meaning in found:
            raise OperatorError(
                f"{pair[:80]!r} is not MEANING=COLUMN, once each; meanings are {', '.join(meanings)}"
            )
        found[meaning] = column
    return found


def text_of(data: bytes, encoding: str) -> str:
    """A file's text; its encoding is found where none is told. Raises OperatorError for what is no text."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    if b"\0" in data:
        raise OperatorError("this is no CSV file: it holds bytes that no text has")
    if encoding:
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1251" if _cyrillic(data) else "latin-1", "replace")


def _cyrillic(data: bytes) -> bool:
    """Letters beyond ASCII stand in runs in a Cyrillic text and alone in a western one."""
    high = [byte >= 0xC0 for byte in data[:200_000]]
    beside = sum(one and other for one, other in pairwise(high))
    return 2 * beside > sum(high)


def rows_of(text: str) -> Iterator[list[str]]:
    """Rows of the file; a line that is too long, or quotes without an end, end it with the reason."""
    if max(map(len, text.splitlines()), default=0) > LONGEST_LINE:
        raise OperatorError(f"a line of the file is longer than {LONGEST_LINE // 1024} KiB")
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(row):
                yield row[:MOST_COLUMNS]
    except csv.Error as error:
        raise OperatorError(f"the file is no CSV: a value is longer than {_LIMIT:,} characters") from error


def _check(header: Sequence[str], places: Mapping[str, int], told: Mapping[str, str]) -> None:
    missing = [meaning for meaning in (*words.REQUIRED, *told) if meaning not in places]
    if missing:
        there = ", ".join(name.strip()[:40] for name in header[:30])
        raise OperatorError(
            f"the file has no column for {', '.join(dict.fromkeys(missing))}; its first line has: {there}"
        )


def limited(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows, as many as are read at most; raises OperatorError for more."""
    for count, row in enumerate(rows):
        if count >= MOST_ROWS:
            raise OperatorError(f"the file has more than {MOST_ROWS:,} rows; compare it month by month")
        yield row


def chosen(row: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    """The values of a row that mean something, cut where they are too long."""
    return {
        meaning: row[place].replace("\0", "").strip()[:LONGEST_VALUE]
        for meaning, place in places.items()
        if place < len(row)
    }


def _export(rows: Sequence[Mapping[str, str]], zone: ZoneInfo) -> Export:
    comma = bool(words.comma_is_decimal(row.get("total", "") for row in rows))
    month_first = words.month_is_first(row.get("date", "") for row in rows)
    orders: dict[str, Exported] = {}
    unreadable = 0
    for row in rows:
        number = words.number_of(row.get("id", ""))
        total = words.amount_of(row.get("total", ""), comma=comma)
        if not number or total is None:
            unreadable += 1
            continue
        status = row.get("status", "")
        orders[number] = Exported(
            number=number,
            total=total,
            day=words.day_of(row.get("date", ""), zone, month_first=month_first),
            status=status,
            cancelled=bool(words.CANCELLED.search(status)) if status else None,
            currency=row.get("currency", "").upper(),
        )
    read_rows = len(rows) - unreadable
    return Export(orders=list(orders.values()), unreadable=unreadable, repeated=read_rows - len(orders))
