"""Every path of the protocol over real HTTP: encodings, answers, CORS, and what is stored in the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from collector.wire import Shop
from tests.live import sign_in
from tests.server import SHOP_ID, Answer, Server, add_shop, serving, wait_until

SUCCESS = {"status": "success"}
ORIGIN = {"Origin": "https://shop.example"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", **ORIGIN}
WHO = {"shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo"}
SECRET = "correct horse"
NO_PRODUCTS = {"products": [], "products_total": 0, "categories": [], "html": ""}

WRITES: dict[str, dict[str, str]] = {
    "/push": {"event": "category", "category_id": "5"},
    "/push/custom": {"event": "size_guide", "value": "2"},
    "/profile/set": {"gender": "f"},
    "/push_attributes": {"gender": "f"},
    "/track/stories": {"event": "view", "code": "s", "story_id": "7"},
    **{
        f"/track/{verb}": {"type": "bulk", "code": "m1"}
        for verb in ("delivered", "opened", "received", "clicked", "closed")
    },
    "/popup/showed": {"popup": "1602"},
    "/segments/add": {"segment_id": "10873"},
    "/segments/remove": {"segment_id": "10873"},
    "/mobile_push_tokens": {"token": "fcm-token-1", "platform": "android"},
    "/nps/create": {"rate": "9", "channel": "email"},
    "/web_push_subscriptions/clicked": {"type": "web_push_digest", "code": "m1"},
}
UNSERVED = ("/subscriptions/manage", "/loyalty/members/join", "/web_push_subscriptions")
READS: dict[str, Any] = {
    "/profile": {
        "id": None,
        "has_email": False,
        "gender": None,
        "computed_gender": None,
        "bought_something": False,
        "custom_properties": {},
    },
    "/products/cart": {"status": "success", "data": {"items": []}},
    "/recommend": [],
    "/recommend/blk%209": {"id": None, "code": "blk 9", "title": "", "html": "", "recommends": []},
    "/search": NO_PRODUCTS,
    "/search/blank": NO_PRODUCTS,
    "/search/collection": NO_PRODUCTS,
    "/products": NO_PRODUCTS,
    "/products/get": NO_PRODUCTS,
    "/category/146": NO_PRODUCTS,
    "/collection/new": NO_PRODUCTS,
    "/slider": {"slides": []},
    "/stories/st1": {"stories": []},
    "/nps/categories": [],
    "/nps/channels": [],
    "/orders/last_for_user": {},
    "/loyalty/members/status": {},
    "/segments/get": [],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    secret = hashlib.sha256(SECRET.encode()).hexdigest()
    shop = Shop(shop_id=SHOP_ID, secret_sha256=secret, first_party_cookie=True)
    with serving(tmp_path_factory.mktemp("paths") / "data", shop=shop) as running:
        yield running


def sent(server: Server, path: str, fields: dict[str, str], coding: str) -> Answer:
    whole = {**WHO, **fields}
    if coding == "json":
        return server.post(path, whole, ORIGIN)
    if coding == "form":
        return server.request("POST", path, urlencode(whole).encode(), FORM)
    return server.request("POST", f"{path}?{urlencode(whole)}", b"", FORM)


def shares(answer: Answer) -> None:
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("coding", ["json", "form", "query"])
@pytest.mark.parametrize("path", WRITES)
def test_a_write_is_accepted_in_every_encoding(server: Server, path: str, coding: str) -> None:
    answer = sent(server, path, WRITES[path], coding)
    assert (answer.status, answer.json(), answer.verdict) == (200, SUCCESS, "accepted")
    shares(answer)


@pytest.mark.parametrize("coding", ["json", "form", "query"])
@pytest.mark.parametrize("path", UNSERVED)
def test_an_unserved_write_is_kept_and_said_to_be_unserved(server: Server, path: str, coding: str) -> None:
    answer = sent(server, path, {"action": "a"}, coding)
    assert (answer.status, answer.verdict) == (404, "accepted; codes=not_served")
    assert answer.json()["payload"]["code"] == "not_served"
    shares(answer)


@pytest.mark.parametrize("path", READS)
def test_a_read_has_the_documented_body(server: Server, path: str) -> None:
    answer = server.get(f"{path}?shop_id={SHOP_ID}&did=Qw7Er5Ty3U&sid=x", ORIGIN)
    assert (answer.status, answer.json()) == (200, READS[path])
    assert answer.verdict == "accepted"
    shares(answer)


def test_the_old_clients_start_gets_an_id_in_plain_text_or_a_whole_answer(server: Server) -> None:
    ssid = server.get(f"/generate_ssid?shop_id={SHOP_ID}")
    assert ssid.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(ssid.body) == 36
    start = server.get(f"/init_script?shop_id={SHOP_ID}&ssid={ssid.body.decode()}").json()
    assert start["ssid"] == ssid.body.decode()
    assert start["seance"] == start["sid"]
    assert {name: start[name] for name in ("profile", "experiments", "sync")} == {
        "profile": {},
        "experiments": [],
        "sync": [],
    }


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/track/clicked", "POST, OPTIONS"),
        ("GET", "/sync/orders", "POST, OPTIONS"),
        ("PUT", "/subscriptions/manage", "POST, OPTIONS"),
        ("POST", "/recommend/blk9", "GET, OPTIONS"),
        ("DELETE", "/segments/get", "GET, POST, OPTIONS"),
    ],
)
def test_another_method_is_told_which_are_allowed(server: Server, method: str, path: str, allow: str) -> None:
    answer = server.request(method, path, b"", ORIGIN)
    assert (answer.status, answer.headers["allow"]) == (405, allow)
    assert answer.verdict == "rejected; codes=method_not_allowed"
    shares(answer)


@pytest.mark.parametrize("path", ["/sync/orders", "/recommend/a", "/subscriptions/a/b", "/products/cart"])
def test_a_preflight_of_any_path_is_answered(server: Server, path: str) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Headers": "content-type"}
    answer = server.request("OPTIONS", f"{path}?shop_id={SHOP_ID}", b"", asked)
    assert (answer.status, answer.headers["access-control-allow-headers"]) == (204, "content-type")
    shares(answer)


@pytest.mark.parametrize("path", ["/products", "/products/cart", "/search", "/orders/last_for_user"])
def test_a_page_of_the_dashboard_is_not_taken_for_a_read(server: Server, path: str) -> None:
    answer = server.get(path)
    assert "x-event-verdict" not in answer.headers
    assert not answer.headers.get("content-type", "").startswith("application/json")


def test_five_starts_of_one_device_are_one_session_start(server: Server) -> None:
    query = f"shop_id={SHOP_ID}&did=Five5Five5&seance=Sess5Sess5&stream=android"
    started = [server.get(f"/init?{query}", ORIGIN) for _ in range(5)]
    assert {(one.json()["did"], one.json()["sid"]) for one in started} == {("Five5Five5", "Sess5Sess5")}
    assert [one.verdict for one in started] == ["accepted"] + ["duplicate"] * 4
    assert started[0].headers["set-cookie"] == (
        "r46did_46464646=Five5Five5; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure"
    )


def test_the_cookie_of_a_device_brings_its_did_back(server: Server) -> None:
    first = server.get(f"/init?shop_id={SHOP_ID}&c=1")
    pair = first.headers["set-cookie"].partition(";")[0]
    again = server.get(f"/init?shop_id={SHOP_ID}&c=1", {"Cookie": pair})
    assert again.json()["did"] == first.json()["did"]
    private = server.get(f"/init?shop_id={SHOP_ID}&c=1", {"Cookie": pair, "Sec-GPC": "1"})
    assert private.json()["did"] != first.json()["did"]
    assert "set-cookie" not in private.headers


def test_states_of_orders_reach_the_orders_and_repeats_do_not(server: Server) -> None:
    lines = [{"id": "37", "amount": 1, "price": 100}]
    server.post("/push", {**WHO, "event": "purchase", "order_id": "731", "order_price": 100, "items": lines})
    order = {"id": 731, "status": "cancelled", "value": {"total": 100}}
    body = {"shop_id": SHOP_ID, "shop_secret": SECRET, "orders": [order, {"id": "", "status": "new"}]}
    first = server.post("/sync/orders", body)
    again = server.post("/sync/orders", {**body, "orders": [order]})
    assert (first.status, first.json()) == (200, SUCCESS)
    assert first.verdict == "quarantined; codes=field_missing:id,currency_defaulted"
    assert (again.json(), again.verdict) == (SUCCESS, "duplicate")
    cookie = {"Cookie": sign_in(server)}

    def state() -> list[tuple[str, bool, int]]:
        rows = server.get(f"/orders.json?shop={SHOP_ID}", cookie).json()["tables"]["orders/list"]["rows"]
        return [
            (row["order_status"], row["cancelled"], row["versions"])
            for row in rows
            if row["order_key"] == "731"
        ]

    wait_until(lambda: state() == [("cancelled", True, 1)], why=lambda: str(state()))


def test_orders_without_the_secret_are_refused_and_nothing_of_them_is_kept(server: Server) -> None:
    body = {"shop_id": SHOP_ID, "shop_secret": "nearly horse", "orders": [{"id": "9", "status": "new"}]}
    for wrong in (body, {**body, "shop_secret": ""}, {name: body[name] for name in ("shop_id", "orders")}):
        answer = server.post("/sync/orders", wrong)
        assert (answer.status, answer.verdict) == (401, "rejected; codes=auth_invalid")
    kept = b"".join(file.read_bytes() for file in (server.data / "log").rglob("*") if file.is_file())
    assert b"auth_invalid" in kept
    assert b"horse" not in kept + server.said().encode()


def test_push_tokens_stand_in_no_raw_request(server: Server) -> None:
    answer = server.post("/echo/mobile_push_tokens", {**WHO, "token": "fcm-token-9", "platform": "ios"})
    event = json.loads(answer.body)["events"][0]
    assert event["ids"] == {"push_token": "fcm-token-9"}
    assert "fcm-token-9" not in json.dumps(event["raw"])


def test_a_strict_shop_takes_events_only_of_devices_that_were_made(server: Server) -> None:
    strict = "57" * 15
    add_shop(server.data, Shop(shop_id=strict, strict=True))
    wait_until(lambda: server.get(f"/nps/channels?shop_id={strict}").status == 200)
    view = {
        "shop_id": strict,
        "did": "Qw7Er5Ty3U",
        "sid": "cIxzHQJbUo",
        "event": "view",
        "items": [{"id": 37}],
    }
    refused = server.post("/push", view, ORIGIN)
    assert (refused.status, refused.verdict) == (404, "rejected; codes=device_new")
    assert server.get(f"/init?shop_id={strict}&did=Qw7Er5Ty3U&sid=cIxzHQJbUo").status == 200
    accepted = server.post("/push", view, ORIGIN)
    assert (accepted.status, accepted.json(), accepted.verdict) == (200, SUCCESS, "accepted")
