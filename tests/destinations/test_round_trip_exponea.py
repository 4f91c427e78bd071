"""Canonical, to the vendor's words, through our own adapter of that vendor, to canonical: what is equal.

The vendor's project takes any property, so that hardly anything is lost. What no column is read from comes
back as a property of the same name and value: `carried` says which those are (docs/wire/exponea.md §7).
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from collector import reasons
from collector.adapters.exponea.names import PROPERTIES
from collector.destinations.contract import Deliverable, Mapped, Undeliverable
from collector.destinations.exponea import DESTINATION
from collector.destinations.exponea.names import COLUMNS, ITEM, told_list
from collector.destinations.exponea.properties import total
from collector.event import Event, Item, decimal_text
from collector.reading.values import rounded
from tests.adapters.judging import examples
from tests.destinations.canonical_events import NAMES, events, items
from tests.destinations.cases_runner import context_of
from tests.destinations.exponea_way_back import OPTIONS, read_back

READ = {name for names in PROPERTIES.values() for name in names}
WRITTEN = {*COLUMNS.values(), *ITEM.values(), "product_list", "total_quantity", "event_id", "step", "action"}
TAKEN = READ | WRITTEN | {"is_full", "item_list_type", "total_price", "value", "customer_ids"}
"""Names of properties that mean something; an event's own properties of these names are cases, not chance."""

CARRIED = (
    "session_id",
    "page_view_id",
    "account_id",
    "item_list_name",
    "search_found",
    "promotion_id",
    "tax",
    "shipping",
    "cart_id",
    "location_id",
    "ab_segment",
    "stream",
    "page_title",
)
"""Fields that come back as a property of their name."""

ITEM_CARRIED = ("item_group_id", "in_stock", "location_id", "index")
COUNTED = {"cart_update", "add_to_cart", "remove_from_cart", "purchase", "refund"}
LISTED = {"view_item_list", "cart_update", "purchase"}
LIST_FIELDS = ("item_list_type", "recommended_by", "recommended_code")
UNTOLD = ("props", "notes", "ts_source", "event_id", "seq", "pointer", "vendor_event")
"""What is compared by itself, or is ours alone."""


def plain(value: Event | Item) -> dict[str, Any]:
    """The fields as JSON has them."""
    told: dict[str, Any] = json.loads(msgspec.json.encode(value))
    return told


def mapped(event: Event, **context: Any) -> Mapped:
    return DESTINATION.map(event, replace(context_of({}, OPTIONS), **context))


def properties_of_own(event: Event) -> bool:
    """Whether no property of the event or of a product has a name that means something."""
    names = set(event.props)
    for item in event.items:
        names |= set(item.props)
    return not any(name in TAKEN or name.startswith("category_level_") for name in names)


def wanted_item(item: Item, event: Event, place: int) -> dict[str, Any]:
    """What a product comes back as: what is read into no column stands in its properties."""
    told = plain(item)
    carried = {name: told.pop(name) for name in ITEM_CARRIED if name in told}
    if "location_id" in carried:
        carried["location"] = carried.pop("location_id")
    alone = len(event.items) == 1 and event.event not in LISTED
    props = {**told.pop("props", {}), **carried}
    if props and not alone:
        told["props"] = {name: value for name, value in props.items() if value != ""}
        if not told["props"]:
            del told["props"]
    if event.event == "view_item_list":
        told["index"] = place
    if event.event in COUNTED:
        told.setdefault("quantity", "1")
    return told


def top_level(event: Event) -> dict[str, Any]:
    """The properties of the one product that stands at the event's own level."""
    if len(event.items) != 1 or event.event in LISTED:
        return {}
    told = plain(event.items[0])
    carried = {name: told[name] for name in ITEM_CARRIED if name in told}
    if "location_id" in carried:
        carried["location"] = carried.pop("location_id")
    return {**told.get("props", {}), **carried}


def wanted(event: Event) -> dict[str, Any]:
    """The event as it has to come back, `props` apart."""
    told = plain(event)
    for name in (*UNTOLD, *CARRIED, "alias", "ids", "order_key", "items", *LIST_FIELDS):
        told.pop(name, None)
    if event.event != "cart_update":
        told.pop("is_full", None)
    if event.items:
        told["items"] = [wanted_item(item, event, place) for place, item in enumerate(event.items)]
    if event.transaction_id is not None:
        told["order_key"] = event.transaction_id
    worth = total(event.items) if event.event in ("purchase", "cart_update") else None
    if worth is not None:
        told.setdefault("value", worth)
    if "value" in told or any(one.price or one.list_price or one.discount for one in event.items):
        told.setdefault("currency", "EUR")
    return {**told, **wanted_list(event), **wanted_name(event)}


def wanted_list(event: Event) -> dict[str, Any]:
    """What the event's type says of a list and of who recommended."""
    listed = told_list(event)
    told: dict[str, Any] = {}
    if listed or event.event == "view_item_list":
        told["item_list_type"] = listed or "category"
    if listed == "recommendation":
        told["recommended_by"] = "recommendation"
        if event.item_list_id is not None:
            told["recommended_code"] = event.item_list_id
    return told


def wanted_name(event: Event) -> dict[str, Any]:
    """All steps of a checkout are one type, and a change of an order's state is a type of its own."""
    if event.event in ("begin_checkout", "add_shipping_info", "add_payment_info"):
        return {"event": "begin_checkout"}
    return {"event": "custom", "custom_name": "order_status"} if event.event == "order_status" else {}


def came(event: Event) -> dict[str, Any]:
    """What came back, but for what no vendor can give back."""
    told: dict[str, Any] = plain(event)
    for name in UNTOLD:
        told.pop(name, None)
    return told


def carried(event: Event) -> dict[str, Any]:
    """Properties that have to come back with these values."""
    told = {**event.props, **top_level(event)}
    for name in CARRIED:
        value = getattr(event, name)
        if value is not None:
            told[name] = value
    for name in ("recommended_by", "recommended_code"):
        if getattr(event, name) is not None:
            told[name] = getattr(event, name)
    if event.item_list_type is not None and event.item_list_type != told_list(event):
        told["item_list_type"] = event.item_list_type
    return {**told, "event_id": event.event_id}


def lines_came(event: Event, lines: list[Event]) -> None:
    """Each line of an order comes back beside it, with the order's id."""
    items = event.items if event.event == "purchase" else ()
    assert [line.is_line for line in lines] == [True] * len(items)
    assert {line.transaction_id for line in lines} <= {event.transaction_id}
    for line, item in zip(lines, items, strict=True):
        sent, back = ({**plain(one), "quantity": one.quantity or "1"} for one in (item, line.items[0]))
        for name in ("props", *ITEM_CARRIED):
            sent.pop(name, None)
            back.pop(name, None)
        assert back == sent


def alike(one: Any, other: Any) -> bool:
    """Equal, numbers by their value: an amount among the properties is a number."""
    if isinstance(one, str) and isinstance(other, int | float) and not isinstance(other, bool):
        return bool(json.loads(one) == other)
    return bool(one == other)


BACK = [name for name in NAMES if name != "identify"]


@given(events(BACK))
@examples(400)
def test_an_event_comes_back_but_for_what_is_told_as_lost(event: Event) -> None:
    made = mapped(event)
    assume(isinstance(made, Deliverable) and properties_of_own(event))
    assert isinstance(made, Deliverable)
    assume(not ({"loss_props", "loss_location"} & set(made.losses)))
    assume(not any((one.location_id or "").startswith("/") for one in event.items))
    first, *lines = read_back(made.commands)
    assert made.losses == (("loss_identity",) if event.alias or event.ids else ())
    assert came(first) == wanted(event)
    for name, value in carried(event).items():
        assert alike(value, first.props[name]), name
    lines_came(event, lines)


@given(events(["identify"]))
@examples(300)
def test_attributes_of_a_customer_come_back(event: Event) -> None:
    made = mapped(event)
    assume(isinstance(made, Deliverable) and properties_of_own(event))
    assert isinstance(made, Deliverable)
    (back,) = read_back(made.commands)
    for name in ("event", "ts", "device_id", "user_id", "email", "phone"):
        assert getattr(back, name) == getattr(event, name), name
    contact = {name: getattr(event, name) for name in ("email", "phone") if getattr(event, name) is not None}
    told = {**event.props, **contact}
    assert back.props == ({"properties": told} if told else {})
    missing = {
        "loss_identity": bool(event.alias or event.ids or event.account_id),
        "loss_location": event.location_id is not None,
        "loss_page": any((event.page_url, event.page_title, event.referrer)),
        "loss_session": any((event.session_id, event.page_view_id)),
        "loss_attr": any((event.recommended_by, event.recommended_code, event.ab_segment, event.stream)),
    }
    assert set(made.losses) == {code for code, is_missing in missing.items() if is_missing}


@given(events(["add_to_cart", "remove_from_cart"]), items(most=3, plain=True))
@examples(200)
def test_a_changed_cart_comes_back_as_the_whole_cart(event: Event, cart: tuple[Item, ...]) -> None:
    made = mapped(event, cart=cart)
    assume(isinstance(made, Deliverable) and properties_of_own(event))
    assert isinstance(made, Deliverable)
    (back,) = read_back(made.commands)
    assert (back.event, back.is_full) == ("cart_update", True)
    assert back.props["action"] == {"add_to_cart": "add", "remove_from_cart": "remove"}[event.event]
    sent = [{**plain(one), "quantity": one.quantity or "1"} for one in cart]
    assert [plain(one) for one in back.items] == sent
    whole = total(cart)
    assert back.value == (whole and decimal_text(rounded(Decimal(whole))))
    assert (back.device_id, back.user_id, back.ts) == (event.device_id, event.user_id, event.ts)


KNOWN = {code for code in reasons.REASONS if code.startswith(("u_", "loss_"))}


@given(events(anything=True), st.one_of(st.none(), items(most=2)))
@examples(400)
def test_every_event_is_told_or_has_one_known_reason_not_to_be(
    event: Event, cart: tuple[Item, ...] | None
) -> None:
    made = mapped(event, cart=cart)
    if isinstance(made, Undeliverable):
        assert made.code.partition(":")[0] in KNOWN
        return
    assert made.commands
    assert set(made.losses) <= KNOWN
    assert len(set(made.losses)) == len(made.losses)
    assert read_back(made.commands)
