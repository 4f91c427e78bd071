"""Every row of the validation table and every quirk of a client has a test, findable by its number.

Recorded cases begin with `V17 …` or `Q17 …`; what no adapter decides stands in tests named here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.wired import CASES

TESTS = Path(__file__).parents[1]
ROWS = range(1, 64)
QUIRKS = range(1, 48)
_BEGINNING = re.compile(r"(V|Q)([0-9]+) ")
_FUNCTION = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)

ELSEWHERE: dict[int, tuple[str, ...]] = {
    1: ("test_v01_a_wrong_method_is_405_in_both_modes",),
    7: (
        "test_v07_a_body_too_large_is_413_in_both_modes",
        "test_v07_more_requests_than_allowed_are_429_in_both_modes",
        "test_a_full_disk_answers_503_loses_nothing_acknowledged_and_recovers",
    ),
    11: (
        "test_v11_a_device_never_seen_is_made_by_its_first_event",
        "test_v11_a_strict_shop_refuses_a_device_that_nobody_made",
    ),
    52: (
        "test_v52_an_order_again_is_a_duplicate_and_with_other_content_a_new_version_in_both_modes",
        "test_a_repeated_purchase_is_a_duplicate_for_ever",
        "test_an_edited_order_is_one_order_with_its_latest_version",
    ),
}
"""Rows that the application, its log or its store decide, and the tests that say so."""


def recorded() -> Iterator[dict[str, Any]]:
    for folder in ("r46", "pixel"):
        for path in sorted(CASES.glob(f"{folder}/*.json")):
            yield from json.loads(path.read_text())


def modes(letter: str) -> dict[int, set[str]]:
    """By number, the modes in which a case was recorded."""
    found: dict[int, set[str]] = {}
    for case in recorded():
        beginning = _BEGINNING.match(case["about"])
        if beginning is not None and beginning[1] == letter:
            mode = "strict" if case.get("shop", {}).get("strict") else "lenient"
            found.setdefault(int(beginning[2]), set()).add(mode)
    return found


def functions() -> set[str]:
    return {name for path in TESTS.rglob("test_*.py") for name in _FUNCTION.findall(path.read_text("utf-8"))}


def test_every_row_of_the_validation_table_has_a_lenient_and_a_strict_case() -> None:
    found = modes("V")
    lacking = {row: found.get(row) for row in ROWS if found.get(row) != {"lenient", "strict"}}
    assert {row: told for row, told in lacking.items() if row not in ELSEWHERE} == {}


@pytest.mark.parametrize(("row", "names"), ELSEWHERE.items())
def test_a_row_that_no_adapter_decides_has_its_tests_elsewhere(row: int, names: tuple[str, ...]) -> None:
    assert row in ROWS
    assert set(names) - functions() == set()


def test_every_quirk_of_a_client_has_a_case_or_a_test() -> None:
    tested = {int(name[11:13]) for name in functions() if re.match(r"test_quirk_[0-9]{2}_", name)}
    assert [quirk for quirk in QUIRKS if quirk not in tested and quirk not in modes("Q")] == []


def test_a_case_that_says_strict_is_strict() -> None:
    for case in recorded():
        assert case["about"].endswith("(strict)") <= case.get("shop", {}).get("strict", False), case["about"]


def test_no_two_cases_of_a_file_are_called_the_same() -> None:
    for path in sorted(CASES.glob("*/*.json")):
        names = [case["about"] for case in json.loads(path.read_text())]
        assert [name for name in names if names.count(name) > 1] == [], path.name
