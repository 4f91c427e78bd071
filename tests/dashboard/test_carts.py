"""Abandoned carts: the queries against a replay in plain Python over small worlds, and the page."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.dashboard.shop_world import OneKey, app_over, signed_in
from tests.dashboard.shopping_world import (
    CLOCK,
    PERIOD,
    SHOP,
    START,
    UNTIL,
    Act,
    Sale,
    Thing,
    World,
    ask,
    counted,
    store,
    visitor_of,
    within,
)

DAY = 24 * 60
SEEDS = range(18)
GAP = timedelta(seconds=SHOP.session_gap_s)
CART = ("add_to_cart", "remove_from_cart", "cart_update", "view_cart")
STEPS = ("view_item", "search", "cart", "begin_checkout", "add_shipping_info", "add_payment_info")
LATE = (CLOCK - START).total_seconds() / 60


def random_world(seed: int) -> World:
    """Sessions that add, take out, tell whole carts and buy, in every order; some are not over yet."""
    roll = random.Random(f"carts/{seed}")
    pick = roll.choice
    events = ["add_to_cart"] * 4 + ["remove_from_cart"] * 3 + ["cart_update"] * 2 + ["purchase"]
    events += [
        "view_item",
        "view_item",
        "search",
        "view_cart",
        "begin_checkout",
        "add_payment_info",
        "page_view",
    ]

    def things(event: str) -> tuple[Thing, ...]:
        if event in ("search", "view_cart", "begin_checkout", "add_payment_info", "page_view"):
            return ()
        sizes = [0, 1, 2] if event == "cart_update" else [1, 1, 2]
        return tuple(
            Thing(
                item=item,
                quantity=pick([None, 1, 2, 3]),
                price=pick([None, Decimal("9.90"), Decimal("20")]) if item != "unpriced" else None,
                currency=pick(["EUR", "EUR", "EUR", None, "USD"]),
            )
            for item in roll.sample(["kettle", "lid", "unpriced"], pick(sizes))
        )

    def session(name: str, start: float) -> list[Act]:
        offsets = sorted(pick([0, 1, 1, 2, 5, 9, 12]) for _ in range(roll.randint(1, 7)))
        chosen = [(pick(events), offset) for offset in offsets]
        robot = roll.random() < 0.1
        return [
            Act(
                event=event,
                at=start + offset,
                session=name,
                things=things(event),
                whole=event == "remove_from_cart" and roll.random() < 0.4,
                bot=robot,
            )
            for event, offset in chosen
        ]

    starts = [-8 * DAY, -5, 0, 30, DAY, 3 * DAY - 3, 3 * DAY]
    names = [f"ann{number}.{run}" for number in range(6) for run in range(2)]
    acts = [act for name in names for act in session(name, pick(starts))]
    sales = tuple(
        Sale(key=f"o{number}", at=pick([0, 3, 40, DAY + 4]), session=pick(names), bot=roll.random() < 0.1)
        for number in range(pick([0, 2, 4]))
    )
    return World(acts=tuple(acts), sales=sales)


@dataclass
class Cart:
    """What became of the cart of one session."""

    started: datetime
    state: str
    last: str | None
    came_back: bool
    left: dict[str, int] = field(default_factory=dict)


def replay(acts: list[Act]) -> dict[str, int]:
    """What is in the cart after these events."""
    held: dict[str, int] = {}
    for act in acts:
        if act.event == "cart_update":
            held = {}
        for thing in act.things:
            had, more = held.get(thing.item, 0), thing.quantity or 1
            if act.event in ("add_to_cart", "cart_update"):
                held[thing.item] = had + more
            elif act.event == "remove_from_cart":
                held[thing.item] = 0 if act.whole else max(0, had - more)
            elif act.event == "purchase":
                held[thing.item] = 0
    return {item: quantity for item, quantity in held.items() if quantity > 0}


def carts_of(world: World) -> list[Cart]:
    sessions: dict[str, list[Act]] = defaultdict(list)
    for act in sorted(counted(world.acts), key=lambda act: act.ts):
        if act.session:
            sessions[act.session].append(act)
    found = []
    for name, acts in sessions.items():
        had = any(act.event in ("add_to_cart", "cart_update") and act.things for act in acts)
        if had and within(acts[0].ts):
            found.append(_cart(world, name, acts))
    return found


def _cart(world: World, name: str, acts: list[Act]) -> Cart:
    sales = [sale for sale in world.sales if not sale.bot and sale.ts >= START]
    left = replay(acts)
    if any(sale.session == name for sale in sales):
        state = "ordered"
    elif CLOCK - acts[-1].ts < GAP:
        state = "open"
    else:
        state = "abandoned" if left else "emptied"
    steps = [(act.ts, "cart" if act.event in CART else act.event) for act in acts]
    last = max((ts, STEPS.index(step)) for ts, step in steps if step in STEPS)
    back = any(
        sale.session and visitor_of(sale.session) == visitor_of(name) and sale.ts >= acts[-1].ts
        for sale in sales
    )
    return Cart(acts[0].ts, state, STEPS[last[1]], back, left if state == "abandoned" else {})


def prices_of(world: World) -> dict[str, Decimal]:
    """The last price in the shop's currency that anyone sent; of two at one moment the higher."""
    told: dict[str, tuple[datetime, Decimal]] = {}
    for act in counted(world.acts):
        for thing in act.things:
            counts = thing.price is not None and thing.currency in ("EUR", None)
            if counts and START - timedelta(days=7) <= act.ts < UNTIL + timedelta(days=1):
                one = (act.ts, thing.price or Decimal(0))
                told[thing.item] = max(one, told.get(thing.item, one))
    return {item: price for item, (_, price) in told.items()}


def worth(cart: Cart, prices: dict[str, Decimal]) -> Decimal | None:
    if not cart.left or any(item not in prices for item in cart.left):
        return None
    return sum((quantity * prices[item] for item, quantity in cart.left.items()), Decimal(0))


def _sum(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_of_carts_is_that_of_a_replay(seed: int) -> None:
    world = random_world(seed)
    carts, prices = carts_of(world), prices_of(world)
    states = Counter(cart.state for cart in carts)
    gone = [cart for cart in carts if cart.state == "abandoned"]
    values = [worth(cart, prices) for cart in gone]
    valued, back = sum(value is not None for value in values), sum(cart.came_back for cart in gone)
    with store(world) as db:
        (row,) = ask(db, "carts/totals")
    average = row.pop("average")
    assert row == {
        "carts": len(carts),
        **{name: states[name] for name in ("ordered", "open", "emptied", "abandoned")},
        "abandonment": len(gone) / (len(carts) - states["open"]) if len(carts) > states["open"] else None,
        "valued": valued,
        "worth": _sum(values),
        "came_back": back,
        "came_back_share": back / len(gone) if gone else None,
    }
    total = _sum(values)
    assert (average is None) == (total is None)
    assert total is None or abs(average - total / valued) < Decimal("0.0001")


@pytest.mark.parametrize("seed", SEEDS)
def test_last_steps_days_and_products_are_those_of_a_replay(seed: int) -> None:
    world = random_world(seed)
    carts, prices = carts_of(world), prices_of(world)
    gone = [cart for cart in carts if cart.state == "abandoned"]
    with store(world) as db:
        steps, days, products = (ask(db, f"carts/{name}") for name in ("last_steps", "trend", "products"))
    assert {row["last_step"]: (row["carts"], row["worth"]) for row in steps} == {
        step: (len(these), _sum([worth(cart, prices) for cart in these]))
        for step in {cart.last for cart in gone}
        if (these := [cart for cart in gone if cart.last == step])
    }
    assert [
        {name: row[name] for name in ("ordered", "open", "emptied", "abandoned", "worth")} for row in days
    ] == [_day(carts, prices, number) for number in range(3)]
    units: Counter[str] = Counter()
    for cart in gone:
        units.update(cart.left)
    assert {row["item_id"]: (row["carts"], row["units"], row["price"], row["worth"]) for row in products} == {
        item: (
            sum(item in cart.left for cart in gone),
            quantity,
            prices.get(item),
            prices[item] * quantity if item in prices else None,
        )
        for item, quantity in units.items()
    }


def _day(carts: list[Cart], prices: dict[str, Decimal], number: int) -> dict[str, Any]:
    """One day; the clocks of Berlin do not change in this period."""
    first = START + timedelta(days=number)
    begun = [cart for cart in carts if first <= cart.started < first + timedelta(days=1)]
    states = Counter(cart.state for cart in begun)
    values = [worth(cart, prices) for cart in begun if cart.state == "abandoned"]
    return {
        **{name: states[name] for name in ("ordered", "open", "emptied", "abandoned")},
        "worth": _sum(values) if values else Decimal(0),
    }


def test_the_random_worlds_meet_every_rule() -> None:
    worlds = [random_world(seed) for seed in SEEDS]
    carts = [(cart, prices_of(world)) for world in worlds for cart in carts_of(world)]
    assert {cart.state for cart, _ in carts} == {"ordered", "emptied", "abandoned"}
    gone = [(cart, prices) for cart, prices in carts if cart.state == "abandoned"]
    assert {cart.came_back for cart, _ in gone} == {True, False}
    assert {worth(cart, prices) is None for cart, prices in gone} == {True, False}
    assert {cart.last for cart, _ in gone} >= {"cart", "view_item", "begin_checkout", "add_payment_info"}
    assert any(act.event == "remove_from_cart" and not act.whole for world in worlds for act in world.acts)


def add(item: str, at: float, **more: Any) -> Act:
    return Act(event="add_to_cart", at=at, things=(Thing(item=item, price=Decimal(10), **more),))


def state_of(*acts: Act, sales: tuple[Sale, ...] = (), **changes: Any) -> str:
    """The only state that has a session in it."""
    with store(World(acts=acts, sales=sales)) as db:
        (row,) = ask(db, "carts/totals", **changes)
    (state,) = [name for name in ("ordered", "open", "emptied", "abandoned") if row[name]]
    return state


def test_a_session_is_open_until_the_shops_gap_has_passed_and_then_abandoned() -> None:
    act = add("kettle", 60)
    assert state_of(act, now=act.ts + GAP - timedelta(microseconds=1)) == "open"
    assert state_of(act, now=act.ts + GAP) == "abandoned"
    assert state_of(act, now=act.ts + timedelta(minutes=31), gap_s=1800) == "abandoned"


def test_a_session_with_an_order_abandons_nothing_whatever_it_adds_later() -> None:
    sale = Sale(key="o1", at=2)
    assert state_of(add("kettle", 1), add("lid", 3), sales=(sale,)) == "ordered"
    other = Sale(key="o1", at=2, session="s2")
    assert state_of(add("kettle", 1), add("lid", 3), sales=(other,)) == "abandoned"


def test_an_empty_snapshot_empties_the_cart_and_is_itself_no_cart() -> None:
    empty = Act(event="cart_update", at=5)
    assert state_of(add("kettle", 1), empty) == "emptied"
    assert state_of(add("kettle", 1), empty, add("lid", 6)) == "abandoned"
    with store(World(acts=(empty,))) as db:
        (row,) = ask(db, "carts/totals")
    assert (row["carts"], row["abandonment"], row["worth"]) == (0, None, None)


def test_taking_out_more_than_there_was_owes_nothing_to_what_is_added_later() -> None:
    out = Act(event="remove_from_cart", at=2, things=(Thing(item="kettle", quantity=9),))
    with store(World(acts=(add("kettle", 1), out, add("kettle", 3, quantity=2)))) as db:
        (row,) = ask(db, "carts/products")
    assert (row["units"], row["price"], row["worth"]) == (2, Decimal(10), Decimal(20))


def test_a_cart_with_an_unpriced_product_has_no_value_and_the_page_says_how_to_get_it() -> None:
    unpriced = Act(event="add_to_cart", at=1, things=(Thing(item="<i>lid</i>"),))
    with store(World(acts=(unpriced,))) as db:
        (row,) = ask(db, "carts/totals")
        client = signed_in(app_over(db, control=OneKey(shops=(SHOP,))))
        text = client.get(f"/carts?{urlencode(PERIOD)}").text
    assert (row["abandoned"], row["valued"], row["worth"], row["average"]) == (1, 0, None, None)
    assert "n/a, because no price of it was sent" in text
    assert "Abandoned carts with a product whose price is not known: 1." in text
    assert "&lt;i&gt;lid&lt;/i&gt;" in text
    assert "<i>lid" not in text


def test_the_page_of_today_tells_open_carts_apart() -> None:
    late = Act(event="add_to_cart", at=LATE, things=(Thing(item="kettle", price=Decimal(10)),))
    with store(World(acts=(late,))) as db:
        (row,) = ask(db, "carts/totals", until=CLOCK + timedelta(days=1))
    assert (row["carts"], row["open"], row["abandoned"], row["abandonment"]) == (1, 1, 0, None)


def test_a_period_without_carts_names_the_next_action() -> None:
    with store(World()) as db:
        client = signed_in(app_over(db, control=OneKey(shops=(SHOP,))))
        text = client.get(f"/carts?{urlencode(PERIOD)}").text
    assert "A shop sends r46(&#39;track&#39;, &#39;cart&#39;, {id: &#39;37&#39;" in text
    assert 'data-card="worth"><abbr' in text
