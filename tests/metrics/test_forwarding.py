"""Figures of destinations: what the ledgers say, and how requests were answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.control import Control
from collector.control.destinations import Stored
from collector.forwarder.figures import BOUNDS, Figures
from collector.forwarder.reading import Reading
from collector.metrics import cumulated
from collector.metrics.forwarding import CONDITIONS, Forwarding
from collector.wire import Shop
from tests.dashboard import ledgers
from tests.metrics.reading import figures, labels

NOW = ledgers.NOW.timestamp()


def _stored(destination_id: str = "d1", *, paused: bool = False) -> Stored:
    return Stored(
        destination_id=destination_id,
        shop_id="kettles",
        kind="webhook",
        name="Its name may be anything\n{}",
        options={},
        secrets=(),
        paused=paused,
        created_at=0,
        start_at=0,
        revision=1,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Reading:
    file = tmp_path / "d1.sqlite"
    ledgers.write(file, ledgers.USUAL[ledgers.RUNNING])
    return Reading(file)


def test_what_a_ledger_says_is_told_with_names_of_ours_alone(ledger: Reading) -> None:
    found = figures([Forwarding(lambda: [_stored()], lambda _: ledger, Figures(), lambda: NOW)])
    mine = {"destination": "d1", "shop": "kettles", "kind": "webhook"}
    assert found["r46_destination_events"] == {
        labels(**mine, state="delivered"): 1204 + 1310 + 1422 + 640,
        labels(**mine, state="delivered_with_loss"): 3 + 5 + 12,
        labels(**mine, state="undeliverable"): 2,
        labels(**mine, state="failed"): 1,
        labels(**mine, state="expired"): 1,
        labels(**mine, state="skipped"): 307,
    }
    assert found["r46_destination_condition"] == {
        labels(**mine, condition=name): float(name == "running") for name in CONDITIONS
    }
    assert found["r46_destination_waiting"] == {labels(**mine): 4}
    assert found["r46_destination_oldest_waiting_seconds"] == {labels(**mine): 4 * 60}
    assert found["r46_destination_readable"] == {labels(**mine): 1}


def test_what_a_person_paused_is_paused(ledger: Reading) -> None:
    found = figures([Forwarding(lambda: [_stored(paused=True)], lambda _: ledger, Figures(), lambda: NOW)])
    conditions = found["r46_destination_condition"]
    assert [dict(name)["condition"] for name, value in conditions.items() if value] == ["paused"]


def test_a_ledger_that_cannot_be_read_takes_no_other_figure_along(tmp_path: Path, ledger: Reading) -> None:
    (tmp_path / "d2.sqlite").write_bytes(b"no data base at all" * 100)
    readings = {"d1": ledger, "d2": Reading(tmp_path / "d2.sqlite")}
    source = Forwarding(lambda: [_stored("d1"), _stored("d2")], readings.__getitem__, Figures(), lambda: NOW)
    found = figures([source])
    assert {
        dict(name)["destination"]: value for name, value in found["r46_destination_readable"].items()
    } == {
        "d1": 1,
        "d2": 0,
    }
    assert len(found["r46_destination_waiting"]) == 1


def test_requests_are_told_by_answer_and_duration_and_forgotten_with_their_destination(
    tmp_path: Path,
) -> None:
    numbers = Figures()
    numbers.request("d1", "2xx", 0.04)
    numbers.request("d1", "2xx", 45.0)
    numbers.request("d1", "timeout", 10.0)
    numbers.request("gone", "2xx", 1.0)
    source = Forwarding(lambda: [_stored()], lambda _: Reading(tmp_path / "none"), numbers, lambda: NOW)
    found = figures([source])
    mine = {"destination": "d1", "shop": "kettles", "kind": "webhook"}
    assert found["r46_destination_request_seconds_count"] == {
        labels(**mine, answered="2xx"): 2,
        labels(**mine, answered="timeout"): 1,
    }
    buckets = found["r46_destination_request_seconds_bucket"]
    assert [buckets[labels(**mine, answered="2xx", le=le)] for le in ("0.05", "30.0", "+Inf")] == [1, 1, 2]
    assert found["r46_destination_request_seconds_sum"][labels(**mine, answered="2xx")] == 45.04


def test_a_destination_of_the_control_data_is_one_of_the_page(tmp_path: Path) -> None:
    control = Control(tmp_path / "control.sqlite")
    control.add(Shop(shop_id="kettles"))
    readings = ledgers.sent_on(control)
    found = figures([Forwarding(control.destinations.all, readings, Figures(), lambda: NOW)])
    known = {one.destination_id: one.kind for one in control.destinations.all()}
    control.close()
    told = {dict(name)["destination"]: dict(name)["kind"] for name in found["r46_destination_waiting"]}
    assert told == known
    assert sorted(told.values()) == ["r46", "yespo"]


@given(st.lists(st.floats(0, 100), max_size=50))
def test_every_request_stands_in_exactly_one_bucket(durations: list[float]) -> None:
    numbers = Figures()
    for seconds in durations:
        numbers.request("d1", "2xx", seconds)
    for figure in numbers.read().values():
        told = cumulated(BOUNDS, figure.buckets)
        assert [value for _, value in told] == [
            *(float(sum(seconds <= bound for seconds in durations)) for bound in BOUNDS),
            float(len(durations)),
        ]
