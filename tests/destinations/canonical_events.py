"""Canonical events as hypothesis makes them: what an adapter may have written, and the odd among it.

Values have the canonical forms (docs/wire/canonical.md §4): ids trimmed and not empty, an e-mail in lower
case, a phone of digits, decimals with at most four places, times in UTC.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st
from msgspec.structs import replace

from collector.event import DecimalText, Event, EventName, Item, decimal_text
from tests.adapters.wired import RECEIVED_AT

NAMES: tuple[str, ...] = get_args(EventName)
"""Every event of the vocabulary."""

Fields = dict[str, st.SearchStrategy[Any]]

_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ODD = ("a&b=c", "чайник", "<b>1</b>", '"q"', "100%", "a/b\\c", "é ß", "{x}", "[1]", "a,b", "-0", "1e3")


def _written(sign: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.text(sign, min_size=1, max_size=most).map(str.strip).filter(bool)


_SIGN = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), max_codepoint=0x2FFF)
texts = st.one_of(_written(_SIGN, 12), st.sampled_from(_ODD), st.just("long " * 12 + "end"))
"""A text as people write it, trimmed and not empty; sometimes of 63 characters."""

words = st.text(_ALNUM, min_size=1, max_size=16)
whole_ids = st.one_of(
    st.integers(1, 10**6).map(str),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.sampled_from(["-12", "9007199254740993", "9999999999999999999", "99999999999999999999"]),
)
ids = st.one_of(whole_ids, words, texts, st.sampled_from(["007", "AB-1", "-0", "+5", "x" * 60]))
"""An id of a shop's own: whole numbers of up to 20 digits and any text."""

uuids = st.integers(0, 2**128 - 1).map(lambda number: str(uuid.UUID(int=number)))
devices = st.one_of(st.text(_ALNUM, min_size=10, max_size=10), uuids, words, texts)
emails = words.map(lambda name: f"{name.lower()}@example.org")
phones = st.one_of(
    st.integers(10_000, 10**14).map(lambda digits: f"+{digits}"), st.integers(10_000, 10**14).map(str)
)

amounts = st.one_of(st.integers(0, 10**6).map(Decimal), st.decimals(0, 10**9, places=4)).map(decimal_text)
"""What is not negative and fits a column."""

quantities: st.SearchStrategy[DecimalText] = st.one_of(
    st.just(DecimalText("1")),
    st.integers(1, 1000).map(lambda whole: DecimalText(str(whole))),
    st.sampled_from([DecimalText(one) for one in ("0", "0.5", "2.25", "999.5", "1001", "50000")]),
)

_scalars = st.one_of(
    st.booleans(), st.integers(-(2**53), 2**53), texts, st.just(""), st.sampled_from([0.5, 2.25])
)
values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=4,
)
"""Anything JSON can say but null, which is absent."""

properties = st.dictionaries(st.one_of(words, texts), values, max_size=3)

ITEM: Fields = {
    "item_group_id": ids,
    "item_variant": texts,
    "item_name": texts,
    "item_brand": texts,
    "item_category": st.lists(texts, min_size=1, max_size=3).map(tuple),
    "price": amounts,
    "list_price": amounts,
    "discount": amounts,
    "quantity": quantities,
    "in_stock": st.booleans(),
    "location_id": ids,
    "index": st.integers(0, 100),
    "props": properties,
}
"""What an item may have beside its id."""


def _item(found: dict[str, Any]) -> Item:
    return Item(**found)


def items(*, least: int = 0, most: int = 3, plain: bool = False) -> st.SearchStrategy[tuple[Item, ...]]:
    """Items of an event; `plain` ones have an id, a price and a quantity at most."""
    optional = {name: ITEM[name] for name in ("price", "quantity")} if plain else ITEM
    one = st.fixed_dictionaries({"item_id": ids}, optional=optional).map(_item)
    return st.lists(one, min_size=least, max_size=most).map(tuple)


WHO: Fields = {
    "device_id": devices,
    "user_id": ids,
    "email": emails,
    "phone": phones,
    "session_id": ids,
    "page_view_id": ids,
    "account_id": ids,
    "alias": st.lists(
        st.fixed_dictionaries({"type": st.sampled_from(["user_id", "account_id", "email"]), "value": ids}),
        min_size=1,
        max_size=2,
    ).map(tuple),
    "ids": st.dictionaries(
        st.sampled_from(["loyalty_id", "telegram_id", "contactId", "pushToken", "card"]),
        ids,
        min_size=1,
        max_size=2,
    ),
}
WHERE: Fields = {
    "page_url": words.map(lambda name: f"https://shop.example/{name}?a=1"),
    "page_title": texts,
    "referrer": words.map(lambda name: f"https://other.example/{name}"),
    "location_id": ids,
    "ab_segment": st.one_of(st.sampled_from(["A", "B"]), texts),
    "stream": st.one_of(st.sampled_from(["web", "app1"]), texts),
    "recommended_by": st.one_of(
        st.sampled_from(["dynamic", "instant_search", "chain", "bulk", "similar", "recommendation", "email"]),
        texts,
    ),
    "recommended_code": ids,
    "props": properties,
}
LISTS: Fields = {
    "item_list_id": st.one_of(ids, st.sampled_from(["r3v1", "r12v4"])),
    "item_list_name": texts,
    "item_list_type": st.sampled_from(["category", "recommendation", "search", "promotion"]),
    "category_id": ids,
    "category_path": texts,
}
MONEY: Fields = {
    "transaction_id": ids,
    "value": amounts,
    "currency": st.sampled_from(["EUR", "UAH", "USD", "KZT"]),
    "tax": amounts,
    "shipping": amounts,
    "coupon": texts,
    "payment_type": texts,
    "order_status": st.sampled_from(["new", "INITIALIZED", "DELIVERED", "CANCELLED", "completed", "odd one"]),
}
OTHER: Fields = {
    "items": items(),
    "search_term": texts,
    "search_found": st.booleans(),
    "promotion_id": ids,
    "cart_id": ids,
    "is_full": st.booleans(),
    "is_line": st.booleans(),
    "order_key": ids,
}
_GOODS: Fields = {"items": items(least=1)}
USUAL: dict[str, Fields] = {
    "view_item": _GOODS,
    "view_item_list": {**LISTS, "items": items()},
    "select_item": {**_GOODS, "item_list_id": ids, "item_list_type": LISTS["item_list_type"]},
    "search": {"search_term": texts, "search_found": st.booleans()},
    "add_to_cart": {**_GOODS, "currency": MONEY["currency"]},
    "remove_from_cart": _GOODS,
    "cart_update": {
        "items": items(),
        "is_full": st.just(True),
        "cart_id": ids,
        "currency": MONEY["currency"],
    },
    "purchase": {**MONEY, **_GOODS},
    "refund": MONEY,
    "order_status": MONEY,
    "add_to_wishlist": {**_GOODS, "is_full": st.booleans()},
    "remove_from_wishlist": _GOODS,
    "view_promotion": {"promotion_id": ids},
    "select_promotion": {"promotion_id": ids},
}
"""What an event has by its meaning, beside who and where; the names left out have nothing more."""

ESSENTIAL: dict[str, tuple[str, ...]] = {
    **{name: ("items",) for name, own in USUAL.items() if "items" in own},
    "select_item": ("items", "recommended_by", "recommended_code"),
    "view_item_list": ("item_list_type", "category_id"),
    "search": ("search_term",),
    "purchase": ("transaction_id", "items"),
    "order_status": ("transaction_id", "order_status"),
    "refund": ("transaction_id",),
    "view_promotion": ("promotion_id",),
    "select_promotion": ("promotion_id",),
}
"""Without what an event means little; nine of ten have it, and a device."""


@st.composite
def events(draw: st.DrawFn, names: Sequence[str] = NAMES, *, anything: bool = False) -> Event:
    """One event. `anything`: every field may be on every event, whether or not it means something there."""
    name = draw(st.sampled_from(list(names)))
    own = {**LISTS, **MONEY, **OTHER} if anything else USUAL.get(name, {})
    optional = {**WHO, **WHERE, **own}
    needed: Fields = {}
    if not anything and draw(st.integers(0, 9)):
        needed = {one: optional.pop(one) for one in (*ESSENTIAL.get(name, ()), "device_id")}
    given = draw(st.fixed_dictionaries(needed, optional=optional))
    if name == "custom":
        given["custom_name"] = draw(st.one_of(st.sampled_from(["quiz_done", "page_view", "view"]), texts))
    if name == "purchase" and not anything and "transaction_id" in given:
        given["order_key"] = given["transaction_id"]
    from_client = draw(st.booleans())
    age = draw(st.integers(0, 3 * 3600 * 1_000_000)) if from_client else 0
    return Event(
        event=name,  # type: ignore[arg-type]
        event_id=draw(uuids),
        ts=RECEIVED_AT - timedelta(microseconds=age),
        ts_source="client" if from_client else "server",
        **given,
    )


def bare(draw: st.DrawFn, event: Event) -> Event:
    """The event with one fact of who and where alone, and its items with one beside id, price and quantity."""
    around = {name for name in (*WHO, *WHERE) if getattr(event, name) not in (None, (), {})}
    gone = around - {draw(st.sampled_from(sorted(around)))} if around else around
    lines = tuple(_bare_item(draw, item) for item in event.items)
    return replace(event, items=lines, **{name: _DEFAULTS[name] for name in gone})


def _bare_item(draw: st.DrawFn, item: Item) -> Item:
    name = draw(st.sampled_from(sorted(ITEM)))
    return Item(
        item_id=item.item_id,
        **{"price": item.price, "quantity": item.quantity, name: getattr(item, name)},
    )


_DEFAULTS = {
    name: getattr(Event(event="custom", event_id="", ts=RECEIVED_AT), name) for name in (*WHO, *WHERE)
}
