"""What is told as added and removed is exactly the difference of two carts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from collector.destinations.baskets import difference
from collector.event import DecimalText, Item
from tests.adapters.judging import examples

GOODS = st.lists(st.tuples(st.sampled_from(["37", "38", "39"]), st.integers(1, 4)), max_size=4)


def item(item_id: str, quantity: str | None = None, price: str | None = None) -> Item:
    return Item(
        item_id=item_id,
        quantity=DecimalText(quantity) if quantity else None,
        price=DecimalText(price) if price else None,
    )


def counted(items: Sequence[Item]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in items:
        found[one.item_id] += int(Decimal(one.quantity or 1))
    return found


def test_a_product_is_told_once_with_its_pieces_as_it_was_told_last() -> None:
    before = [item("37", "2", "10"), item("38")]
    later = [item("37", "5", "9"), item("40", "0.5")]
    assert difference(before, later) == ([item("37", "3", "9"), item("40", "0.5")], [item("38", "1")])
    assert difference(before, before) == ([], [])
    assert difference([], [item("37"), item("37")]) == ([item("37", "2")], [])


@given(GOODS, GOODS)
@examples(300)
def test_the_difference_is_that_of_the_counts(
    before: list[tuple[str, int]], later: list[tuple[str, int]]
) -> None:
    states = [[item(name, str(pieces)) for name, pieces in goods] for goods in (before, later)]
    added, removed = difference(*states)
    assert counted(added) == counted(states[1]) - counted(states[0])
    assert counted(removed) == counted(states[0]) - counted(states[1])
