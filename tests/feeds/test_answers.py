"""Every feed is what plain Python finds in the same random history, however it came into the store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.feeds import Question, ask
from collector.history.feed import BOUGHT_FOR, feed
from collector.history.feed_person import IN_CART_FOR
from collector.store.duckdb import DuckStore
from tests.feeds import oracle
from tests.feeds.world import DEVICES, NOW, PRODUCTS, SHOP, Row, history, owner, records
from tests.store.world import Sender, content, item, load, open_store

TABLES = ("feed_interest", "feed_orders", "feed_pairs", "feed_products")
MOMENT = NOW.astimezone(UTC).replace(tzinfo=None)
SEEDS = range(2)

Shop = tuple[DuckStore, list[Row]]


@pytest.fixture(scope="module", params=SEEDS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A history in the store, loaded in its order, in batches."""
    rows = history(request.param)
    store = open_store(tmp_path_factory.mktemp("feeds") / "s.duckdb")
    lines = records(rows)
    for begin in range(0, len(lines), 60):
        load(store, lines[begin : begin + 60])
    yield store, rows
    store.close()


def told(store: DuckStore, **question: Any) -> dict[str, Any]:
    asked = ask(Question(limit=50, **question))
    return dict(feed(store.reader(), SHOP, asked.params, MOMENT))


def ids(store: DuckStore, **question: Any) -> list[str]:
    return [one["id"] for one in told(store, **question)["items"]]


@pytest.mark.parametrize("device", DEVICES)
def test_recently_viewed_is_of_the_person_whichever_device_asks(shop: Shop, device: str) -> None:
    store, rows = shop
    expected = oracle.viewed(rows, owner(device))
    assert ids(store, feed="recently_viewed", did=device) == expected
    assert ids(store, feed="recently_viewed", did=device, items=(expected[0],)) == expected[1:]


@pytest.mark.parametrize("device", DEVICES)
def test_what_was_removed_or_bought_is_recently_added_no_more(shop: Shop, device: str) -> None:
    store, rows = shop
    expected = oracle.carted(rows, owner(device), NOW - IN_CART_FOR)
    assert ids(store, feed="recently_added_to_cart", did=device) == expected


@pytest.mark.parametrize("product", PRODUCTS)
def test_bought_together_counts_orders_of_people_that_were_kept(shop: Shop, product: str) -> None:
    store, rows = shop
    placed = oracle.orders(rows)
    found = told(store, feed="bought_together", items=(product,))["items"]
    expected = oracle.ranked(placed, product, oracle.together(placed)[product])
    assert [(one["id"], one["score"], one["lift"]) for one in found] == expected


@pytest.mark.parametrize("product", PRODUCTS)
def test_bought_next_is_of_the_buyer_s_next_order(shop: Shop, product: str) -> None:
    store, rows = shop
    placed = oracle.orders(rows)
    found = told(store, feed="bought_next", items=(product,))["items"]
    expected = oracle.ranked(placed, product, oracle.following(placed)[product])
    assert [(one["id"], one["score"], one["lift"]) for one in found] == expected


@pytest.mark.parametrize("by", ["all", "views", "adds", "purchases"])
@pytest.mark.parametrize("hours", [24, 168])
def test_popular_now_counts_a_visitor_once_an_hour_and_older_hours_less(
    shop: Shop, by: str, hours: int
) -> None:
    store, rows = shop
    found = told(store, feed="popular_now", by=by, hours=hours)["items"]
    expected = oracle.popular(rows, oracle.orders(rows), NOW, hours, by)
    assert {one["id"]: one["score"] for one in found} == expected
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)


def test_a_year_of_orders_counts_and_no_more(shop: Shop) -> None:
    store, _ = shop
    later = MOMENT + BOUGHT_FOR
    question = Question(feed="bought_together", items=("p0",), limit=50)
    assert feed(store.reader(), SHOP, ask(question).params, later)["items"] == []


def test_pages_of_a_feed_put_together_are_the_feed(shop: Shop) -> None:
    store, _ = shop
    whole = ids(store, feed="popular_now", hours=168)
    pages: list[str] = []
    more = True
    while more:
        question = Question(feed="popular_now", hours=168, limit=3, offset=len(pages))
        page = feed(store.reader(), SHOP, ask(question).params, MOMENT)
        pages += [one["id"] for one in page["items"]]
        more = page["more"]
    assert pages == whole


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_any_batches_and_repeats_give_the_tables_of_one_pass(tmp_path: Path, seed: int) -> None:
    """Records may be loaded long after they came; only when they came counts."""
    lines = records(history(seed, 70))
    whole = open_store(tmp_path / "whole.duckdb")
    load(whole, lines)
    parts = open_store(tmp_path / "parts.duckdb")
    dice = random.Random(seed)
    rest = [*lines, *dice.sample(lines, 20)]
    dice.shuffle(rest)
    while rest:
        size = dice.choice((1, 10, 40))
        load(parts, rest[:size])
        rest = rest[size:]
    for table in TABLES:
        assert content(parts, table) == content(whole, table), table
        assert content(whole, table), table
    whole.close()
    parts.close()


def test_an_order_that_is_reported_again_takes_nothing_out_of_the_next_cart(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    one, other = (("p1", 1),), (("p1", 1), ("p2", 1))
    steps = (("add", one, ""), ("buy", one, "o1"), ("add", other, ""), ("buy", other, "o1"))
    rows = [
        Row(NOW - timedelta(hours=9 - n), "d3", what, items, order=order)
        for n, (what, items, order) in enumerate(steps)
    ]
    load(store, records(rows))
    assert ids(store, feed="recently_added_to_cart", did="d3") == ["p1"]  # p2 is new in the second report
    load(store, records([*rows, Row(NOW - timedelta(hours=1), "d3", "buy", one, order="o2")])[-1:])
    assert ids(store, feed="recently_added_to_cart", did="d3") == []
    store.close()


def test_a_device_that_changes_hands_takes_no_history_along(tmp_path: Path) -> None:
    """What was looked at before stays with who looked; the new owner's other device knows nothing of it."""
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    days = [NOW - timedelta(days=number) for number in (9, 8, 7, 6)]
    signed_in = (("d0", "ann@shop.example"), ("d1", "bob@shop.example"), ("d0", "bob@shop.example"))
    events = [
        sender.event("identify", day, device_id=device, session_id=f"s{day.day}", email=email)
        for (device, email), day in zip(signed_in, (days[0], days[1], days[2]), strict=True)
    ]
    for product, device, day in (("old", "d0", days[0]), ("new", "d0", days[2]), ("own", "d1", days[3])):
        at, session = day + timedelta(minutes=1), f"s{day.day}"
        items = (item(product),)
        events.append(sender.event("view_item", at, device_id=device, session_id=session, items=items))
        events.append(sender.event("add_to_cart", at, device_id=device, session_id=session, items=items))
    load(store, [sender.request([event]) for event in sorted(events, key=lambda event: event.ts)])
    for device in ("d0", "d1"):
        assert ids(store, feed="recently_viewed", did=device) == ["own", "new"]
        assert ids(store, feed="recently_added_to_cart", did=device) == ["own", "new"]
    store.close()


def test_what_events_said_of_a_product_is_told_and_what_they_did_not_is_not(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    hour = timedelta(hours=1)
    about = {"name": "Old", "price": "9.5", "url": "https://shop.example/p/1?color=red", "picture": "//x"}
    rows = [
        Row(NOW - 5 * hour, "d3", "view", (("p1", 1),), told=about),
        Row(NOW - 3 * hour, "d3", "view", (("p1", 1),), told={"name": "New"}),
        Row(NOW - 2 * hour, "d3", "view", (("p2", 1),), told={"page": "https://shop.example/g?mail=a@b.c"}),
        Row(NOW - 1 * hour, "d3", "view", (("p3", 1),), told={"page": "https://shop.example/g?utm_x=1#a"}),
        Row(NOW - 1 * hour, "d4", "view", (("p3", 1),), bot=True, told={"name": "A robot's"}),
    ]
    load(store, records(rows))
    nothing = {"name": None, "page": None, "picture": None, "price": None, "currency": None}
    known = {one["id"]: one for one in told(store, feed="recently_viewed", did="d3")["items"]}
    assert {item: {name: one[name] for name in nothing} for item, one in known.items()} == {
        "p1": {
            "name": "New",
            "page": "https://shop.example/p/1?color=red",
            "picture": "//x",
            "price": "9.50",
            "currency": "EUR",
        },
        "p2": nothing,
        "p3": {**nothing, "page": "https://shop.example/g"},
    }
    store.close()
