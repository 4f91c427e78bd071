"""`/recommend` of the old types, for a shop that has it switched on, and for all others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.feeds import Question, asked
from collector.wire import Decoded, Told
from tests.adapters.wired import ENDPOINTS, OneShop, wire_request

ON = {"options": {"r46.recommend": "on"}, "origins": ["https://shop.example"]}
WHO = "shop_id=0123456789abcdef0123456789abcd&did=AH5aEvmlqn"
TOLD = {
    "items": [
        {
            "id": item,
            "score": 2,
            "name": None,
            "page": f"https://shop.example/{item}",
            "picture": None,
            "price": None,
            "currency": None,
        }
        for item in ("56", "12")
    ],
    "more": True,
}


def decoded(query: str, path: str = "/recommend", shop: Any = ON, **headers: str) -> Decoded:
    request = wire_request(
        {"method": "GET", "path": path, "query": f"{WHO}&{query}".strip("&"), "headers": headers}
    )
    return ENDPOINTS[path].decode(request, OneShop(shop))


def question(query: str, path: str = "/recommend", **headers: str) -> Question:
    found = decoded(query, path, **headers)
    assert found.ask is not None
    return asked(found.ask.params)


def answered(found: Decoded, told: Told | None, path: str = "/recommend") -> Any:
    endpoint = ENDPOINTS[path]
    return json.loads(endpoint.answer(endpoint.informed(found, told)).body)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("recommender_type=recently_viewed", Question(feed="recently_viewed", did="AH5aEvmlqn")),
        (
            "recommender_type=also_bought&item_id=37&limit=3",
            Question(feed="bought_together", did="AH5aEvmlqn", items=("37",), limit=3),
        ),
        (
            "recommender_type=also_bought&cart_item_id[]=37&cart_item_id[]=56&limit=99",
            Question(feed="bought_together", did="AH5aEvmlqn", items=("37", "56"), limit=50),
        ),
        (
            "recommender_type=also_bought&item=1,2&cart_item_id=3&limit=x",
            Question(feed="bought_together", did="AH5aEvmlqn", items=("1", "2")),
        ),
        ("recommender_type=popular", Question(feed="popular_now", did="AH5aEvmlqn", hours=168)),
        (
            "recommender_type=buying_now&item=9",
            Question(feed="popular_now", did="AH5aEvmlqn", items=("9",), by="purchases"),
        ),
    ],
)
def test_a_type_asks_its_feed(query: str, expected: Question) -> None:
    assert question(query) == expected


@pytest.mark.parametrize(
    "query",
    ["recommender_type=interesting", "recommender_type=also_bought", "", "recommender_type=feed_popular_now"],
)
def test_what_no_feed_answers_is_empty_as_ever(query: str) -> None:
    found = decoded(query)
    assert found.ask is None
    assert json.loads(ENDPOINTS["/recommend"].answer(found).body) == []


@pytest.mark.parametrize("shop", [{}, {"options": {"r46.recommend": "off"}}])
def test_a_shop_that_has_it_off_asks_nothing(shop: dict[str, Any]) -> None:
    found = decoded("recommender_type=popular", shop=shop)
    assert found.ask is None
    assert json.loads(ENDPOINTS["/recommend"].answer(found).body) == []
    assert found.judged[0].event is not None
    assert found.judged[0].event.custom_name == "tool_request"


def test_the_request_is_kept_whether_it_is_answered_or_not() -> None:
    found = decoded("recommender_type=popular")
    assert found.store
    (judged,) = found.judged
    assert judged.event is not None
    assert (judged.event.custom_name, judged.event.props["recommender_type"]) == ("tool_request", "popular")


def test_ids_are_told_and_with_extended_products_with_links() -> None:
    assert answered(decoded("recommender_type=popular"), TOLD) == ["56", "12"]
    told = answered(decoded("recommender_type=popular&extended=1"), TOLD)
    assert [(one["id"], one["url"], one["recommended_by"], one["recommended_code"]) for one in told] == [
        (
            item,
            f"https://shop.example/{item}?recommended_by=popular&recommended_code=feed_popular_now",
            "popular",
            "feed_popular_now",
        )
        for item in ("56", "12")
    ]


def test_a_type_in_the_path_is_answered_in_the_shape_of_a_block() -> None:
    found = decoded("item_id=37", "/recommend/also_bought")
    assert answered(found, TOLD, "/recommend/also_bought") == {
        "id": None,
        "code": "also_bought",
        "title": "",
        "html": "",
        "recommends": ["56", "12"],
    }


def test_what_cannot_be_told_is_empty_for_clients_that_know_no_error() -> None:
    assert answered(decoded("recommender_type=popular"), None) == []


def test_who_wants_to_stay_unknown_is_recommended_what_is_popular_and_not_what_was_viewed() -> None:
    assert decoded("recommender_type=recently_viewed", **{"sec-gpc": "1"}).ask is None
    assert question("recommender_type=popular", **{"sec-gpc": "1"}).did == ""
