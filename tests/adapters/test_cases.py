"""Every recorded request becomes exactly what its file says: events, verdicts and answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector import reasons
from collector.adapters import load_adapters
from tests.adapters.wired import CASES, play


def recorded() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.parent.name}/{path.stem}: {case['about']}")
        for path in sorted(CASES.glob("*/*.json"))
        for case in json.loads(path.read_text())
    ]


@pytest.mark.parametrize("case", recorded())
def test_a_recorded_request_becomes_what_its_case_says(case: dict[str, Any]) -> None:
    assert play(case) == case["expect"]


@pytest.mark.parametrize("case", recorded())
def test_every_code_of_a_case_is_explained(case: dict[str, Any]) -> None:
    expect = case["expect"]
    codes = [expect["rejected"]] if "rejected" in expect else []
    for one in expect.get("events", []):
        codes += one.get("codes", []) + one.get("event", {}).get("notes", [])
    assert [reasons.explain(code).code for code in codes] == codes


def test_every_adapter_has_cases() -> None:
    assert {path.name for path in CASES.iterdir()} == set(load_adapters())


def test_every_row_of_the_validation_table_that_needs_no_history_has_a_case() -> None:
    told = " ".join(case.values[0]["about"] for case in recorded())
    elsewhere = {1, 7, 11, 30, 52}  # the application's, the loader's; V30 stands in the replay table, row 6
    missing = [row for row in range(1, 64) if row not in elsewhere and f"V{row} " not in told]
    assert missing == []


def test_every_row_of_the_replay_table_that_is_a_call_has_a_case() -> None:
    told = " ".join(case.values[0]["about"] + " " for case in recorded())
    assert [row for row in range(3, 33) if f"§9 row {row} " not in told] == []
