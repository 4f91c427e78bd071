"""The quick lane of /collect gives what the general path gives, or stands aside."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from collector import record
from collector.adapters.r46 import collect, quick
from collector.wire import Judged
from tests.adapters.wired import ENDPOINTS, SHOP_ID, OneShop, wire_request

SCALARS = st.one_of(
    st.integers(-5, 2000),
    st.sampled_from([True, None, "", " ", "12", "a1", "null", "A\\b", "é7", "1.50", 1.5, "12,5", -1, 10**20]),
)
DATA = st.one_of(
    SCALARS,
    st.dictionaries(
        st.sampled_from(
            [
                "id",
                "price",
                "stock",
                "amount",
                "recommended_by",
                "recommended_code",
                "name",
                "quantity",
                "foo",
            ]
        ),
        st.one_of(SCALARS, st.booleans(), st.sampled_from(["dynamic", "listing", "bulk", "blk9"])),
        max_size=5,
    ),
    st.builds(
        lambda id, price: {"id": id, "price": price}, st.integers(1, 99), st.sampled_from(["9.90", 5, 1.25])
    ),
    st.builds(
        lambda id, code: {"id": id, "amount": 2, "recommended_by": "dynamic", "recommended_code": code},
        st.integers(1, 99),
        st.sampled_from(["c1", "c-1"]),
    ),
)
NAMES = st.sampled_from(["view", "cart", "wish", "category", "search", "page_view", "purchase", "quiz"])
CALLS = st.one_of(
    st.builds(lambda name, data: ["track", name, data], NAMES, DATA),
    st.builds(lambda name: ["track", name], NAMES),
)
EXTRAS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"by": "dynamic", "code": "blk9"},
    {"by": "listing", "code": None},
    {"by": "bulk", "code": "m1"},
    {"by": "nobody", "code": "x"},
    {"by": "dynamic"},
    {"by": "dynamic", "did": "Zz5aEvmlqn"},
    {"sid": "other12345"},
    {"page": "https://shop.example/other", "ref": ""},
    {"gpc": 1},
    {"notes": ["field_format:data"]},
    {"notes": ["init_duplicate"], "code": None},
    {"src": None},
    {"page": "https://shop.example/?r46_search_query=red"},
]
ENTRIES = st.builds(
    lambda eid, age, call, extra: {"eid": f"Ev{eid:018d}", "t": 1795251747069 - age, "call": call, **extra},
    st.integers(0, 9),
    st.sampled_from([0, 1, 700, 604_800_000, 604_800_001, -1]),
    CALLS,
    st.sampled_from(EXTRAS),
)
ENVELOPES: list[dict[str, Any]] = [
    {},
    {},
    {"shop_id": SHOP_ID},
    {"did": None},
    {"sid": None},
    {"did": "external-did", "segment": "C"},
    {"title": "T", "ref": "https://r.example/", "pv": "p1", "stream": "app"},
    {"src": {"from": "bulk", "code": "m1", "at": 5}},
    {"utm": {"utm_source": "x"}},
    {"wd": 1},
    {"st": 0},
    {"sent": None},
    {"gpc": 1},
    {"lost": 4},
    {"ssid": "legacy", "segment": "B"},
    {"notes": ["init_duplicate"]},
    {"page": "https://shop.example/s?r46_search_query=red+shoes&r46_merger=QUBiLmM"},
    {"consent": 0},
]


SETTINGS: list[dict[str, Any]] = [
    {},
    {},
    {"strict": True},
    {"currency": "USD"},
    {"gpc": "deny"},
    {"url_identity": True},
    {"known_tools": ["nobody"]},
    {"pageviews": False},
    {"consent_off": "anonymous"},
]


def told(judged: Judged) -> Any:
    """Everything about a verdict but ids that are made anew each time."""
    event = record.canonical(judged.event) if judged.event else None
    if event and event["event_id"][14] == "7":
        event["event_id"] = ""
    return judged.outcome, judged.codes, judged.pointer, judged.status, judged.eid, judged.name, event


def judged(body: dict[str, Any], settings: dict[str, Any]) -> list[Any]:
    request = wire_request({"method": "POST", "path": "/collect", "body": body})
    return [told(one) for one in ENDPOINTS["/collect"].decode(request, OneShop(settings)).judged]


@seed(46)
@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(ENTRIES, min_size=3, max_size=8),
    st.sampled_from(ENVELOPES),
    st.sampled_from(SETTINGS),
)
def test_quick_and_general_path_agree(
    entries: list[dict[str, Any]], envelope: dict[str, Any], shop: dict[str, Any]
) -> None:
    both_agree(entries, envelope, shop)


CONTEXTS: list[dict[str, Any]] = [
    {
        "page": "https://shop.example/own",
        "title": "T",
        "ref": "",
        "pv": "p1",
        "did": "Zz5aEvmlqn",
        "sid": "s2",
    },
    {"page": None, "utm": None, "src": None, "did": None},
    {"src": {"from": "bulk", "code": "m1", "at": 5}, "utm": {"utm_source": ["x"]}},
    {"gpc": 1},
    {"wd": True, "st": 0},
    {"stream": "app", "segment": "C", "tz": {}},
]


@seed(46)
@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(ENTRIES, min_size=3, max_size=6),
    st.sampled_from(CONTEXTS),
    st.sampled_from(ENVELOPES),
    st.sampled_from(SETTINGS),
)
def test_what_each_event_says_alike_is_as_if_the_envelope_said_it(
    entries: list[dict[str, Any]], context: dict[str, Any], envelope: dict[str, Any], shop: dict[str, Any]
) -> None:
    both_agree([{**entry, **context} for entry in entries], envelope, shop)


def both_agree(entries: list[dict[str, Any]], envelope: dict[str, Any], shop: dict[str, Any]) -> None:
    body: dict[str, Any] = {"shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", "segment": "A"}
    body |= {"sent": 1795251747069, "page": "https://shop.example/p?a=1", **envelope, "events": entries}
    body = {name: value for name, value in body.items() if value is not None}
    with pytest.MonkeyPatch.context() as patch:
        quickly = judged(copy.deepcopy(body), shop)
        patch.setattr(collect, "QUICK_FROM", 10**9)
        assert quickly == judged(body, shop)


@pytest.mark.parametrize("shop", SETTINGS, ids=str)
def test_both_agree_on_common_calls_under_every_envelope(shop: dict[str, Any]) -> None:
    own = {"id": 37, "recommended_by": "dynamic", "recommended_code": "blk9"}
    calls = [["view", 37], ["view", own], ["cart", 5], ["search", "red"], ["page_view"]]
    entries = [
        {"eid": f"Ev{index:018d}", "t": 1795251747000, "call": ["track", *call], **extra}
        for index, (call, extra) in enumerate(itertools.product(calls, EXTRAS))
    ]
    for envelope in ENVELOPES:
        both_agree(entries, envelope, shop)


def test_the_common_calls_do_take_the_quick_lane() -> None:
    calls = [
        ["track", "view", {"id": 37, "stock": True, "price": "99.9"}],
        ["track", "view", "a1"],
        ["track", "cart", {"id": 37, "amount": 2}],
        ["track", "cart", 5],
        ["track", "wish", 5],
        ["track", "category", "100500"],
        ["track", "search", "red shoes"],
        ["track", "page_view"],
    ]
    entries = [
        {"eid": f"Ev{index:018d}", "t": 1795251747000, "call": call} for index, call in enumerate(calls)
    ]
    entries.append({**entries[0], "eid": "Ev000000000000000009", "by": "dynamic", "code": "blk9"})
    assert taken_quickly(entries) == [True] * len(entries)
    page = {"did": "AH5aEvmlqn", "page": "https://shop.example/p", "title": "T", "ref": "", "pv": "p1"}
    assert taken_quickly([{**entry, **page} for entry in entries]) == [True] * len(entries)


def taken_quickly(entries: list[dict[str, Any]]) -> list[bool]:
    """Whether the quick lane judged each entry itself."""
    body = {
        "shop_id": SHOP_ID,
        "did": "AH5aEvmlqn",
        "sid": "cIxzHQJbUo",
        "sent": 1795251747069,
        "events": entries,
    }
    decided: list[bool] = []
    judge = quick.judge
    with pytest.MonkeyPatch.context() as patch:

        def watched(lane: quick.Lane, index: int, entry: dict[str, Any]) -> Judged | None:
            verdict = judge(lane, index, entry)
            decided.append(verdict is not None)
            return verdict

        patch.setattr(quick, "judge", watched)
        judged(body, {})
    return decided
