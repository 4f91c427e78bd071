"""Canonical → Yespo → canonical: equal but for the losses that were told, and nothing lost untold.

What the vendor's words imply, or can say only in their own way, is written down in `yespo_way_back`.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.destinations.contract import Context, Undeliverable
from collector.destinations.yespo import DESTINATION
from collector.event import DecimalText, Event, Item
from tests.adapters.judging import examples
from tests.destinations import canonical_events as made
from tests.destinations.fed import check_known, columns, context, is_equal, needless, returned
from tests.destinations.yespo_way_back import ORDERS, STATUSES, led_to, meant

KEYS = [{"vendor": "yespo", "public": {}, "secrets": {"api_key": "K-1"}}]
OPTIONS = {
    "status_map": STATUSES,
    "names": {"begin_checkout": "checkoutStarted"},
    "contacts_api": True,
}
LISTS = ("category", "recommendation")
lines = made.items(plain=True)
maybe_lines = st.one_of(st.none(), lines)


SPOKEN = (
    *("page_view", "view_item", "view_item_list", "search", "add_to_cart", "remove_from_cart", "cart_update"),
    *("purchase", "refund", "order_status", "add_to_wishlist", "identify", "custom", "begin_checkout"),
)
"""Events that the vendor has words for, with the settings above."""

NEEDED: dict[str, made.Fields] = {
    "page_view": {"page_url": st.just("https://shop.example/a?b=1")},
    "search": {"search_term": made.texts},
    "view_item": {"items": made.items(least=1)},
    "add_to_wishlist": {"items": made.items(least=1)},
    "refund": {"value": made.amounts},
    "order_status": {"order_status": st.sampled_from(["new", "completed", "CANCELLED", "INITIALIZED"])},
    "category": {"category_path": made.texts, "item_list_type": st.just("category")},
    "recommendation": {
        "item_list_type": st.just("recommendation"),
        "item_list_id": st.sampled_from(["r3v1", "r0v12"]),
        "items": made.items(least=1),
    },
}
"""What an event must have, that the vendor takes it."""


@st.composite
def situations(draw: st.DrawFn, *, anything: bool = False) -> tuple[Event, Context]:
    """An event and what is known beside it."""
    fitting = draw(st.integers(0, 3)) > 0
    names = SPOKEN if fitting else made.NAMES
    event = draw(made.events(names, anything=anything or draw(st.integers(0, 3)) == 0))
    if draw(st.booleans()):
        event = made.bare(draw, event)
    if fitting:
        event = _fitted(draw, event)
    known = context(
        "yespo",
        OPTIONS,
        cart=tuple(map(_full, draw(lines))) if fitting else draw(maybe_lines),
        cart_ref="cart-7" if fitting else "",
        item_name=lambda item_id: "Catalogue name",
        order_value=event.value if fitting else draw(st.one_of(st.none(), made.amounts)),
    )
    return event, known


def _fitted(draw: st.DrawFn, event: Event) -> Event:
    """The event of somebody whom the vendor can locate, about what has a price."""
    needed = NEEDED.get(draw(st.sampled_from(LISTS)) if event.event == "view_item_list" else event.event, {})
    found = {name: draw(one) for name, one in needed.items()}
    who = {"email": draw(made.emails), "user_id": draw(made.ids), "transaction_id": draw(made.ids)}
    whole = replace(event, **{**who, **found})
    return replace(whole, items=tuple(map(_full, whole.items)))


def _full(item: Item) -> Item:
    return item if item.price is not None else replace(item, price=DecimalText("9.9"))


def came(event: Event, known: Context) -> tuple[list[Event], tuple[str, ...]] | None:
    """What our adapter makes of the event's requests, and the losses that were told; None for no request."""
    mapped = DESTINATION.map(event, known)
    check_known(mapped)
    if isinstance(mapped, Undeliverable):
        return None
    judged = returned("yespo", mapped, known, secrets={"api_key": "K-1"}, keys=KEYS)
    return [one.event for one in judged if one.event is not None], mapped.losses


@examples(500)
@given(situations())
def test_what_comes_back_differs_by_the_losses_that_were_told_and_by_no_other(
    situation: tuple[Event, Context],
) -> None:
    event, known = situation
    found = came(event, known)
    if found is None:
        return
    events, losses = found
    expected = meant(event, known)
    assert len(events) == len(expected)
    for sent, back in zip(expected, events, strict=True):
        is_equal(sent, columns(back), losses)
        assert led_to(event) <= set(losses)
        assert back.order_key == (event.transaction_id if event.event in ORDERS else None)
    assert set(needless(event, events, losses)) <= led_to(event)


@examples(300)
@given(situations(anything=True))
def test_every_event_is_either_deliverable_or_undeliverable_with_known_codes(
    situation: tuple[Event, Context],
) -> None:
    check_known(DESTINATION.map(*situation))
