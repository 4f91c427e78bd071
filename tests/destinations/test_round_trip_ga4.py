"""Whatever is told to Google Analytics keeps the protocol's documented limits, and nothing goes unsaid.

There is no way back: the vendor answers nothing and our collector has no adapter of it. So a checker of the
limits reads the requests, and another reader looks for every value of the event in them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector import reasons
from collector.destinations.contract import Command, Deliverable, Request, Undeliverable
from collector.destinations.ga4 import DESTINATION
from collector.destinations.losing import COLUMNS, ITEM_FIELDS
from collector.event import Event, Item
from tests.adapters.judging import examples
from tests.adapters.wired import RECEIVED_AT
from tests.destinations.canonical_events import events, items
from tests.destinations.cases_runner import context_of, options_of
from tests.destinations.ga4_rules import complaints

SECRETS = {"api_secret": "hidden-7"}
CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "client_ids": st.sampled_from(["any", "any", "gtag"]),
    "client_id_from": st.sampled_from(["", "", "", "card"]),
    "send_user_id": st.booleans(),
    "value_from": st.sampled_from(["sent", "lines"]),
    "ad_user_data": st.sampled_from(["", "GRANTED", "DENIED"]),
    "engagement_msec": st.integers(0, 1000),
    "user_properties": st.just(("a", "tier")),
    "names": st.sampled_from([{}, {"quiz_done": "purchase", "page_view": "my page"}, {"identify": "login"}]),
}
choices = st.fixed_dictionaries({}, optional=CHOICES)
ANY = st.one_of(
    events(),
    events(anything=True),
    events(["custom"]).map(lambda event: replace(event, custom_name="quiz_done")),
).map(lambda event: replace(event, device_id=event.device_id or "12.34"))
KNOWN = {code for code in reasons.REASONS if code.startswith(("u_", "loss_"))}
carts = st.one_of(st.none(), items(most=2))
long_texts = st.sampled_from(
    ["x" * 101, "я" * 100, "x" * 420, "x" * 1001, "ann@example.org", "to%40b.example.org"]
)


def body_of(commands: Sequence[Command], options: dict[str, Any]) -> bytes:
    request = DESTINATION.pack(commands, options, SECRETS)
    assert isinstance(request, Request)
    return request.body


@given(ANY, choices, carts, carts, st.sampled_from(["", "EUR"]), long_texts)
@examples(300)
def test_a_request_keeps_every_documented_limit(
    event: Event,
    given_options: dict[str, Any],
    cart: tuple[Item, ...] | None,
    before: tuple[Item, ...] | None,
    currency: str,
    long_text: str,
) -> None:
    options = options_of(DESTINATION, {"measurement_id": "G-7", **given_options})
    fields = {"page_url": long_text, "coupon": long_text, "props": {**event.props, "tier": long_text}}
    context = context_of({"currency": currency}, options)
    for one in (event, replace(event, **fields)):
        made = DESTINATION.map(one, dataclasses.replace(context, cart=cart, before=before))
        if isinstance(made, Undeliverable):
            assert made.code.partition(":")[0] in KNOWN
            continue
        assert made.commands
        assert set(made.losses) <= KNOWN
        assert len(set(made.losses)) == len(made.losses)
        body = body_of(made.commands, options)
        assert complaints(body, RECEIVED_AT, gtag_ids=options["client_ids"] == "gtag") == []


OPTIONS = options_of(DESTINATION, {"measurement_id": "G-7"})
UNSAID = {"device_id", "user_id", "email", "phone", "alias", "ids", "items"}


@given(ANY)
@examples(300)
def test_what_is_not_in_the_request_is_told_as_lost(event: Event) -> None:
    made = DESTINATION.map(event, context_of({"currency": "EUR"}, OPTIONS))
    if not isinstance(made, Deliverable) or event.event in ("cart_update", "identify"):
        return
    told = json.loads(body_of(made.commands, OPTIONS), parse_float=Decimal)
    (params,) = (one["params"] for one in told["events"])
    for column, code in COLUMNS.items():
        value = getattr(event, column)
        if column not in UNSAID and value not in (None, ""):
            assert code in made.losses or _stands(value, params), column
    for name, value in event.props.items():
        if value != "":
            assert "loss_props" in made.losses or _stands(value, params), name
    has_more = bool(event.email or event.phone or event.alias or event.ids)
    assert has_more <= ("loss_identity" in made.losses)
    assert told["client_id"] == event.device_id
    for item, line in zip(event.items, params.get("items", []), strict=True):
        assert line["item_id"] == item.item_id
        for column, code in ITEM_FIELDS.items():
            value = getattr(item, column)
            if column not in ("props", "item_category") and value is not None:
                assert code in made.losses or _stands(value, line), column
        said = [value for value in item.item_category if _stands(value, line)]
        assert "loss_items" in made.losses or said == list(item.item_category)


def _stands(value: Any, held: dict[str, Any]) -> bool:
    """Whether the value is said: a number by its value, yes and no as text."""
    if isinstance(value, bool):
        return str(value).lower() in held.values()
    if any(found == value for found in held.values()):
        return True
    numbers = [found for found in held.values() if isinstance(found, int | Decimal)]
    return str(value) in {str(found) for found in numbers} or any(
        found == _number(value) for found in numbers
    )


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


FINE: dict[str, Any] = {"client_id": "1.1", "events": [{"name": "quiz", "params": {}}]}


def one_event(event: str = "quiz", **params: Any) -> dict[str, Any]:
    return {"client_id": "1.1", "events": [{"name": event, "params": params}]}


@pytest.mark.parametrize(
    "body",
    [
        {"events": FINE["events"]},
        {**FINE, "events": FINE["events"] * 26},
        {**FINE, "events": []},
        {**FINE, "user_id": "x" * 257},
        {**FINE, "more": 1},
        {**FINE, "consent": {"ad_user_data": "granted"}},
        {**FINE, "user_properties": {"x" * 25: {"value": "a"}}},
        {**FINE, "user_properties": {"tier": {"value": "x" * 37}}},
        {**FINE, "user_properties": {"user_id": {"value": "a"}}},
        one_event("session_start"),
        one_event("9lives"),
        one_event("with space"),
        one_event("x" * 41),
        one_event("ga_event"),
        one_event("view_item"),
        one_event("refund"),
        one_event("search"),
        one_event("purchase", transaction_id="1", items=[{"item_id": "1"}]),
        one_event(value=1),
        one_event(value="1", currency="EUR"),
        one_event(items=[{"item_id": "1"}] * 201),
        one_event(items=[{"price": 1}], currency="EUR"),
        one_event(items=[{"item_id": "1", **{f"a{one}": 1 for one in range(11)}}]),
        one_event(items=[{"item_id": "x" * 101}]),
        one_event("quiz", **{f"a{one}": 1 for one in range(26)}),
        one_event(_a=1),
        one_event(google_a=1),
        one_event(a=True),
        one_event(a=[1]),
        one_event(a="x" * 101),
        one_event(page_title="x" * 301),
        one_event(a="write to ann@example.org"),
        one_event(session_id="s-1"),
        one_event(engagement_time_msec=-1),
        one_event(timestamp_micros=1),
        one_event(note="x", filler="x" * 140_000),
    ],
    ids=lambda body: json.dumps(body)[:70],
)
def test_the_checker_finds_what_the_protocol_forbids(body: dict[str, Any]) -> None:
    assert complaints(json.dumps(FINE).encode(), RECEIVED_AT) == []
    assert complaints(json.dumps(body).encode(), RECEIVED_AT)
