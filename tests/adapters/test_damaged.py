"""A recorded request with something in it damaged never raises, and never harms its neighbours.

All endpoints' cases take part, whichever folder they come in.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import record
from collector.errors import Rejected
from collector.wire import Judged
from tests.adapters import damage
from tests.adapters.damage import BATCHES, DEEP, JUNK, RECORDED, Case, with_bytes
from tests.adapters.judging import examples, judge
from tests.adapters.wired import ENDPOINTS, SHOP_ID, OneShop, wire_request


@examples(1300)
@given(damage.one_value())
def test_a_damaged_value_is_judged_and_never_raises(case: Case) -> None:
    judge(case)


@examples(400)
@given(damage.one_key())
def test_a_damaged_key_is_judged_and_never_raises(case: Case) -> None:
    judge(case)


@examples(600)
@given(damage.one_pair())
def test_a_damaged_query_or_form_is_judged_and_never_raises(case: Case) -> None:
    judge(case)


@examples(500)
@given(damage.some_bytes())
def test_damaged_bytes_are_judged_and_never_raise(case: Case) -> None:
    judge(case)


@examples(250)
@given(st.data())
def test_neighbours_of_a_damaged_event_are_judged_as_before(data: st.DataObject) -> None:
    case = copy.deepcopy(data.draw(st.sampled_from(BATCHES)))
    events = case["request"]["body"]["events"]
    before = judge(case)
    hurt = data.draw(st.integers(0, len(events) - 1))
    events[hurt] = data.draw(JUNK.filter(lambda junk: junk is not DEEP))
    after = judge(case)
    if before is None or after is None:
        assert before is after
        return
    pairs = zip(before.judged[: len(events)], after.judged[: len(events)], strict=True)
    for index, (old, new) in enumerate(pairs):
        if index != hurt and "duplicate" not in (old.outcome, new.outcome):
            assert told(new) == told(old)


def told(judged: Judged) -> Any:
    """The verdict and the event, without fresh ids and without what is said about the whole body."""
    whole = ("utf8_replaced", "json_duplicate_key")
    codes = [code for code in judged.codes if code not in whole]
    event = record.canonical(judged.event) if judged.event else {}
    notes = [code for code in event.get("notes", ()) if code not in whole]
    if "order_id_generated" in notes:
        event = {**event, "order_key": "", "transaction_id": ""}
    return judged.outcome, codes, {**event, "event_id": "", "notes": notes}


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_nesting_of_any_depth_is_malformed_and_not_a_crash() -> None:
    case = {"request": {"method": "POST", "path": "/push"}}
    for body in (b"[" * 10_000 + b"]" * 10_000, nested(10_000), nested(300), nested(70), b"[" * 10_000):
        with pytest.raises(Rejected, match="json_malformed"):
            ENDPOINTS["/push"].decode(wire_request(with_bytes(case, body)["request"]), OneShop({}))


def test_a_value_of_a_megabyte_is_kept_whole() -> None:
    body = {"shop_id": SHOP_ID, "did": "AH5aEvmlqn", "event": "search", "search_query": "x" * 1_000_000}
    decoded = judge({"request": {"method": "POST", "path": "/push", "body": body}})
    assert decoded is not None
    assert decoded.judged[0].event is not None
    assert decoded.judged[0].event.search_term == "x" * 1_000_000


def test_every_kind_of_path_takes_part() -> None:
    paths = {case["request"]["path"] for case in RECORDED}
    assert paths >= {"/push", "/push/custom", "/profile/set", "/collect", "/init", "/pixel.gif"}
    assert len(RECORDED) > 500
