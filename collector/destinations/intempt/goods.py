"""Events that feed the vendor's recommendations: one entry a product (docs/wire/intempt.md §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from collector.destinations import baskets
from collector.destinations.intempt.payload import Fields, number, own_props, same
from collector.destinations.losing import UNCODED
from collector.event import DecimalText, Event, Item

KEPT: Final = frozenset(
    {
        "device_id",
        "user_id",
        "email",
        "phone",
        "session_id",
        "page_view_id",
        "account_id",
        "alias",
        "ids",
        "items",
        "currency",
        "coupon",
        "page_url",
    }
)
"""Columns that are told, or whose loss is told elsewhere."""

KEPT_OF_ITEMS: Final = frozenset({"item_name", "item_brand", "item_category", "price", "quantity"})
VIEWED: Final = "Product viewed"
ADDED: Final = "Added to cart"
REMOVED: Final = "Removed from cart"
ORDERED: Final = "Product ordered"
_ONE: Final = DecimalText("1")
_PLACED: Final = frozenset({"transaction_id", "search_term"})
_MEANING: Final[Mapping[str, str]] = {
    "price": "loss_price",
    "quantity": "loss_quantity",
    "currency": "loss_currency",
    "value": "loss_value",
    "coupon": "loss_coupon",
    "url": "loss_page",
}
"""What is lost with a property that is called like something the event says itself."""


def entries(event: Event, lines: Sequence[Item], *, counted: bool) -> list[Fields]:
    """The data of each product. `counted`: one piece where no quantity is known."""
    shared = _shared(event, alone=len(lines) == 1)
    return [{**own_props(event), **shared, **_product(item, counted=counted)} for item in lines]


def losses(event: Event, told: Iterable[Fields]) -> set[str]:
    """What is lost of the event beside fields of its products: its total, and properties with a taken name."""
    every = list(told)
    gone = {"loss_value"} if event.value is not None and not _says_value(event, every) else set()
    for name, value in own_props(event).items():
        if any(name in data and not same(data[name], value) for data in every):
            gone.add(_MEANING.get(name, "loss_props"))
    return gone


def difference(before: Sequence[Item], after: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What was added to a cart and what was removed from it, with what a change tells of a product."""
    added, removed = baskets.difference(before, after)
    return [_of_change(item) for item in added], [_of_change(item) for item in removed]


def _shared(event: Event, *, alone: bool) -> Fields:
    """What is the same for all products. The total is told of a single product alone, and never of an order."""
    told: Fields = {name: getattr(event, name) for name in UNCODED if name not in _PLACED}
    told |= {
        "currency": event.currency,
        "orderId": event.transaction_id,
        "search_term": event.search_term,
        "coupon": event.coupon,
        "url": event.page_url,
    }
    if alone and event.event != "purchase" and event.value is not None:
        told["value"] = number(event.value)
    return {name: value for name, value in told.items() if value not in (None, "")}


def _product(item: Item, *, counted: bool) -> Fields:
    quantity = item.quantity or (_ONE if counted else None)
    told: Fields = {
        "productId": item.item_id,
        "quantity": None if quantity is None else number(quantity),
        "price": None if item.price is None else number(item.price),
        "name": item.item_name,
        "brand": item.item_brand,
        "category": _category(item.item_category),
    }
    return {name: value for name, value in told.items() if value is not None}


def _category(names: tuple[str, ...]) -> Any:
    return None if not names else names[0] if len(names) == 1 else names


def _says_value(event: Event, told: Sequence[Fields]) -> bool:
    """Whether the total is told, or is what the lines of the order cost."""
    if event.event != "purchase":
        return any("value" in data for data in told)
    lines = [(item.price, item.quantity or _ONE) for item in event.items]
    if any(price is None for price, _ in lines):
        return False
    return sum(Decimal(price or 0) * Decimal(pieces) for price, pieces in lines) == Decimal(event.value or 0)


def _of_change(item: Item) -> Item:
    return Item(
        item_id=item.item_id,
        item_name=item.item_name,
        item_brand=item.item_brand,
        item_category=item.item_category,
        price=item.price,
        quantity=item.quantity,
    )
