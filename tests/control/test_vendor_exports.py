"""Uploads of vendors' exports: kept apart by shop and vendor, bounded, and given back as they came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from collector.control import Control
from collector.control.vendor_exports import KEPT, Claimed, Summary, VendorExports
from collector.errors import OperatorError

SUMMARY = Summary(
    name="a.csv",
    shape="orders",
    currency="EUR",
    first_day=date(2026, 3, 1),
    last_day=date(2026, 3, 2),
    orders=2,
    revenue="30.50",
    claims=1,
    attributed="10",
    unreadable=1,
)
ROWS = [
    Claimed(number="1", day=date(2026, 3, 1), revenue="20.50", claims=1, attributed="10"),
    Claimed(number="2", revenue="10"),
]


@pytest.fixture
def exports(tmp_path: Path) -> Iterator[VendorExports]:
    control = Control(tmp_path / "control.sqlite")
    yield control.vendor_exports
    control.close()


def test_an_export_comes_back_as_it_was_kept(exports: VendorExports) -> None:
    made = exports.add("shop", "r46", SUMMARY, ROWS, who="ann@x.example", now=5.0)
    (one,) = exports.of("shop", "r46")
    assert (one.export_id, one.vendor, one.made_at, one.who, one.summary) == (
        made,
        "r46",
        5.0,
        "ann@x.example",
        SUMMARY,
    )
    assert exports.rows("shop", made) == ROWS


def test_shops_and_vendors_are_kept_apart(exports: VendorExports) -> None:
    made = exports.add("shop", "r46", SUMMARY, ROWS, who="", now=1.0)
    exports.add("shop", "yespo", SUMMARY, ROWS, who="", now=2.0)
    assert [one.vendor for one in exports.of("shop")] == ["yespo", "r46"]
    assert [one.export_id for one in exports.of("shop", "r46")] == [made]
    assert not exports.of("other")
    assert not exports.rows("other", made)
    with pytest.raises(OperatorError, match="the shop has no export"):
        exports.remove("other", made)
    assert exports.remove("shop", made).export_id == made
    assert not exports.of("shop", "r46")
    assert not exports.rows("shop", made)


def test_the_oldest_of_a_vendor_makes_room_and_no_other_vendor_s(exports: VendorExports) -> None:
    kept = exports.add("shop", "yespo", SUMMARY, ROWS, who="", now=0.0)
    made = [exports.add("shop", "r46", SUMMARY, ROWS, who="", now=float(n)) for n in range(KEPT + 2)]
    assert [one.export_id for one in exports.of("shop", "r46")] == made[:1:-1]
    assert [one.export_id for one in exports.of("shop", "yespo")] == [kept]
