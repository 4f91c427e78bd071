"""The history of a real server, in one process and beside its workers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from collector.history.remote import RemoteHistory
from collector.serving.local import announced
from collector.wire import Ask, Shop, Told
from tests.history.world import DID
from tests.server import SHOP_ID, Server, serving, wait_until

WHO = {"shop_id": SHOP_ID, "did": DID, "sid": "cIxzHQJbUo"}


@pytest.fixture(scope="module", params=[(), ("--workers", "2")], ids=["one process", "two workers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("history") / "data", *request.param) as running:
        yield running


def told(server: Server, ask: Ask, shop_id: str = SHOP_ID) -> Told | None:
    """What the engine of the server tells another process."""
    history = RemoteHistory(lambda: announced(server.data))
    return asyncio.run(history.answer(Shop(shop_id=shop_id), ask))


def test_a_device_is_known_from_the_moment_of_its_first_acknowledgement(server: Server) -> None:
    for number in range(5):
        did = f"device000{number}"
        ask = Ask("device", {"did": did, "sid": "cIxzHQJbUo"})
        before = told(server, ask)
        assert before == {"known": False, "sid": None, "last_at": None, "sid_last_at": None}
        view = {**WHO, "did": did, "event": "view", "items": [{"id": "37"}]}
        assert server.post("/push", view).status == 200
        after = told(server, ask)
        assert after is not None
        assert (after["known"], after["sid"]) == (True, "cIxzHQJbUo")
        assert after["last_at"] == after["sid_last_at"]


def test_pushed_cart_events_are_the_cart(server: Server) -> None:
    items = [{"id": "37", "amount": 2, "price": 10}, {"id": "56", "amount": 1, "price": 5}]
    for event in (
        {"event": "cart", "full_cart": True, "items": items},
        {"event": "cart", "items": [{"id": "12", "amount": 3}]},
        {"event": "remove_from_cart", "items": [{"id": "56"}]},
    ):
        assert server.post("/push", {**WHO, **event}).json() == {"status": "success"}
    expected = {"items": [{"uniqid": "37", "quantity": 2}, {"uniqid": "12", "quantity": 3}]}
    assert told(server, Ask("cart", {"did": DID})) == expected
    asked = f"shop_id={SHOP_ID}&did={DID}"
    assert server.get(f"/products/cart?{asked}").json() == {"status": "success", "data": expected}
    counted = {"view": 0, "cart": 1, "purchase": 0}
    found = server.get(f"/products/counters?{asked}&item=12").json()
    assert (found["daily"], found["now"]) == (counted, counted)


def test_a_profile_that_was_set_is_told_without_what_identifies(server: Server) -> None:
    ask = Ask("profile", {"did": DID})
    person = {"email": "ann@shop.example", "first_name": "Ann", "gender": "f", "colour": "red"}
    assert server.post("/profile/set", {**WHO, **person}).status == 200
    wait_until(lambda: (told(server, ask) or {}).get("has_email"), 20, server.said)
    assert server.get(f"/profile?shop_id={SHOP_ID}&did={DID}").json() == {
        "id": None,
        "has_email": True,
        "gender": "f",
        "computed_gender": None,
        "bought_something": False,
        "custom_properties": {"colour": "red"},
    }


def test_an_unknown_shop_and_a_question_that_is_none_get_no_answer(server: Server) -> None:
    assert told(server, Ask("cart", {"did": DID}), shop_id="nobody") is None
    assert told(server, Ask("wealth", {"did": DID})) is None  # type: ignore[arg-type]


def test_nothing_the_engine_tells_its_own_user_is_told_over_the_network(server: Server) -> None:
    """A shop's id stands on all its pages: with it anyone could ask."""
    question = {"shop_id": SHOP_ID, "ask": {"kind": "cart", "params": {"did": DID}}}
    for dash in ("-", "%2D", "%2d"):
        for path in (
            f"/{dash}/export/events?shop={SHOP_ID}",
            f"/{dash}/export/rejects",
            f"/{dash}/caught-up",
        ):
            assert server.get(path).status == 404
        assert server.post(f"/{dash}/ask", question).status == 404
