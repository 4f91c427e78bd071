"""Canonical → Retail Rocket → our own inbound adapter → canonical: equal up to the losses that were told."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.destinations.contract import Context, Deliverable, Request
from collector.destinations.losing import COLUMNS, ITEM_FIELDS, UNCODED
from collector.destinations.retailrocket import DESTINATION
from collector.destinations.retailrocket.envelopes import READERS
from collector.event import DecimalText, Event
from tests.destinations import arriving, promises
from tests.destinations.canonical_events import events, whole_ids, words
from tests.destinations.cases_runner import RECEIVED_AT, options_of

OPTIONS = {"partner_id": "p1", "expand_group_views": True}
KEYS = [{"vendor": "retailrocket", "public": {"partner_id": "p1"}, "secrets": {"api_key": promises.SECRET}}]
CODE_OF = {**COLUMNS, **dict.fromkeys((*UNCODED, "props"), "loss_props")}
FREE = ("items", "item_list_type", "currency")
"""Compared apart, told by the method's name, or filled in by our own collector."""


def arrived(request: Request) -> list[Event]:
    return arriving.arrived(request, {}, KEYS)


def visitor(device_id: str) -> str:
    """The documented rule, written again: plain ids stay, a UUID loses its dashes, others are hashed."""
    if re.fullmatch("[0-9A-Za-z]{1,50}", device_id, re.ASCII):
        return device_id
    if re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", device_id, re.ASCII):
        return device_id.replace("-", "")
    return hashlib.sha256(device_id.encode()).hexdigest()[:40]


def told(event: Event, back: Event) -> dict[str, Any]:
    """The columns as this protocol's words mean them, where nothing is lost (docs/destinations/retailrocket.md)."""
    columns = {name: getattr(event, name) for name in CODE_OF}
    columns["device_id"] = visitor(event.device_id or "")
    if back.item_list_type == "recommendation":
        for name in ("item_list_id", "recommended_code"):
            columns[name] = columns[name] or back.item_list_id
        columns["recommended_by"] = event.recommended_by or "recommendation"
        assert back.item_list_id in (event.item_list_id, event.recommended_code)
    if event.event in ("identify", "custom") and event.props:
        own = event.props.get("customData")
        columns["props"] = event.props if isinstance(own, dict) else {"customData": event.props}
    if back.custom_name == "emailClick":
        columns["recommended_by"] = event.recommended_by or "email"
    return columns


def compare(event: Event, back: Event, losses: tuple[str, ...]) -> None:
    assert back.ts == event.ts.replace(microsecond=0)
    assert back.ts_source == "client"
    for name, value in told(event, back).items():
        if name not in FREE and CODE_OF[name] not in losses:
            assert (getattr(back, name) or None) == (value or None), name


def compare_items(event: Event, backs: list[Event], losses: tuple[str, ...]) -> None:
    """Each product once, in order; an added one is one piece, and an order's equal lines are one."""
    back = [one for each in backs for one in each.items]
    ids = [one.item_id for one in back]
    sent = [one for one in event.items if one.item_id in ids]
    if "loss_items" not in losses:
        assert sent == list(event.items)
    if event.event in ("view_item_list", "search", "identify", "custom"):
        assert back == []
    elif event.event == "purchase":
        compare_order(event, backs, losses)
    elif event.event == "cart_update":
        assert ids == list(dict.fromkeys(one.item_id for one in sent))
    else:
        assert ids == [one.item_id for one in sent]
        for ours, theirs in zip(sent, back, strict=True):
            for name, code in ITEM_FIELDS.items():
                mine = getattr(ours, name)
                if name == "quantity" and event.event == "add_to_cart":
                    mine = mine or "1"
                if code not in losses and not (name == "index" and mine is None):
                    assert getattr(theirs, name) == mine, name


def compare_order(event: Event, backs: list[Event], losses: tuple[str, ...]) -> None:
    assert {one.order_key for one in backs} == {event.transaction_id}
    assert all(one.is_line for one in backs)
    back = [one for each in backs for one in each.items]
    counted: dict[tuple[str, str | None], Decimal] = {}
    for one in event.items:
        key = (
            one.item_id,
            None if "loss_location" in losses and len(one.location_id or "") > 50 else one.location_id,
        )
        counted[key] = counted.get(key, Decimal(0)) + Decimal(one.quantity or 1)
    assert {(one.item_id, one.location_id): Decimal(one.quantity or 0) for one in back} == counted
    if "loss_price" not in losses:
        prices = {(one.item_id, one.price) for one in event.items}
        assert {(one.item_id, one.price) for one in back} == prices


number = whole_ids.filter(lambda text: text == str(int(text)))


@st.composite
def sayable(draw: st.DrawFn, name: str) -> Event:
    """An event of a kind that the vendor has; mostly with numbers as ids, as the vendor wants them."""
    event = draw(events([name]))
    if event.event == "custom":
        event = replace(event, custom_name=draw(st.sampled_from(["emailClick", "welcomeSequence"])))
    if draw(st.integers(0, 3)):
        items = tuple(
            replace(one, item_id=draw(number), item_group_id="77", price=one.price or DecimalText("9.5"))
            for one in event.items
        )
        event = replace(event, items=items, user_id=draw(st.one_of(st.none(), words)))
    return event


@pytest.mark.parametrize("name", sorted(READERS))
def test_an_event_comes_back_equal_up_to_the_losses_that_were_told(name: str) -> None:
    options = options_of(DESTINATION, OPTIONS)
    trips = 0

    @settings(max_examples=80, derandomize=True, database=None, deadline=None)
    @given(sayable(name))
    def trip(event: Event) -> None:
        nonlocal trips
        made = DESTINATION.map(event, Context(options=options, received_at=RECEIVED_AT, before=()))
        if isinstance(made, Deliverable):
            trips += 1
            (request,) = promises.requests(DESTINATION, [made], OPTIONS)
            backs = arrived(request)
            meant = "add_to_cart" if event.event == "cart_update" else event.event
            assert {one.event for one in backs} == {meant}
            for back in backs:
                compare(event, back, made.losses)
            compare_items(event, backs, made.losses)

    trip()
    assert trips >= 5


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.one_of(events(), events(anything=True), sayable("purchase")))
def test_any_event_at_all_is_said_or_has_a_known_reason(event: Event) -> None:
    made = promises.mapped(DESTINATION, event, OPTIONS)
    if isinstance(made, Deliverable):
        (request,) = promises.requests(DESTINATION, [made], OPTIONS)
        assert {one.device_id for one in arrived(request)} == {visitor(event.device_id or "")}
