"""Times by the rule of their field, with the vectors of docs/wire/canonical.md §5."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collector.reading.moments import epoch, iso
from collector.reading.values import Literal

RECEIVED_AT = datetime(2025, 7, 1, 12, tzinfo=UTC)
EARLY, LATE = datetime(2010, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-07-01T13:00:00+03:00", ("2025-07-01T10:00:00+00:00", "")),
        ("2025-07-01T13:00:00+0300", ("2025-07-01T10:00:00+00:00", "")),
        ("2025-07-01T10:00:00Z", ("2025-07-01T10:00:00+00:00", "")),
        ("2025-07-01 10:00:00.25", ("2025-07-01T10:00:00.250000+00:00", "ts_no_offset")),
        ("2025-07-01T10:00:00.123456789Z", ("2025-07-01T10:00:00.123456+00:00", "")),
        ("2025-07-01", ("2025-07-01T00:00:00+00:00", "ts_no_offset")),
        ("2025-07-03T10:00:00Z", (None, "ts_out_of_range")),
        ("1999-12-31T23:59:59Z", (None, "ts_out_of_range")),
        ("0001-01-01T00:00:00+14:00", (None, "ts_invalid")),
        ("2025-02-30T10:00:00Z", (None, "ts_invalid")),
        ("2025-07-01T25:00:00Z", (None, "ts_invalid")),
        ("yesterday", (None, "ts_invalid")),
        (1751364000, (None, "ts_invalid")),
        (True, (None, "ts_invalid")),
        ([], (None, "ts_invalid")),
        ("", (None, "ts_missing")),
        (None, (None, "ts_missing")),
    ],
)
def test_text_times(written: Any, expected: tuple[str | None, str]) -> None:
    moment = iso(written, RECEIVED_AT)
    assert (moment.ts and moment.ts.isoformat(), moment.note) == expected


@pytest.mark.parametrize(
    ("written", "rule", "expected"),
    [
        (Literal("1751364000.25"), {}, ("2025-07-01T10:00:00.250000+00:00", "")),
        ("1751364000.25", {}, ("2025-07-01T10:00:00.250000+00:00", "")),
        (1751364000250, {}, (None, "ts_out_of_range")),
        (1751364000250, {"a_second": 1000}, ("2025-07-01T10:00:00.250000+00:00", "")),
        (1751364000, {"a_second": 1000, "earliest": EARLY, "latest": LATE}, (None, "ts_out_of_range")),
        (1893456000, {"earliest": EARLY, "latest": LATE}, ("2030-01-01T00:00:00+00:00", "")),
        (10**25, {}, (None, "ts_out_of_range")),
        (-5, {}, (None, "ts_out_of_range")),
        ("2025-07-01T10:00:00Z", {}, (None, "ts_invalid")),
        ("2025-07-01T10:00:00Z", {"text": True}, ("2025-07-01T10:00:00+00:00", "")),
        (
            "2009-07-01T10:00:00Z",
            {"text": True, "earliest": EARLY, "latest": LATE},
            (None, "ts_out_of_range"),
        ),
        (
            "2039-07-01T10:00:00Z",
            {"text": True, "earliest": EARLY, "latest": LATE},
            ("2039-07-01T10:00:00+00:00", ""),
        ),
        ("2025-07-03T10:00:00Z", {"text": True}, (None, "ts_out_of_range")),
        (Literal("1e400"), {}, (None, "ts_out_of_range")),
        (Literal("1.75136400025E9"), {}, ("2025-07-01T10:00:00.250000+00:00", "")),
        (True, {}, (None, "ts_invalid")),
        ({}, {}, (None, "ts_invalid")),
        (None, {}, (None, "ts_missing")),
    ],
)
def test_counted_times(written: Any, rule: dict[str, Any], expected: tuple[str | None, str]) -> None:
    moment = epoch(written, RECEIVED_AT, **rule)
    assert (moment.ts and moment.ts.isoformat(), moment.note) == expected
