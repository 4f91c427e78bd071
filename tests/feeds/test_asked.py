"""GET /feeds/<name>: who may ask what, and what may be kept of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.errors import Rejected
from collector.feeds import Question, asked
from collector.feeds.paths import ADAPTER
from collector.wire import Decoded, Told, WireReply
from tests.adapters.wired import SHOP_ID, OneShop, wire_request

(FEED,) = ADAPTER.endpoints
KEYS = [
    {"vendor": "feeds", "public": {"feed_key": "pk1"}},
    {"vendor": "feeds", "public": {"feed_key": "off"}, "shop": "f" * 30},
    {"vendor": "yespo", "public": {"feed_key": "pk2"}},
]
SHOP = {"origins": ["https://shop.example"]}
TOLD = {
    "items": [
        {
            "id": "37",
            "score": 4,
            "lift": 2.5,
            "name": "<b>Kettle</b>",
            "page": "/p/37?color=red&recommended_by=old",
            "picture": "https://pictures.example/37.jpg",
            "price": "12.50",
            "currency": "EUR",
        },
        {
            "id": "38",
            "score": 2,
            "lift": 1.0,
            "name": None,
            "page": "https://elsewhere.example/p/38",
            "picture": "javascript:alert(1)",
            "price": None,
            "currency": None,
        },
    ],
    "more": False,
}


def decoded(
    name: str, query: str, shop: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Decoded:
    request = wire_request(
        {"method": "GET", "path": f"/feeds/{name}", "query": query, "headers": headers or {}}
    )
    request = type(request)(**{**{f: getattr(request, f) for f in _FIELDS}, "params": {"name": name}})
    return FEED.decode(request, OneShop(SHOP if shop is None else shop, KEYS))


_FIELDS = ("method", "path", "query", "headers", "params", "body", "received_at", "request_id", "new_id")


def question(name: str, query: str) -> Question:
    found = decoded(name, query).ask
    assert found is not None
    return asked(found.params)


def answered(found: Decoded, told: Told | None) -> WireReply:
    return FEED.answer(FEED.informed(found, told))


def test_a_question_is_what_the_address_says() -> None:
    query = "key=pk1&did=AH5aEvmlqn&item=37&item=38,5&item=37&limit=50&offset=200&by=purchases&hours=168"
    assert question("popular_now", query) == Question(
        feed="popular_now",
        did="AH5aEvmlqn",
        items=("37", "38,5"),
        limit=50,
        offset=200,
        by="purchases",
        hours=168,
    )
    assert question("popular_now", "key=pk1") == Question(feed="popular_now")


@pytest.mark.parametrize(
    ("name", "query", "code", "status"),
    [
        ("popular_now", "", "auth_missing", 401),
        ("popular_now", "key=nobody", "auth_invalid", 401),
        ("popular_now", "key=pk2", "auth_invalid", 401),
        ("popular_now", "key=off", "shop_disabled", 403),
        ("similar", "key=pk1", "path_unknown", 404),
        ("recently_viewed", "key=pk1", "field_missing:did", 422),
        ("recently_added_to_cart", "key=pk1&did=", "field_missing:did", 422),
        ("bought_together", "key=pk1&did=d", "field_missing:item", 422),
        ("bought_next", "key=pk1&item=", "field_missing:item", 422),
        ("popular_now", "key=pk1&limit=0", "field_format:limit", 422),
        ("popular_now", "key=pk1&limit=51", "field_format:limit", 422),
        ("popular_now", "key=pk1&limit=-1", "field_format:limit", 422),
        ("popular_now", "key=pk1&limit=%D9%A3", "field_format:limit", 422),
        ("popular_now", "key=pk1&offset=201", "field_format:offset", 422),
        ("popular_now", "key=pk1&hours=169", "field_format:hours", 422),
        ("popular_now", "key=pk1&by=magic", "field_format:by", 422),
        ("popular_now", "key=pk1&code=a%20b", "field_format:code", 422),
    ],
)
def test_what_is_no_question_is_refused_with_its_reason(
    name: str, query: str, code: str, status: int
) -> None:
    with pytest.raises(Rejected) as refused:
        decoded(name, query)
    assert (refused.value.code, refused.value.status) == (code, status)
    reply = FEED.refuse(refused.value.code, refused.value.status, refused.value.detail)
    assert json.loads(reply.body)["payload"]["code"] == code


def test_links_say_which_feed_led_there_and_lead_to_the_shop_only() -> None:
    reply = answered(decoded("bought_together", "key=pk1&item=1"), TOLD)
    tool = {"recommended_by": "dynamic", "recommended_code": "feed_bought_together"}
    assert json.loads(reply.body) == {
        "status": "success",
        "feed": "bought_together",
        "items": [
            {
                "id": "37",
                "name": "<b>Kettle</b>",
                "url": "https://shop.example/p/37?color=red"
                "&recommended_by=dynamic&recommended_code=feed_bought_together",
                "image_url": "https://pictures.example/37.jpg",
                "price": "12.50",
                "currency": "EUR",
                "score": 4,
                "lift": 2.5,
                **tool,
            },
            {
                "id": "38",
                "name": None,
                "url": None,
                "image_url": None,
                "price": None,
                "currency": None,
                "score": 2,
                "lift": 1.0,
                **tool,
            },
        ],
        "more": False,
    }


@pytest.mark.parametrize(
    ("origins", "headers", "page", "url"),
    [
        ([], {}, "https://shop.example/p", None),
        ([], {"origin": "https://shop.example"}, "https://shop.example/p", "https://shop.example/p"),
        ([], {"origin": "https://other.example"}, "https://shop.example/p", None),
        (["https://shop.example"], {"origin": "https://evil.example"}, "https://evil.example/p", None),
        (["https://shop.example"], {}, "//shop.example/p", "https://shop.example/p"),
        (["https://shop.example"], {}, "https://shop.example", "https://shop.example/"),
        (["https://shop.example"], {}, "http://shop.example/p", None),
        (["https://shop.example"], {}, "javascript:alert(1)", None),
        (["https://shop.example"], {}, "https://shop.example@evil.example/p", None),
        (["https://shop.example"], {}, "https://[", None),
    ],
)
def test_a_link_is_a_page_of_the_shop_s_origins_or_of_the_one_that_asks(
    origins: list[str], headers: dict[str, str], page: str, url: str | None
) -> None:
    found = decoded("popular_now", "key=pk1&code=home.top", {"origins": origins}, headers)
    told = {"items": [{**TOLD["items"][0], "page": page}], "more": True}  # type: ignore[index]
    body = json.loads(answered(found, told).body)
    assert body["items"][0]["url"] == (
        None if url is None else f"{url}?recommended_by=dynamic&recommended_code=home.top"
    )
    assert body["more"] is True


def test_a_visitor_s_feed_is_kept_by_nobody_and_a_shop_s_for_a_minute() -> None:
    private = answered(decoded("recently_viewed", "key=pk1&did=d"), TOLD)
    public = answered(decoded("bought_next", "key=pk1&item=1"), TOLD)
    assert private.headers == {"Cache-Control": "private, no-store"}
    assert public.headers == {"Cache-Control": "public, max-age=60", "Vary": "Origin"}


@pytest.mark.parametrize("query", ["&gpc=1", "&consent=0"])
def test_who_wants_to_stay_unknown_is_not_looked_up(query: str) -> None:
    hidden = decoded("recently_viewed", f"key=pk1&did=d{query}")
    assert hidden.ask is None
    assert json.loads(FEED.answer(hidden).body)["items"] == []
    assert decoded("popular_now", f"key=pk1{query}").ask is not None
    assert decoded("recently_viewed", "key=pk1&did=d", headers={"sec-gpc": "1"}).ask is None


def test_what_cannot_be_told_now_is_an_error_and_not_an_empty_feed() -> None:
    reply = answered(decoded("popular_now", "key=pk1"), None)
    assert (reply.status, reply.headers) == (503, {"Retry-After": "2"})
    assert json.loads(reply.body)["payload"]["code"] == "history_unavailable"


def test_a_question_leaves_no_trace_and_belongs_to_the_key_s_shop() -> None:
    found = decoded("popular_now", "key=pk1")
    assert (found.store, found.judged, found.shop_id, found.raw.query) == (False, (), SHOP_ID, "")
