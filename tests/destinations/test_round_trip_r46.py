"""Canonical → REES46 → our own inbound adapter → canonical: equal up to exactly the losses that were told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from collector.destinations.contract import Deliverable, Request
from collector.destinations.losing import COLUMNS, ITEM_FIELDS, UNCODED
from collector.destinations.r46 import DESTINATION, NEVER
from collector.destinations.r46.custom import AMOUNTS, TEXTS
from collector.destinations.r46.envelope import IDS, MEANT, NOTHING
from collector.event import Event, Item, decimal_text
from tests.adapters.wired import SHOP_ID
from tests.destinations import arriving, promises
from tests.destinations.canonical_events import NAMES, events

OPTIONS = {"shop_id": SHOP_ID, "expand_group_views": True}
CODE_OF = {**COLUMNS, **dict.fromkeys((*UNCODED, "props"), "loss_props")}


def arrived(request: Request) -> Event:
    """What our own collector makes of the request."""
    (event,) = arriving.arrived(request, {"external_did": True})
    return event


def told(event: Event) -> dict[str, Any]:
    """The columns as this protocol's words mean them, where nothing is lost (docs/destinations/r46.md)."""
    columns = {name: getattr(event, name) for name in CODE_OF}
    columns["session_id"] = event.session_id or event.device_id
    columns["recommended_by"] = MEANT.get(event.recommended_by or "", event.recommended_by)
    columns["ids"] = {name: value for name, value in event.ids.items() if name in IDS}
    if event.event == "purchase":
        columns["value"] = event.value or total(event)
    return columns


def total(event: Event) -> str | None:
    lines = [(one.price, one.quantity or "1") for one in event.items]
    if any(price is None for price, _ in lines):
        return None
    sold = sum((Decimal(price or 0) * Decimal(quantity) for price, quantity in lines), Decimal(0))
    return decimal_text(sold.quantize(Decimal("0.0001")))


def compare(name: str, sent: Any, back: Any, losses: tuple[str, ...]) -> None:
    """A column that was lost under its code may be anything the vendor's words allow; any other is equal."""
    if CODE_OF[name] not in losses:
        assert (back or None) == (sent or None), name


def compare_items(event: Event, back: tuple[Item, ...], losses: tuple[str, ...]) -> None:
    if "loss_items" not in losses:
        assert [one.item_id for one in back] == [one.item_id for one in event.items]
    if event.event in ("view_item_list", "search"):
        assert back == ()
        return
    sent = [one for one in event.items if one.item_id not in NOTHING and "\\" not in one.item_id]
    assert [one.item_id for one in back] == [one.item_id for one in sent]
    for ours, theirs in zip(sent, back, strict=True):
        for name, code in ITEM_FIELDS.items():
            mine, other = getattr(ours, name), getattr(theirs, name)
            if name == "quantity" and mine is None and other is not None:
                assert other == "1"
            elif code not in losses:
                assert other == mine, name


def compare_custom(event: Event, back: Event, losses: tuple[str, ...]) -> None:
    """Columns that are the vendor's free variables come back as properties of their names."""
    assert back.event == "custom"
    assert back.custom_name == (event.custom_name if event.event == "custom" else event.event)
    assert back.ts == event.ts.replace(microsecond=0)
    known: dict[str, Any] = {name: getattr(event, name) for name in TEXTS if getattr(event, name) is not None}
    known.update((name, float(amount)) for name in AMOUNTS if (amount := getattr(event, name)) is not None)
    if event.promotion_id:
        known["banner_id"] = event.promotion_id
    props = {name: _number(value) for name, value in back.props.items()}
    for name, value in known.items():
        assert props.pop(name) == _number(value), name
    said = {name.removeprefix("prop_"): value for name, value in props.items()}
    if "loss_props" not in losses:
        assert said == {name: _number(value) for name, value in event.props.items() if value != ""}
    else:
        assert (
            said.items()
            <= {name: _number(value) for name, value in event.props.items() if _plain(value)}.items()
        )


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _number(value: Any) -> Any:
    return float(value) if type(value) in (int, float) else value


def check(event: Event, made: Deliverable, backs: list[Event]) -> None:
    losses, columns = made.losses, told(event)
    first = backs[0]
    if not DESTINATION.timeless(event, {}):
        compare_custom(event, first, losses)
        shared = [name for name in WHO if name in columns]
    else:
        meant = "view_item" if event.event == "select_item" else event.event
        assert first.event == meant
        if "loss_ts" not in losses:
            assert first.ts == event.ts
        compare_items(event, tuple(one for back in backs for one in back.items), losses)
        shared = [name for name in columns if name not in ("items", "item_list_type", "currency")]
    for back in backs:
        for name in shared:
            compare(name, columns[name], getattr(back, name), losses)


WHO = (
    "device_id",
    "user_id",
    "email",
    "phone",
    "ids",
    "account_id",
    "alias",
    "session_id",
    "page_view_id",
    "page_url",
    "ab_segment",
    "stream",
    "recommended_by",
    "recommended_code",
)


@pytest.mark.parametrize("name", [one for one in NAMES if one not in NEVER])
def test_an_event_comes_back_equal_up_to_the_losses_that_were_told(name: str) -> None:
    trips = 0

    @settings(max_examples=30, derandomize=True, database=None, deadline=None)
    @given(events([name]))
    def trip(event: Event) -> None:
        nonlocal trips
        made = promises.mapped(DESTINATION, event, OPTIONS)
        if isinstance(made, Deliverable):
            trips += 1
            check(event, made, [arrived(one) for one in promises.requests(DESTINATION, [made], OPTIONS)])

    trip()
    assert trips >= 3


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(events(anything=True))
def test_any_event_at_all_is_said_or_has_a_known_reason(event: Event) -> None:
    made = promises.mapped(DESTINATION, event, OPTIONS)
    if isinstance(made, Deliverable):
        for one in promises.requests(DESTINATION, [made], OPTIONS):
            assert arrived(one).device_id == event.device_id
