"""Feeds of a real server, and the whole circle from a recommendation to its revenue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

import static
from collector.wire import Shop
from tests.live import sign_in
from tests.server import SHOP_ID, Answer, Server, run_r46, serving, wait_until

ORIGIN = "https://shop.example"
SHOP = Shop(
    shop_id=SHOP_ID, name="Demo", origins=(ORIGIN,), options={"r46.recommend": "on", "feeds.rate": "0"}
)
FROM_SHOP = {"Origin": ORIGIN}
BLOCK = {"id": None, "code": "also_bought", "title": "", "html": ""}


@pytest.fixture(scope="module", params=[(), ("--workers", "2")], ids=["one process", "two workers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("feeds") / "data", *request.param, shop=SHOP) as running:
        run_r46(
            *("shop", "key", "add", SHOP_ID, "--vendor", "feeds", "--feed-key", "pk1"),
            *("--data", str(running.data)),
        )
        yield running


def push(server: Server, did: str, event: str, **fields: Any) -> None:
    body = {"shop_id": SHOP_ID, "did": did, "sid": did, "event": event, **fields}
    assert server.post("/push", body).json() == {"status": "success"}


def feed(server: Server, name: str, query: str) -> Answer:
    """The first answer there is: a busy machine may say a few times that it cannot tell in time."""
    answers: list[Answer] = []

    def answered() -> bool:
        answers.append(server.get(f"/feeds/{name}?key=pk1&{query}", FROM_SHOP))
        return answers[-1].status != 503

    wait_until(answered, 60, server.said)
    assert answers[-1].status == 200, answers[-1].body
    return answers[-1]


def recommended(server: Server, path: str) -> Any:
    """The first answer of `/recommend` that is not the empty one, which it gives while it cannot tell."""
    answers: list[Any] = []

    def answered() -> bool:
        answers.append(server.get(path, FROM_SHOP).json())
        return answers[-1] not in ([], {**BLOCK, "recommends": []})

    wait_until(answered, 60, server.said)
    return answers[-1]


def ids(server: Server, name: str, query: str) -> list[str]:
    return [one["id"] for one in feed(server, name, query).json()["items"]]


def bought(server: Server, did: str, order: str, *products: str, **fields: Any) -> None:
    items = [{"id": product, "amount": 1, "price": 10} for product in products]
    push(server, did, "purchase", order_id=order, order_price=10 * len(items), items=items, **fields)


def earned(server: Server) -> dict[str, Any]:
    """What the dashboard's page of recommendations says of the one code that anybody clicked."""
    answer = server.get("/recommendations.json?period=7d&tab=codes", {"Cookie": sign_in(server)})
    rows = answer.json()["tables"]["recommendations/tools"]["rows"]
    (row,) = [row for row in rows if row["part"] == "tool"]
    names = ("recommended_by", "recommended_code", "impressions", "clicks", "direct_orders")
    return {"direct_revenue": float(row["direct_revenue"]), **{name: row[name] for name in names}}


def caught_up(server: Server, did: str) -> None:
    """The feed of a cart waits for the store, and so for whatever came before."""
    push(server, did, "cart", items=[{"id": "waited"}])
    assert ids(server, "recently_added_to_cart", f"did={did}") == ["waited"]


def test_a_removed_or_bought_product_leaves_at_once(server: Server) -> None:
    did = "device0001"
    for product in ("37", "56", "12"):
        push(server, did, "cart", items=[{"id": product, "amount": 2}])
        assert ids(server, "recently_added_to_cart", f"did={did}")[0] == product
    push(server, did, "remove_from_cart", items=[{"id": "56", "amount": 1}])
    assert ids(server, "recently_added_to_cart", f"did={did}") == ["12", "56", "37"]
    push(server, did, "remove_from_cart", items=[{"id": "56"}])
    assert ids(server, "recently_added_to_cart", f"did={did}") == ["12", "37"]
    bought(server, did, "O-1", "12")
    assert ids(server, "recently_added_to_cart", f"did={did}") == ["37"]


def test_a_page_of_the_shop_may_read_a_feed_and_another_may_not(server: Server) -> None:
    mine = feed(server, "popular_now", "")
    other = server.get("/feeds/popular_now?key=pk1", {"Origin": "https://other.example"})
    assert mine.headers["access-control-allow-origin"] == ORIGIN
    assert mine.headers["cache-control"] == "public, max-age=60"
    assert "access-control-allow-origin" not in other.headers
    assert "origin" in other.headers["vary"].lower()
    visitor = feed(server, "recently_viewed", "did=nobody")
    assert (visitor.json()["items"], visitor.headers["cache-control"]) == ([], "private, no-store")


def test_a_revoked_key_opens_nothing(server: Server) -> None:
    data = ("--data", str(server.data))
    said = run_r46("shop", "key", "add", SHOP_ID, "--vendor", "feeds", "--feed-key", "pk2", *data)
    wait_until(lambda: server.get("/feeds/popular_now?key=pk2").status == 200, 20, server.said)
    run_r46("shop", "key", "revoke", said.split("\t")[0], *data)
    wait_until(lambda: server.get("/feeds/popular_now?key=pk2").status == 401, 20, server.said)


def test_from_recommendation_over_click_to_direct_revenue(server: Server) -> None:
    page = {"url": f"{ORIGIN}/p/9", "name": "Lamp", "price": 10}
    push(server, "device0002", "view", items=[{"id": "9", **page}])
    for number in range(2):
        bought(server, f"buyer0000{number}", f"B-{number}", "8", "9")
    caught_up(server, "device0003")
    asked = f"shop_id={SHOP_ID}&did=device0003&recommender_type=also_bought&item_id=8"
    assert recommended(server, f"/recommend?{asked}") == ["9"]
    (one,) = recommended(server, f"/recommend?{asked}&extended=1")
    link = urlsplit(one["url"])
    assert link.query == "recommended_by=also_bought&recommended_code=feed_bought_together"
    assert recommended(server, f"/recommend/also_bought?{asked}") == {**BLOCK, "recommends": ["9"]}
    tool = {name: one[name] for name in ("recommended_by", "recommended_code")}
    push(server, "device0003", "block_view", items=["9"], **tool)
    push(server, "device0003", "view", items=[{"id": "9"}], **tool)
    bought(server, "device0003", "C-1", "9", "7")
    caught_up(server, "device0004")
    assert earned(server) == {
        "recommended_by": "also_bought",
        "recommended_code": "feed_bought_together",
        "impressions": 1,
        "clicks": 1,
        "direct_orders": 1,
        "direct_revenue": 10.0,
    }


def test_the_file_that_takes_old_calls_to_the_feeds_is_served(server: Server) -> None:
    answer = server.get("/feeds.js")
    assert (answer.status, answer.body) == (200, static.path("feeds.js").read_bytes())
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
