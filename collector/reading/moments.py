"""Times from the wire, by the rule of their field, never by the size of a number (canonical.md §5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from collector.reading.values import decimal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.ASCII,
)
LONGEST = 20  # digits before the point of a number that could still be a time


class Moment(NamedTuple):
    """A time in UTC, or None, and what is to be said of it ("" for nothing)."""

    ts: datetime | None
    note: str = ""


def iso(value: Any, received_at: datetime, *, latest: datetime | None = None) -> Moment:
    """ISO 8601 text with or without offset (then UTC, `ts_no_offset`); a number is `ts_invalid`.

    `latest` is a day after the arrival by default.
    """
    if value is None or value == "":
        return Moment(None, "ts_missing")
    found = _ISO.fullmatch(value.strip()) if type(value) is str else None
    if found is None:
        return Moment(None, "ts_invalid")
    day, clock, fraction, offset = found.groups()
    zone = {None: "+00:00", "Z": "+00:00", "z": "+00:00"}.get(offset, offset)
    micros = (fraction or "0")[:6].ljust(6, "0")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}").replace(microsecond=int(micros))
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return Moment(None, "ts_invalid")
    return _within(moment, EARLIEST, latest or received_at + AHEAD, "" if offset else "ts_no_offset")


def epoch(
    value: Any,
    received_at: datetime,
    *,
    a_second: int = 1,
    earliest: datetime = EARLIEST,
    latest: datetime | None = None,
    text: bool = False,
) -> Moment:
    """Epoch seconds, or with `a_second=1000` milliseconds: a number or its digits.

    With `text`, ISO 8601 is read too. `latest` is a day after the arrival by default.
    """
    if value is None or value == "":
        return Moment(None, "ts_missing")
    number = decimal(value)
    if number is None:
        is_text = text and type(value) is str
        moment = iso(value, received_at, latest=latest) if is_text else Moment(None, "ts_invalid")
        return _again(moment, earliest, latest)
    if number < 0 or number.adjusted() > LONGEST:
        return Moment(None, "ts_out_of_range")
    micros = int(number * 1_000_000 / a_second)
    if micros >= 10**17:
        return Moment(None, "ts_out_of_range")
    return _within(EPOCH + timedelta(microseconds=micros), earliest, latest or received_at + AHEAD, "")


def _again(moment: Moment, earliest: datetime, latest: datetime | None) -> Moment:
    if moment.ts is None:
        return moment
    return _within(moment.ts, earliest, latest or moment.ts, moment.note)


def _within(moment: datetime, earliest: datetime, latest: datetime, note: str) -> Moment:
    return Moment(moment, note) if earliest <= moment <= latest else Moment(None, "ts_out_of_range")
