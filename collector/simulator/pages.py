"""What the shop's templates write into their pages: the calls and links of `walk`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from collector.simulator.catalogue import Product, products
from collector.simulator.truth import Pair, TrueOrder

DELIVERY_CENTS = 490
FREE_FROM = 60


@dataclass(slots=True)
class Step:
    """One call, the canonical name of its event, and what it means.

    An empty `name` marks a call that no collector can understand.
    """

    body: dict[str, Any]
    name: str
    touch: tuple[str, str, str | None] | None = None
    order: TrueOrder | None = None
    repeat: bool = False  # the same order once more: no new event
    term: str = ""
    found: bool | None = None
    login: str | None = None  # the person who signed in
    status: str = ""  # of the order, as the shop's server tells it


def page_view() -> Step:
    return Step({"call": ["track", "page_view"]}, "page_view")


def item(product: Product, *, stock: bool = False) -> dict[str, Any]:
    """What a shop's template writes: views carry the description, adds the price."""
    if not stock:
        return {"id": product.product_id, "price": product.price}
    return {
        "id": product.product_id,
        "price": product.price,
        "stock": True,
        "name": product.name,
        "brand": product.brand,
        "categories": [product.category_id],
    }


def link(pair: Pair | None) -> str:
    """The query of a link that a tool shows."""
    if pair is None:
        return ""
    by, code = pair
    return f"?recommended_by={by}" + (f"&recommended_code={quote(code)}" if code else "")


def purchase(order: TrueOrder, percent: int, pair: Pair | None = None) -> Step:
    """The call of a thank-you page: delivery is 4.90 below 60 euros and part of the price."""
    delivery = DELIVERY_CENTS if order.revenue < FREE_FROM else 0
    goods = [(products()[line.product_id], line.quantity) for line in order.lines]
    data: dict[str, Any] = {
        "products": [
            {"id": product.product_id, "price": product.price, "amount": count} for product, count in goods
        ],
        "order": order.order_id,
        "order_price": (int(order.revenue * 100) + delivery) / 100,
        "order_delivery": delivery / 100,
    }
    if percent:
        data["promocode"] = f"SAVE{percent}"
    if pair is not None:
        data |= {"recommended_by": pair[0], "recommended_code": pair[1]}
    return Step({"call": ["track", "purchase", data]}, "purchase", order=order)
