"""A recorded request with one value replaced by junk never raises, and never harms its neighbours."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from collector import reasons, record
from collector.errors import Rejected
from collector.verdict import verdict_header
from collector.wire import Decoded, Endpoint, Judged
from tests.adapters.wired import CASES, ENDPOINTS, SHOP_ID, OneShop, stored, wire_request

RECORDED = [
    case
    for path in sorted(CASES.glob("*/*.json"))
    for case in json.loads(path.read_text())
    if "body" in case["request"] and isinstance(case["request"]["body"], dict)
]
BATCHES = [case for case in RECORDED if len(case["expect"].get("events", ())) > 1]
ASKED = [
    case
    for path in sorted(CASES.glob("*/*.json"))
    for case in json.loads(path.read_text())
    if case["request"].get("query")
]
DEEP: Any = "deep"
for _ in range(70):
    DEEP = [DEEP]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**18, max_value=10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            " ",
            "null",
            "undefined",
            "\x00",
            "\ud800",
            "\r\nSet-Cookie: a=b",
            "<script>",
            "=1+1",
            "1e400",
            "-0",
            "1,5",
            "²",
            "9" * 5000,
            "[1",
            '{"id":1}',
            '[{"id":[]}]',
            '{"from":1e5,"code":{}}',
            [],
            {},
            [[]],
            [None],
            {"": None},
            {"id": {"id": []}},
            [{"id": 1.5, "amount": 1e300, "price": 1e-300}],
            ["track", {"a": 1}, 5],
            ["track", "view", {"id": [1.5], "custom": 2.5}],
            ["profile", "set", {"kids": "[1.5"}],
            {"shop_secret": "hush", "\u2028": [1.5]},
            DEEP,
        ]
    ),
)
HEADERS = st.sampled_from([{}, {"sec-gpc": "1"}, {"user-agent": "bot", "origin": "null"}])


@st.composite
def damaged(draw: st.DrawFn, cases: list[dict[str, Any]] = RECORDED) -> dict[str, Any]:
    """A recorded case whose body has one value, anywhere, replaced by junk."""
    case: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(cases)))
    node: Any = case["request"]
    key: Any = "body"
    while isinstance(node[key], dict | list) and node[key] and (key == "body" or draw(st.booleans())):
        node = node[key]
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
    if key != "shop_id":
        node[key] = draw(JUNK)
    case["request"]["headers"] = draw(HEADERS)
    return case


def refuse(endpoint: Endpoint, refusal: Rejected) -> None:
    """A whole refusal is the sender's fault, has an answer, and is explained."""
    assert 400 <= refusal.status < 500
    assert reasons.explain(refusal.code).mend
    assert endpoint.refuse(refusal.code, refusal.status, refusal.detail).status < 500


def judge(case: dict[str, Any]) -> Decoded | None:
    """The request all the way to a record and an answer; every code explained, the header one line."""
    request = wire_request(case["request"])
    endpoint = ENDPOINTS[request.path]
    try:
        decoded = endpoint.decode(request, OneShop(case.get("shop", {})))
    except Rejected as refusal:
        refuse(endpoint, refusal)
        return None
    line = record.encode(stored(decoded, request))
    assert record.decode(line) is not None
    assert endpoint.answer(decoded).status < 500
    header = verdict_header(decoded.judged)
    assert header.isascii()
    assert header.isprintable()
    for one in decoded.judged:
        for code in one.codes:
            reasons.explain(code)
    return decoded


@seed(46)
@settings(max_examples=400, deadline=None, derandomize=True)
@given(damaged())
def test_a_damaged_request_is_judged_and_never_raises(case: dict[str, Any]) -> None:
    decoded = judge(case)
    assert decoded is None or b"hush" not in record.encode(stored(decoded, wire_request(case["request"])))


@seed(46)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_neighbours_of_a_damaged_event_are_judged_as_before(data: st.DataObject) -> None:
    case = copy.deepcopy(data.draw(st.sampled_from(BATCHES)))
    events = case["request"]["body"]["events"]
    before = judge(case)
    hurt = data.draw(st.integers(0, len(events) - 1))
    events[hurt] = data.draw(JUNK.filter(lambda junk: junk is not DEEP))
    after = judge(case)
    assert before is not None
    assert after is not None
    pairs = zip(before.judged, after.judged, strict=True)
    for index, (old, new) in enumerate(pairs):
        if index != hurt and "duplicate" not in (old.outcome, new.outcome):
            assert told(new) == told(old)


def told(judged: Judged) -> Any:
    """The verdict and the event, without fresh ids and without what is said about the whole body."""
    codes = [code for code in judged.codes if code not in ("utf8_replaced", "json_duplicate_key")]
    event = record.canonical(judged.event) if judged.event else {}
    return judged.outcome, codes, {**event, "event_id": "", "notes": ()}


@seed(46)
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(ASKED), st.text(alphabet='&=%[]+;,\x00é{}"01azid_', max_size=12), st.integers(0, 400))
def test_a_damaged_query_is_judged_and_never_raises(case: dict[str, Any], junk: str, place: int) -> None:
    case = copy.deepcopy(case)
    query = case["request"]["query"]
    case["request"]["query"] = query[:place] + junk.encode().decode("latin-1") + query[place:]
    judge(case)


@seed(46)
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(RECORDED), st.binary(max_size=6), st.floats(0, 1))
def test_damaged_bytes_are_judged_and_never_raise(case: dict[str, Any], junk: bytes, place: float) -> None:
    whole = wire_request(case["request"]).body
    cut = int(len(whole) * place)
    for body in (whole[:cut] + junk + whole[cut:], whole[:cut], whole[:cut] + b"\xff" + whole[cut + 1 :]):
        judge({**case, "request": with_bytes(case["request"], body)})


def with_bytes(request: dict[str, Any], body: bytes) -> dict[str, Any]:
    kept = {name: value for name, value in request.items() if name not in ("body", "text")}
    return {**kept, "base64": base64.b64encode(body).decode()}


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_nesting_of_any_depth_is_malformed_and_not_a_crash() -> None:
    request = {"method": "POST", "path": "/push"}
    for body in (b"[" * 10_000 + b"]" * 10_000, nested(10_000), nested(300), nested(70), b"[" * 10_000):
        with pytest.raises(Rejected, match="json_malformed"):
            ENDPOINTS["/push"].decode(wire_request(with_bytes(request, body)), OneShop({}))


def test_a_value_of_a_megabyte_is_kept_whole() -> None:
    body = {"shop_id": SHOP_ID, "did": "AH5aEvmlqn", "event": "search", "search_query": "x" * 1_000_000}
    decoded = judge({"request": {"method": "POST", "path": "/push", "body": body}})
    assert decoded is not None
    assert decoded.judged[0].event is not None
    assert decoded.judged[0].event.search_term == "x" * 1_000_000
