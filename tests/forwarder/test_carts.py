"""What lies in a cart: known only from a snapshot on, equal to a plain count, one name until the purchase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Event, Item
from collector.forwarder.carts import ORDERS, Cart, after
from collector.ids import keyed_id
from tests.forwarder.events import event, item


def run(told: Sequence[Event], *, empty: bool = False, endpoint: str = "") -> Cart | None:
    """The cart after the events, kept as JSON in between."""
    cart: Cart | None = None
    for one in told:
        cart = after(cart, one, empty_at_session_start=empty, endpoint=endpoint)
        cart = msgspec.json.decode(msgspec.json.encode(cart), type=Cart)
    return cart


def snapshot(event_id: str, *items: Item, cart_id: str | None = None) -> Event:
    return event("cart_update", event_id, items=items, is_full=True, cart_id=cart_id)


def add(event_id: str, *items: Item, cart_id: str | None = None) -> Event:
    return event("add_to_cart", event_id, items=items, cart_id=cart_id)


def remove(event_id: str, *items: Item, notes: tuple[str, ...] = ()) -> Event:
    return event("remove_from_cart", event_id, items=items, notes=notes)


def bought(event_id: str, order: str | None = None) -> Event:
    return event("purchase", event_id, order_key=order)


def test_a_cart_that_was_never_told_whole_is_not_known() -> None:
    cart = run([add("e1", item("37")), remove("e2", item("37")), bought("e3"), add("e4", item("38"))])
    assert cart == Cart(ref=keyed_id("cart", "e4"), orders=("event:e3",))
    assert cart.told is None


def test_a_snapshot_makes_it_known_and_changes_are_counted_from_there() -> None:
    cart = run(
        [
            add("e0", item("99")),
            snapshot("e1", item("37", "2", price="10", item_name="Kettle"), item("38", "1")),
            add("e2", item("37", "1", price="9")),
            add("e3", item("40", None)),
            remove("e4", item("38", "5")),
        ]
    )
    kettle = item("37", "3", price="9", item_name="Kettle")
    assert cart == Cart(
        items=(kettle, item("40", "1")), known=True, ref=keyed_id("cart", "e0"), baseline="e1"
    )
    assert cart.told == (kettle, item("40", "1"))


def test_an_empty_snapshot_clears_the_cart_and_leaves_it_its_name() -> None:
    cart = run([snapshot("e1", item("37")), snapshot("e2")])
    assert cart == Cart(items=(), known=True, ref=keyed_id("cart", "e1"), baseline="e2")


def test_a_purchase_empties_a_known_cart_and_the_next_change_begins_another() -> None:
    rows = [snapshot("e1", item("37")), bought("e2", "A-1")]
    assert run(rows) == Cart(known=True, baseline="e1", orders=("A-1",))
    cart = run([*rows, add("e3", item("38"))])
    assert cart == Cart(
        items=(item("38"),), known=True, ref=keyed_id("cart", "e3"), baseline="e1", orders=("A-1",)
    )


def test_further_rows_of_an_order_empty_no_new_cart() -> None:
    cart = run([snapshot("e1"), bought("e2", "A-1"), add("e3", item("38")), bought("e4", "A-1")])
    assert cart is not None
    assert cart.told == (item("38"),)
    many = run([bought(f"b{n}", f"A-{n}") for n in range(50)])
    assert many is not None
    assert len(many.orders) == ORDERS


@pytest.mark.parametrize(("empty", "told"), [(True, (item("38"),)), (False, None)])
def test_a_session_begins_with_an_empty_cart_only_where_the_shop_says_so(
    empty: bool, told: tuple[Item, ...] | None
) -> None:
    cart = run([event("session_start", "s1"), add("e2", item("38"))], empty=empty)
    assert cart is not None
    assert (cart.told, cart.baseline) == (told, "s1" if empty else "")


def test_a_session_start_that_means_nothing_leaves_a_known_cart_alone() -> None:
    rows = [snapshot("e1", item("37")), event("session_start", "s1")]
    left, emptied = run(rows), run(rows, empty=True)
    assert left is not None
    assert emptied is not None
    assert (left.told, emptied.told) == ((item("37"),), ())


def test_the_vendor_s_lasting_id_names_the_cart_and_a_new_one_another() -> None:
    names = []
    cart: Cart | None = None
    for one in (
        add("e1", item("37")),
        snapshot("e2", item("37"), cart_id="c-81"),
        add("e3", item("38")),
        snapshot("e4", cart_id="c-82"),
    ):
        cart = after(cart, one, empty_at_session_start=False, endpoint="yespo.event")
        names.append(cart.ref)
    assert names == [keyed_id("cart", "e1"), "c-81", "c-81", "c-82"]


def test_an_id_that_every_snapshot_has_anew_names_no_cart() -> None:
    rows = [snapshot("e1", item("37"), cart_id="g1"), snapshot("e2", item("38"), cart_id="g2")]
    cart = run(rows, endpoint="yespo.web")
    assert cart is not None
    assert (cart.ref, cart.told) == (keyed_id("cart", "e1"), (item("38"),))


def test_variants_lie_apart_and_one_that_is_not_named_is_the_first() -> None:
    red, blue = item("37", "1", item_variant="red"), item("37", "2", item_variant="blue")
    cart = run([snapshot("e1", red, blue), remove("e2", item("37", "1")), remove("e3", item("37", "1"))])
    assert cart is not None
    assert cart.told == (item("37", "1", item_variant="blue"),)


def test_what_is_taken_out_whole_is_gone_whatever_its_quantity() -> None:
    cart = run([snapshot("e1", item("37", "7")), remove("e2", item("37", "1"), notes=("remove_all",))])
    assert cart is not None
    assert cart.told == ()


def test_what_is_not_about_carts_leaves_the_cart_as_it_is() -> None:
    cart = run([snapshot("e1", item("37"))])
    for name in ("page_view", "view_cart", "add_to_wishlist", "order_status"):
        told = event(name, "x", items=(item("9"),), order_key="A-1")
        assert after(cart, told, empty_at_session_start=True) == cart
    partial = event("cart_update", "x", items=(item("9"),))
    assert after(cart, partial, empty_at_session_start=True) == cart


Key = tuple[str, str | None]
KEYS = st.tuples(st.sampled_from(["37", "38"]), st.sampled_from(["red", "blue"]))
GOODS = st.lists(st.tuples(KEYS, st.integers(1, 4)), max_size=3)
MOVES = st.lists(
    st.tuples(st.sampled_from(["snapshot", "add", "add", "remove", "remove", "bought", "session"]), GOODS),
    max_size=15,
)


def oracle(moves: Sequence[tuple[str, list[tuple[Key, int]]]], *, empty: bool) -> Counter[Key] | None:
    held: Counter[Key] | None = None
    for move, goods in moves:
        told: Counter[Key] = Counter()
        for key, quantity in goods:
            told[key] += quantity
        if move == "snapshot":
            held = told
        elif move == "session":
            held = Counter() if empty else held
        elif held is not None:
            held = Counter() if move == "bought" else held + told if move == "add" else held - told
    return held


def counted(items: Sequence[Item]) -> Counter[Key]:
    return Counter({(one.item_id, one.item_variant): int(one.quantity or 1) for one in items})


@settings(max_examples=400, deadline=None, derandomize=True)
@given(moves=MOVES, empty=st.booleans())
def test_a_cart_is_what_a_plain_count_of_its_moves_says(
    moves: list[tuple[str, list[tuple[Key, int]]]], empty: bool
) -> None:
    makers: dict[str, Callable[..., Event]] = {"snapshot": snapshot, "add": add, "remove": remove}
    told = []
    for nth, (move, goods) in enumerate(moves):
        items = [item(key[0], str(quantity), item_variant=key[1]) for key, quantity in goods]
        if move == "session":
            told.append(event("session_start", f"e{nth}"))
        else:
            told.append(makers[move](f"e{nth}", *items) if move in makers else bought(f"e{nth}"))
    cart = run(told, empty=empty)
    expected = oracle(moves, empty=empty)
    found = None if cart is None or cart.told is None else counted(cart.told)
    assert found == expected
