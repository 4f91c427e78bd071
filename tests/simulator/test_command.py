"""`r46 simulate`: the same bytes for the same options, with the truth beside them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from collector.cli import r46
from collector.errors import OperatorError
from collector.record import decode
from collector.simulator import identities
from tests.simulator.made import made

UNTIL = ("--until", "2026-03-30T13:30+02:00")
SHORT = ("--days", "2", "--visitors", "60", "--seed", "9", *UNTIL)


def simulate(*options: str) -> str:
    done = CliRunner().invoke(r46, ["simulate", *options], catch_exceptions=False, obj={})
    assert done.exit_code == 0, done.output
    return done.output


def written(folder: Path, *options: str) -> tuple[bytes, dict[str, Any]]:
    out, truth = folder / "records", folder / "truth"
    simulate("--out", str(out), "--truth", str(truth), *SHORT, *options)
    return out.read_bytes(), json.loads(truth.read_bytes())


def test_the_same_options_write_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = (written(tmp_path, "--seed", seed) for seed in ("9", "9", "10"))
    assert first == again
    assert first[0] != other[0]


def test_every_line_is_a_record_and_the_truth_counts_them(tmp_path: Path) -> None:
    records, truth = written(tmp_path, "--duplicates", "0.2")
    read = [decode(line) for line in records.splitlines(keepends=True)]
    assert len(read) == truth["counts"]["requests"]
    distinct = {event.event_id: event.event for one in read for event in one.events}
    assert len(distinct) == truth["counts"]["events"] + sum(truth["robots"]["events"].values())
    assert truth["counts"]["duplicates"] > 0
    assert truth["scenario"]["duplicates"] == 0.2


def test_shares_of_currencies_and_uplift_are_those_that_were_typed(tmp_path: Path) -> None:
    _, truth = written(tmp_path, "--currencies", "PLN=0.5", "--currencies", "GBP=0.25", "--uplift", "none")
    assert truth["scenario"]["currencies"] == {"PLN": 0.5, "GBP": 0.25}
    assert truth["scenario"]["uplift"] == {}
    assert truth["uplift"]["lift"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ("--currencies", "euro=0.1"),
        ("--currencies", "CHF"),
        ("--uplift", "nowhere=0.1"),
        ("--uplift", "all=-1"),
        ("--cancelled", "0.7", "--returned", "0.7"),
        ("--until", "2026-03-30"),
        ("--until", "tomorrow"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    with pytest.raises(OperatorError):
        simulate("--out", str(tmp_path / "records"), *SHORT, *wrong)


def test_a_data_folder_takes_one_history(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    said = simulate(*data, *SHORT)
    assert said.endswith("events, 2 days, seed 9\n")
    with pytest.raises(OperatorError, match="holds a history already"):
        simulate(*data, *SHORT)


def test_the_truth_as_json_says_what_the_truth_says() -> None:
    from collector.simulator import facts
    from tests.simulator.made import SCENARIO

    truth = made().truth
    told = json.loads(facts.encode(truth, SCENARIO))
    assert told["money"]["booked"] == {code: str(amount) for code, amount in truth.booked().items()}
    visitors = {session["session_id"]: session["visitor"] for session in told["sessions"]}
    assert visitors == identities.visitors_of_sessions(truth)
    assert len(told["orders"]) == len(truth.orders)
    earned = sum(Decimal(row["revenue"]) for row in told["direct"] if row["currency"] == "EUR")
    assert earned == truth.revenue
    assert told["counts"]["visitors"] == len(identities.visitors(truth))
