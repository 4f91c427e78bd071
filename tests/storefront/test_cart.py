"""Carts and orders of the demo shop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.storefront.cart import Cart, Order


@given(st.text(max_size=200) | st.from_regex(r"([0-9]{1,4}x[0-9]{1,3}-?){0,40}", fullmatch=True))
def test_a_cookie_of_any_text_is_a_cart_that_writes_itself_back(cookie: str) -> None:
    cart = Cart.read(cookie)
    assert Cart.read(cart.written()) == cart
    assert all(0 < count <= 20 for count in cart.pieces.values())


def test_a_cart_keeps_its_order_and_its_limits() -> None:
    cart = Cart({}).with_more("107", 2).with_more("101", 1).with_more("107", 99).with_more("nothing", 1)
    assert cart.written() == "107x20-101x1"
    assert cart.without("107").written() == "101x1"


@pytest.mark.parametrize(
    ("promo", "pieces", "cents", "delivery"),
    [("", {"101": 1}, 4_480, 490), ("", {"101": 2}, 7_980, 0), ("SAVE10", {"101": 2}, 7_182, 0)],
)
def test_an_order_costs_goods_less_discount_plus_delivery(
    promo: str, pieces: dict[str, int], cents: int, delivery: int
) -> None:
    order = Order(order_id="H-1", cart=Cart(pieces), promo=promo)
    assert (order.cents, order.delivery) == (cents, delivery)


def test_a_purchase_call_says_unit_prices_and_the_paid_total() -> None:
    order = Order(order_id="H-1", cart=Cart({"101": 1, "107": 2}), promo="SAVE10")
    assert order.call() == {
        "products": [{"id": "101", "amount": 1, "price": 39.9}, {"id": "107", "amount": 2, "price": 29.9}],
        "order": "H-1",
        "order_price": 89.73,
        "order_delivery": 0.0,
        "promocode": "SAVE10",
    }
