"""Fields taken from others: types kept, nothing invented, and clear words for what cannot be."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.errors import OperatorError
from collector.event import Event
from collector.forwarder.rewrite import checked, rewritten
from tests.destinations.canonical_events import events
from tests.forwarder.events import event, item

CART = event(
    "add_to_cart",
    user_id="u5",
    email="ann@example.org",
    phone="+3706",
    value="12.5",
    search_found=True,
    items=(
        item("37", "2", item_variant="37-red", price="1990.5", item_category=("A", "B"), index=3),
        item("38", "1", props={"size": "XL", "code": 7}),
    ),
    ids={"card": "c-9"},
    props={
        "colour": "red",
        "mail": " Bob@Example.org ",
        "total": 4481.5,
        "gift": "1",
        "call": "+370 (612) 345-67",
        "deep": {"er": [1, "x"]},
    },
)


def test_nothing_to_rename_leaves_the_very_event() -> None:
    assert rewritten(CART, {}) is CART


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"email": ""}, {"email": None}),
        ({"user_id": "email"}, {"user_id": "ann@example.org"}),
        ({"user_id": "email", "email": "user_id"}, {"user_id": "ann@example.org", "email": None}),
        ({"user_id": "phone", "phone": "user_id"}, {"user_id": "+3706", "phone": None}),
        ({"email": "props.mail"}, {"email": "bob@example.org"}),
        ({"phone": "props.call"}, {"phone": "+37061234567"}),
        ({"value": "props.total"}, {"value": "4481.5"}),
        ({"value": "props.colour"}, {"value": None}),
        ({"value": "props.nothing"}, {"value": None}),
        ({"value": ""}, {"value": None}),
        ({"coupon": "value"}, {"coupon": "12.5"}),
        ({"search_found": "props.gift"}, {"search_found": True}),
        ({"search_found": "props.colour"}, {"search_found": None}),
        ({"ids": ""}, {"ids": {}}),
        ({"ids.loyalty": "user_id"}, {"ids": {"card": "c-9", "loyalty": "u5"}}),
        ({"ids.card": ""}, {"ids": {}}),
        ({"user_id": "ids.card"}, {"user_id": "c-9"}),
        ({"items": ""}, {"items": ()}),
        ({"props": "", "props.color": "props.colour"}, {"props": {"color": "red"}}),
        ({"props.color": "props.colour", "props": ""}, {"props": {"color": "red"}}),
        ({"props": "", "props.who": "user_id", "props.v": "value"}, {"props": {"who": "u5", "v": "12.5"}}),
        ({"props": "", "props.first": "props.deep.er"}, {"props": {"first": [1, "x"]}}),
        ({"props": "", "props.found": "search_found"}, {"props": {"found": True}}),
    ],
)
def test_a_field_is_taken_from_another_in_its_own_type(
    fields: dict[str, str], changed: dict[str, object]
) -> None:
    checked(fields, {})
    assert rewritten(CART, fields) == replace(CART, **changed)


@pytest.mark.parametrize(
    ("fields", "first", "second"),
    [
        ({"items.item_id": "items.item_variant"}, {"item_id": "37-red"}, {}),
        ({"items.item_variant": ""}, {"item_variant": None}, {}),
        ({"items.price": "items.props.code"}, {"price": None}, {"price": "7"}),
        ({"items.item_name": "items.props.code"}, {"item_name": None}, {"item_name": "7"}),
        ({"items.index": "items.props.code"}, {"index": None}, {"index": 7}),
        ({"items.item_brand": "props.colour"}, {"item_brand": "red"}, {"item_brand": "red"}),
        ({"items.item_category": "props.colour"}, {"item_category": ("red",)}, {"item_category": ("red",)}),
        ({"items.item_category": ""}, {"item_category": ()}, {}),
        (
            {"items.props.cats": "items.item_category"},
            {"props": {"cats": ["A", "B"]}},
            {"props": {"size": "XL", "code": 7, "cats": []}},
        ),
        ({"items.props.size": ""}, {}, {"props": {"code": 7}}),
    ],
)
def test_a_field_of_each_item_is_taken_from_that_item_or_from_the_event(
    fields: dict[str, str], first: dict[str, object], second: dict[str, object]
) -> None:
    checked(fields, {})
    items = (replace(CART.items[0], **first), replace(CART.items[1], **second))
    assert rewritten(CART, fields) == replace(CART, items=items)


def test_ids_of_many_digits_and_of_leading_zeros_stay_as_they_are() -> None:
    odd = event("identify", props={"big": 12345678901234567890123, "zeros": "007"})
    told = rewritten(odd, {"user_id": "props.big", "account_id": "props.zeros"})
    assert (told.user_id, told.account_id) == ("12345678901234567890123", "007")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"colour": "props.color"}, "an event has no field 'colour'"),
        ({"email": "e-mail"}, "an event has no field 'e-mail'"),
        ({"items.colour": ""}, "an event has no field 'items.colour'"),
        ({"email.domain": ""}, "an event has no field 'email.domain'"),
        ({"props.": ""}, "an event has no field 'props.'"),
        ({"": "email"}, "an event has no field ''"),
        ({"event": "custom_name"}, "event stays as it is, and is no source of another field"),
        ({"event_id": ""}, "event_id stays as it is, and is no source of another field"),
        ({"ts": "props.when"}, "ts stays as it is, and is no source of another field"),
        ({"user_id": "event_id"}, "event_id stays as it is, and is no source of another field"),
        ({"items.item_id": ""}, "items.item_id cannot be dropped: an item is nothing without its id"),
        (
            {"user_id": "items.item_id"},
            "user_id cannot be taken from items.item_id: an event may have several items",
        ),
        *(
            ({target: source}, f"{target} cannot be taken from {source}: they hold values of different kinds")
            for target, source in (
                ("value", "coupon"),
                ("items.price", "items.item_category"),
                ("search_found", "value"),
                ("email", "items"),
                ("props", "props.deep"),
                ("props.all", "items"),
            )
        ),
    ],
)
def test_what_no_event_could_follow_is_refused_in_plain_words(fields: dict[str, str], said: str) -> None:
    with pytest.raises(OperatorError) as refused:
        checked(fields, {})
    assert str(refused.value) == said


@pytest.mark.parametrize("names", [{"": "x"}, {"purchase": " "}, {"a\nb": "x"}, {"own": "x" * 256}])
def test_names_that_nobody_could_read_are_refused(names: dict[str, str]) -> None:
    with pytest.raises(OperatorError, match="cannot be the name of an event"):
        checked({}, names)


def test_names_of_ours_and_of_custom_events_are_taken() -> None:
    checked({"user_id": "email"}, {"purchase": "Order placed", "spin_wheel": "Колесо"})


PATHS = [
    "user_id", "email", "phone", "value", "search_found", "props.a", "ids.b", "items.item_id", "items.price",
    "items.item_category", "items.index", "items.in_stock", "items.props.c", "page_url", "currency",
]  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    told=events(), fields=st.dictionaries(st.sampled_from(PATHS), st.sampled_from(["", *PATHS]), max_size=5)
)
def test_whatever_is_renamed_stays_an_event_with_its_id_its_time_and_its_items(
    told: Event, fields: dict[str, str]
) -> None:
    try:
        checked(fields, {})
    except OperatorError:
        return
    renamed = rewritten(told, fields)
    assert (renamed.event, renamed.event_id, renamed.ts) == (told.event, told.event_id, told.ts)
    assert len(renamed.items) == len(told.items)
    assert all(one.item_id for one in renamed.items)
    assert _valid(renamed) == renamed


def _valid(told: Event) -> Event:
    """The event as another process reads it."""
    return msgspec.convert(msgspec.to_builtins(told), Event)
