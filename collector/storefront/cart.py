"""The demo shop's cart and orders: what a cookie holds, and what it costs.

Amounts are whole cents. A cookie is text that anybody may have written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.simulator.catalogue import Product, products

MOST_PIECES = 20
MOST_LINES = 30
FREE_DELIVERY = 6_000
DELIVERY = 490
CODES: Mapping[str, int] = {"SAVE10": 10, "SAVE20": 20}

_LINE = re.compile(r"([0-9]{1,6})x([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Cart:
    """Pieces by product id, in the order in which they were added."""

    pieces: Mapping[str, int]

    @classmethod
    def read(cls, cookie: str) -> Cart:
        """What can be understood of a cookie; unknown products are not in it."""
        pieces: dict[str, int] = {}
        for part in cookie.split("-")[:MOST_LINES]:
            found = _LINE.fullmatch(part)
            if found and found[1] in products() and int(found[2]):
                pieces[found[1]] = min(int(found[2]), MOST_PIECES)
        return cls(pieces)

    def written(self) -> str:
        """The cookie's text; empty for an empty cart."""
        return "-".join(f"{product_id}x{count}" for product_id, count in self.pieces.items())

    def with_more(self, product_id: str, count: int) -> Cart:
        """One article more, within the limits; an unknown one changes nothing."""
        if product_id not in products() or (product_id not in self.pieces and len(self.pieces) >= MOST_LINES):
            return self
        total = min(self.pieces.get(product_id, 0) + max(count, 1), MOST_PIECES)
        return Cart({**self.pieces, product_id: total})

    def without(self, product_id: str) -> Cart:
        """The cart with none of that article."""
        return Cart({key: count for key, count in self.pieces.items() if key != product_id})

    @property
    def lines(self) -> list[tuple[Product, int]]:
        return [(products()[product_id], count) for product_id, count in self.pieces.items()]

    @property
    def count(self) -> int:
        return sum(self.pieces.values())

    @property
    def cents(self) -> int:
        return sum(product.cents * count for product, count in self.lines)

    def snapshot(self) -> list[dict[str, Any]]:
        """The whole cart as a shop's cart page reports it."""
        return [
            {"id": product.product_id, "amount": count, "price": product.price}
            for product, count in self.lines
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A cart that was paid for; `promo` is empty or one of `CODES`."""

    order_id: str
    cart: Cart
    email: str = ""
    promo: str = ""

    @property
    def discount(self) -> int:
        return self.cart.cents * CODES.get(self.promo, 0) // 100

    @property
    def delivery(self) -> int:
        return 0 if self.cart.cents - self.discount >= FREE_DELIVERY else DELIVERY

    @property
    def cents(self) -> int:
        return self.cart.cents - self.discount + self.delivery

    def call(self) -> dict[str, Any]:
        """What the thank-you page reports: unit prices, and the total that was paid."""
        found: dict[str, Any] = {
            "products": self.cart.snapshot(),
            "order": self.order_id,
            "order_price": self.cents / 100,
            "order_delivery": self.delivery / 100,
        }
        if self.promo:
            found["promocode"] = self.promo
        return found
