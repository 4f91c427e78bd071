"""What a recommendation block's link credits on the page it leads to, and what it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.script.visit import INIT, LATER, Visit

pytestmark = pytest.mark.browser

BLOCK = "?recommended_by=dynamic&recommended_code=blk9"
CREDIT = ("dynamic", "blk9")

Case = list[tuple[list[Any], tuple[str, str] | None]]

CASES: dict[str, Case] = {
    "the first view": [
        (["track", "view", 37], CREDIT),
        (["track", "view", 38], None),
        (["track", "view", 37], None),
    ],
    "cart and wish of the product viewed": [
        (["track", "view", {"id": 37}], CREDIT),
        (["track", "cart", "37"], CREDIT),
        (["track", "wish", {"id": "37"}], CREDIT),
    ],
    "not of another product": [
        (["track", "view", 37], CREDIT),
        (["track", "cart", {"id": 12, "amount": 1}], None),
        (["track", "wish", 12], None),
        (["track", "cart", 37], CREDIT),
    ],
    "any product where nothing was viewed": [
        (["track", "cart", 12], CREDIT),
        (["track", "wish", {"id": 13}], CREDIT),
        (["track", "view", 37], CREDIT),
        (["track", "cart", 12], None),
    ],
    "never the rest": [
        (["track", "cart", [{"id": 37, "amount": 1}]], None),
        (["track", "wish", [37]], None),
        (["track", "remove_from_cart", 37], None),
        (["track", "remove_wish", 37], None),
        (["track", "category", 5], None),
        (["track", "search", "37"], None),
        (["track", "size_guide", {"id": 37}], None),
        (["track", "purchase", {"products": [{"id": 37}]}], None),
        (["profile", "set", {"id": 37}], None),
    ],
}


def credits_of(visit: Visit, query: str, calls: list[Any]) -> list[tuple[str | None, str | None]]:
    """(by, code) of each of the calls on a page of that query; the page's own events are None."""
    visit.open(INIT + ";".join(f"r46(...{json.dumps(call)})" for call in calls), query=query)
    events = visit.stored(2 + len(calls))
    assert [event["call"] for event in events][2:] == calls
    pairs = [(event.get("by"), event.get("code")) for event in events]
    assert pairs[:2] == [(None, None)] * 2
    return pairs[2:]


@pytest.mark.parametrize("name", CASES)
def test_a_blocks_link_credits(visit: Visit, name: str) -> None:
    calls = [call for call, _ in CASES[name]]
    assert credits_of(visit, BLOCK, calls) == [credit or (None, None) for _, credit in CASES[name]]


@pytest.mark.parametrize(
    ("query", "pair"),
    [
        ("?recommended_by=full_search&recommended_code=red%20%26+blue", ("full_search", "red & blue")),
        ("?recommended_by=similar", ("similar", None)),
        ("?a=1&recommended_by=stories&recommended_code=s%C3%A9", ("stories", "sé")),
        ("?recommended_by=discover&recommended_code=x", ("discover", "x")),
        ("?recommended_by=", (None, None)),
        ("?recommended_code=x", (None, None)),
        ("", (None, None)),
        ("?%zz=%&recommended_by=dynamic&recommended_code=%zz", ("dynamic", "%zz")),
    ],
)
def test_attribution_in_a_url_is_sent_as_it_was_found(
    visit: Visit, query: str, pair: tuple[str | None, str | None]
) -> None:
    assert credits_of(visit, query, [["track", "view", 37]]) == [pair]


def test_the_next_page_owes_nothing_to_the_block(visit: Visit) -> None:
    visit.open(INIT + "r46('track','view',37)", query=BLOCK)
    visit.stored(3)
    visit.open(INIT + "r46('track','view',38)", path="/2")
    last = visit.stored(5)[3:]
    assert [(event["call"], event.get("by")) for event in last] == [
        (LATER[0], None),
        (["track", "view", 38], None),
    ]
