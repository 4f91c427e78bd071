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


def of_r46() -> list[Any]:
    return [case.values[0] for case in recorded() if str(case.id).startswith(("r46/", "pixel/"))]


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


def test_quirk_34_the_status_of_an_answer_is_text_and_no_number() -> None:
    bodies = [case["expect"].get("reply") for case in of_r46()]
    said = {type(body["status"]) for body in bodies if isinstance(body, dict) and "status" in body}
    assert said == {str}


def test_quirk_38_what_is_refused_for_good_never_asks_for_a_repeat() -> None:
    refused = {case["expect"]["status"] for case in of_r46()} - {200}
    assert refused >= {400, 401, 403, 404, 406, 413, 422}
    assert [status for status in refused if not 400 <= status < 500 or status in (408, 429)] == []


def test_every_row_of_the_replay_table_that_is_a_call_has_a_case() -> None:
    told = " ".join(case["about"] + " " for case in of_r46())
    assert [row for row in range(3, 33) if f"§9 row {row} " not in told] == []
