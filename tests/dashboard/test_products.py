"""Products, brands and categories: the queries against plain Python over small worlds, and the page."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.dashboard.shop_world import FORMULA, HOSTILE, Client, OneKey, app_over, signed_in
from tests.dashboard.shopping_world import (
    PERIOD,
    SHOP,
    UNTIL,
    Act,
    Sale,
    Thing,
    World,
    ask,
    counted,
    store,
    within,
)

DAY = 24 * 60
SEEDS = range(15)
ITEMS = ["kettle", "lid", "cup"]
SUMMED = ("views", "adds", "viewed", "then_added", "carted", "then_bought", "units", "revenue")


def random_world(seed: int) -> World:
    roll = random.Random(f"products/{seed}")
    pick = roll.choice
    moments = [-1, 0, 1, 2, 3, 10, 60, 2 * DAY, 3 * DAY - 1, 3 * DAY, 3 * DAY + 60, 4 * DAY + 1]
    sessions = ["s1", "s1", "s2", None]
    stocks: list[bool | None] = [True, False, None] if roll.random() < 0.5 else [None]
    events = ["view_item", "view_item", "add_to_cart", "cart_update"]
    if seed % 5 == 0:
        events = ["view_item", "view_item", "cart_update"]

    def thing() -> Thing:
        return Thing(
            item=pick(ITEMS),
            name=pick([None, "Kettle", "Kettle, blue"]),
            brand=pick([None, "Acme", "Fjord"]),
            category=pick([None, "home / tea"]),
            stock=pick(stocks),
        )

    def act() -> Act:
        return Act(
            event=pick([*events, "purchase"]),
            at=pick(moments),
            session=pick(sessions),
            things=tuple(thing() for _ in range(pick([1, 1, 1, 2]))),
            bot=roll.random() < 0.1,
            shop=pick([SHOP.shop_id] * 9 + ["shop-2"]),
        )

    def sale(number: int) -> Sale:
        lines = tuple(
            (pick([*ITEMS, "never seen"]), pick([1, 3]), pick(["0", "9.99", "33.3333"]))
            for _ in range(pick([0, 1, 2]))
        )
        return Sale(
            key=f"o{number}",
            at=pick(moments),
            session=pick(sessions),
            lines=lines,
            lump="0" if lines else "12.34",
            currency=pick(["EUR", "EUR", "USD"]),
            bot=roll.random() < 0.1,
        )

    return World(
        acts=tuple(act() for _ in range(pick([0, 5, 30]))),
        sales=tuple(sale(number) for number in range(pick([0, 2, 5]))),
    )


def things_of(world: World, event: tuple[str, ...]) -> list[tuple[Act, Thing]]:
    """Every item of every event of these kinds in the period."""
    acts = [act for act in counted(world.acts) if act.event in event and within(act.ts)]
    return [(act, thing) for act in acts for thing in act.things]


def known(world: World, item: str, name: str) -> str | None:
    """The last that was told of an item; of two at one moment the greater."""
    told = [
        (act.ts, value)
        for act in counted(world.acts)
        if within(act.ts)
        for thing in act.things
        if thing.item == item and (value := getattr(thing, name)) is not None
    ]
    return max(told)[1] if told else None


def figures(world: World, item: str) -> dict[str, Any]:
    """What is known of one product, event by event."""
    views = [(act, thing) for act, thing in things_of(world, ("view_item",)) if thing.item == item]
    adds = [act for act, thing in things_of(world, ("add_to_cart",)) if thing.item == item]
    followed = [
        act
        for act in counted(world.acts)
        if act.ts < UNTIL + timedelta(days=1) and any(thing.item == item for thing in act.things)
    ]
    in_cart: dict[str, Any] = {}
    for act, thing in things_of(world, ("add_to_cart", "cart_update")):
        if thing.item == item and act.session:
            in_cart[act.session] = min(act.ts, in_cart.get(act.session, act.ts))
    sold = [
        (sale, quantity, Decimal(amount))
        for sale in world.sales
        if not sale.bot
        for name, quantity, amount in sale.lines
        if name == item
    ]
    told = any(thing.stock is not None for _, thing in things_of(world, ("view_item",)))
    return {
        "views": len(views),
        "adds": len(adds),
        "viewed": sum(act.session is not None for act, _ in views),
        "then_added": sum(
            any(
                add.event == "add_to_cart" and add.session == act.session and add.ts >= act.ts
                for add in followed
            )
            for act, _ in views
            if act.session
        ),
        "carted": len(in_cart),
        "then_bought": sum(
            any(
                sale.session == session and first <= sale.ts < UNTIL + timedelta(days=1)
                for sale, _, _ in sold
            )
            for session, first in in_cart.items()
        ),
        "units": sum(quantity for sale, quantity, _ in sold if within(sale.ts)),
        "revenue": sum(
            (amount for sale, _, amount in sold if within(sale.ts) and sale.currency == "EUR"), Decimal(0)
        ),
        "out_of_stock": sum(thing.stock is False for _, thing in views) if told else None,
    }


def seen(world: World) -> set[str]:
    sold = {item for s in world.sales if not s.bot and within(s.ts) for item, _, _ in s.lines}
    return sold | {t.item for act in counted(world.acts) if within(act.ts) for t in act.things}


def grouped(world: World, tab: str) -> dict[str | None, dict[str, Any]]:
    """Sums by what a tab shows; `None` is what was not told."""
    groups: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for item in seen(world):
        dimension = {"brands": "brand", "categories": "category"}.get(tab)
        groups[known(world, item, dimension) if dimension else item].append(figures(world, item))
    return {thing: _sum(members) for thing, members in groups.items()}


def _sum(members: list[dict[str, Any]]) -> dict[str, Any]:
    stocks = [one["out_of_stock"] for one in members if one["out_of_stock"] is not None]
    return {name: sum(one[name] for one in members) for name in SUMMED} | {
        "out_of_stock": sum(stocks) if stocks else None
    }


def _share(part: Any, whole: Any) -> Any:
    return pytest.approx(float(part) / float(whole)) if whole else None


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_of_a_product_brand_and_category_is_that_of_the_definitions(seed: int) -> None:
    world = random_world(seed)
    with store(world) as db:
        for tab in ("products", "brands", "categories"):
            rows = {row.pop("thing"): row for row in ask(db, "products/list", tab=tab)}
            assert rows == listed(world, tab)


def listed(world: World, tab: str) -> dict[str | None, dict[str, Any]]:
    """The rows that a tab must have."""
    groups = grouped(world, tab)
    everything = _sum(list(groups.values()))
    whole_carts = everything["carted"] > 0 and not everything["adds"]
    return {
        thing: {
            "item_name": known(world, str(thing), "name") if tab == "products" else None,
            "views": one["views"],
            "out_of_stock": one["out_of_stock"],
            "adds": None if whole_carts else one["adds"],
            "view_to_cart": None if whole_carts else _share(one["then_added"], one["viewed"]),
            "cart_to_order": _share(one["then_bought"], one["carted"]),
            "units": one["units"],
            "revenue": one["revenue"],
            "share": _share(one["revenue"], everything["revenue"]),
            "found": len(groups),
            "found_revenue": everything["revenue"],
        }
        for thing, one in groups.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_totals_are_the_sums_and_with_orders_that_name_nothing_are_booked_revenue_to_the_cent(
    seed: int,
) -> None:
    world = random_world(seed)
    one = _sum([figures(world, item) for item in seen(world)])
    whole_carts = one["carted"] > 0 and not one["adds"]
    with store(world) as db:
        (row,) = ask(db, "products/totals")
    booked = [s.revenue for s in world.sales if within(s.ts) and not s.bot and s.currency == "EUR"]
    assert row["revenue"] + row["lineless"] == sum(booked, Decimal(0))
    assert row == {
        "products": len(seen(world)),
        "views": one["views"],
        "adds": None if whole_carts else one["adds"],
        "viewed": one["viewed"],
        "viewed_then_added": one["then_added"],
        "view_to_cart": None if whole_carts else _share(one["then_added"], one["viewed"]),
        "carted": one["carted"],
        "carted_then_bought": one["then_bought"],
        "cart_to_order": _share(one["then_bought"], one["carted"]),
        "units": one["units"],
        "revenue": one["revenue"],
        "out_of_stock": one["out_of_stock"],
        "lineless": row["lineless"],
    }


def test_the_random_worlds_meet_every_rule() -> None:
    sums = [_sum([figures(world, item) for item in seen(world)]) for world in map(random_world, SEEDS)]
    assert all(any(one[name] for one in sums) for name in (*SUMMED, "out_of_stock"))
    assert any(one["out_of_stock"] is None for one in sums)
    assert any(one["carted"] and not one["adds"] for one in sums)
    assert any(0 < one["then_bought"] < one["carted"] for one in sums)


def test_views_out_of_stock_are_unknown_until_a_view_tells_the_stock() -> None:
    silent = Act(event="view_item", at=1, things=(Thing(item="kettle"),))
    told = Act(
        event="view_item", at=2, things=(Thing(item="lid", stock=False), Thing(item="cup", stock=True))
    )
    for acts, expected in (
        ((silent,), {"kettle": None}),
        ((silent, told), {"kettle": 0, "lid": 1, "cup": 0}),
    ):
        with store(World(acts=acts)) as db:
            rows = ask(db, "products/list", tab="products")
        assert {row["thing"]: row["out_of_stock"] for row in rows} == expected


def test_an_add_before_the_view_is_no_view_to_cart_and_one_at_its_moment_is() -> None:
    kettle = (Thing(item="kettle"),)
    view = Act(event="view_item", at=5, things=kettle)
    for at, rate in ((4.9, 0.0), (5, 1.0), (DAY, 1.0)):
        with store(World(acts=(view, Act(event="add_to_cart", at=at, things=kettle)))) as db:
            (row,) = ask(db, "products/totals")
        assert row["view_to_cart"] == rate


def test_find_looks_for_text_in_ids_and_names_and_knows_no_patterns() -> None:
    things = (Thing(item="A_1", name="Blue Kettle"), Thing(item="B%2"), Thing(item="C3", name="Cup"))
    with store(World(acts=(Act(event="view_item", at=1, things=things),))) as db:
        found = {
            text: sorted(row["thing"] for row in ask(db, "products/list", tab="products", find=text))
            for text in ("kettle", "a_", "%", "_", "' or 1=1 --")
        }
    assert found == {"kettle": ["A_1"], "a_": ["A_1"], "%": ["B%2"], "_": ["A_1"], "' or 1=1 --": []}


def client_of(world: World) -> Client:
    return signed_in(app_over(store(world), control=OneKey(shops=(SHOP,))))


def test_the_page_names_what_is_not_known_and_shows_hostile_names_as_text() -> None:
    hostile = Thing(item=FORMULA, name=HOSTILE, brand=HOSTILE)
    world = World(
        acts=(Act(event="view_item", at=1, things=(hostile, Thing(item="lid"))),),
        sales=(
            Sale(key="o1", at=2, lines=((FORMULA, 2, "8.00"),)),
            Sale(key="o2", at=3, lines=(), lump="3.50"),
        ),
    )
    client = client_of(world)
    for tab in ("products", "brands", "categories"):
        text = client.get(f"/products?{urlencode({**PERIOD, 'tab': tab})}").text
        assert "<img" not in text
        assert "n/a, because no product view tells the stock" in text
        assert "Orders that name no product brought another €3.50." in text
    brands = client.get(f"/products?{urlencode({**PERIOD, 'tab': 'brands'})}").text
    assert "n/a, because no event of the period told a brand" in brands
    link = urlencode({"find": HOSTILE})
    assert link in brands.replace("&amp;", "&")


def test_a_shop_that_only_tells_whole_carts_is_told_how_to_send_adds() -> None:
    kettle = (Thing(item="kettle"),)
    world = World(
        acts=(
            Act(event="view_item", at=1, things=kettle),
            Act(event="cart_update", at=2, things=kettle),
        )
    )
    text = client_of(world).get(f"/products?{urlencode(PERIOD)}").text
    assert text.count("n/a, because carts are only told as a whole") >= 3


def test_a_period_without_products_names_the_next_action() -> None:
    text = client_of(World()).get(f"/products?{urlencode(PERIOD)}").text
    assert "A product page sends r46(&#39;track&#39;, &#39;view&#39;, {id: &#39;37&#39;" in text
    found = client_of(World()).get(f"/products?{urlencode({**PERIOD, 'find': 'x'})}").text
    assert found.count("Nothing contains these words.") == 2
    assert "brought revenue here" not in found
