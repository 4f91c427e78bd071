"""The demo shop's goods stand where pages and discounts expect them."""

from __future__ import annotations

import pytest

from collector.simulator.audience import queries
from collector.simulator.catalogue import bought_together, categories, products, search, similar


def test_every_price_gives_an_exact_discount_of_a_tenth() -> None:
    assert len(products()) >= 120
    assert [product for product in products().values() if product.cents % 10 or product.cents <= 0] == []


def test_ids_are_stable_numbers_in_the_order_of_the_shelves() -> None:
    listed = [product.product_id for shelf in categories() for product in shelf.products]
    assert listed == [str(101 + place) for place in range(len(listed))]
    assert list(products()) == listed


def test_a_product_is_never_recommended_beside_itself() -> None:
    for product_id, product in products().items():
        beside = similar(product_id)
        with_it = bought_together(product_id)
        assert product not in beside + with_it
        assert {other.category_id for other in beside} == {product.category_id}
        assert product.category_id not in {other.category_id for other in with_it}
        assert (len(beside), len(set(with_it))) == (4, 3)


def test_queries_find_what_they_should() -> None:
    fruitful, fruitless = queries()
    assert [query for query in fruitful if not search(query)] == []
    assert [query for query in fruitless if search(query)] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("red kettle", "Enamel Kettle 1.6 l, Poppy Red"),
        ("KNIVES", "Steak Knives, Set of Four"),
        ("plates", "Stoneware Dinner Plate, Sand"),
    ],
)
def test_a_search_knows_plurals_and_capitals(query: str, name: str) -> None:
    assert name in [product.name for product in search(query)]


@pytest.mark.parametrize("query", ["", "   ", "</script>", "%", "\x00"])
def test_a_search_for_nothing_finds_nothing(query: str) -> None:
    assert search(query) == ()
