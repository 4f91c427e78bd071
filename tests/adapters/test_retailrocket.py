"""Retail Rocket's two surfaces: the documented mapping, who may speak, packets, and marked repeats."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from collector import record
from collector.adapters.retailrocket.replays import MOST_PAGES, Click, Replays
from collector.errors import Rejected
from collector.ids import is_keyed
from collector.wire import Decoded, Endpoint, WireReply
from tests.adapters.wired import ENDPOINTS, RECEIVED_AT, OneShop, stored, wire_request

KEYS = [
    {"vendor": "retailrocket", "public": {"partner_id": "p1"}, "secrets": {"api_key": "hush"}},
    {"vendor": "retailrocket", "public": {"partner_id": "p1"}, "secrets": {"api_key": "next"}},
    {
        "vendor": "retailrocket",
        "public": {"partner_id": "off"},
        "secrets": {"api_key": "o"},
        "shop": "f" * 30,
    },
]
STRICT = {"options": {"retailrocket.strict": "on"}}
OPEN = "apiKey=hush&partnerId=p1"
T = "2025-07-01T10:00:00Z"
WHO = {"sessionExternalId": "dev9f2"}
VIEW = {**WHO, "productId": 5, "timestamp": T}


def decode(
    path: str,
    body: Any = None,
    *,
    query: str = OPEN,
    shop: Mapping[str, Any] | None = None,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> Decoded:
    sent = {"body": body} if body is not None else {}
    request = wire_request({"method": method, "path": path, "query": query, "headers": headers or {}, **sent})
    return ENDPOINTS[path].decode(request, OneShop(shop or {}, KEYS))


def answer(decoded: Decoded, path: str) -> tuple[int, Any]:
    endpoint: Endpoint = ENDPOINTS[path]
    return said(endpoint.answer(decoded))


def said(reply: WireReply) -> tuple[int, Any]:
    return reply.status, json.loads(reply.body)


def canonical(decoded: Decoded) -> list[dict[str, Any]]:
    events = [record.canonical(one.event) for one in decoded.judged if one.event is not None]
    return list(json.loads(json.dumps(events)))


def told(event: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """The event without what the document leaves out: ids, pointers, and a name or time it does not show."""
    shown = {name: value for name, value in event.items() if name not in ("event_id", "pointer", "seq")}
    for name in ("vendor_event", "ts"):
        if name not in expected:
            shown.pop(name, None)
    return {"ts_source": "server", "notes": [], **shown}


def meant(expected: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in expected.items() if name != "endpoint" and value != []}
    return {"notes": [], **found}


SERVER = [
    ("view", '{"sessionExternalId":"dev9f2","productId":123456,"stockId":"msk-2","timestamp":"2025-07-01T13:00:00+03:00"}', '{"event":"view_item","vendor_event":"view","device_id":"dev9f2","items":[{"item_id":"123456","location_id":"msk-2"}],"ts":"2025-07-01T10:00:00.000000Z","ts_source":"client"}'),
    ("groupView", '{"sessionExternalId":"dev9f2","groupId":77,"productIds":[123456,123457],"timestamp":"2025-07-01T10:00:01Z"}', '{"event":"view_item","vendor_event":"groupView","device_id":"dev9f2","items":[{"item_id":"123456","item_group_id":"77","index":0},{"item_id":"123457","item_group_id":"77","index":1}],"ts":"2025-07-01T10:00:01.000000Z","ts_source":"client"}'),
    ("addToBasket", '{"sessionExternalId":"dev9f2","productId":123456,"timestamp":"2025-07-01T10:00:02Z"}', '{"event":"add_to_cart","device_id":"dev9f2","items":[{"item_id":"123456","quantity":"1"}],"ts":"2025-07-01T10:00:02.000000Z","ts_source":"client","notes":["quantity_defaulted"]}'),
    ("categoryView", '{"sessionExternalId":"dev9f2","categoryId":98,"timestamp":"2025-07-01T10:00:03Z"}', '{"event":"view_item_list","item_list_type":"category","category_id":"98","device_id":"dev9f2","ts":"2025-07-01T10:00:03.000000Z","ts_source":"client"}'),
    ("categoryViewByCategoryPath", '{"sessionExternalId":"dev9f2","categoryPath":"Home/Kitchen/Forks","timestamp":"2025-07-01T10:00:03Z"}', '{"event":"view_item_list","item_list_type":"category","category_path":"Home/Kitchen/Forks","device_id":"dev9f2","ts":"2025-07-01T10:00:03.000000Z","ts_source":"client"}'),
    ("order", '{"sessionExternalId":"dev9f2","productId":123456,"stockId":"msk-2","price":1990.50,"quantity":2,"transaction":"A-1001","timestamp":"2025-07-01T10:05:00Z"}', '{"event":"purchase","is_line":true,"order_key":"A-1001","transaction_id":"A-1001","device_id":"dev9f2","items":[{"item_id":"123456","price":"1990.5","quantity":"2","location_id":"msk-2"}],"currency":"EUR","ts":"2025-07-01T10:05:00.000000Z","ts_source":"client","notes":["currency_defaulted"]}'),
    ("search", '{"sessionExternalId":"dev9f2","searchPhrase":"чайник","stockId":"msk-2","timestamp":"2025-07-01T10:00:04Z"}', '{"event":"search","search_term":"чайник","location_id":"msk-2","device_id":"dev9f2","ts":"2025-07-01T10:00:04.000000Z","ts_source":"client"}'),
    ("setContact", '{"sessionExternalId":"dev9f2","contactExternalId":"u5","email":"Ann@Example.org","phone":"+380501112233","customData":{"tier":"gold"},"timestamp":"2025-07-01T10:00:05Z"}', '{"event":"identify","device_id":"dev9f2","user_id":"u5","email":"ann@example.org","phone":"+380501112233","props":{"customData":{"tier":"gold"}},"ts":"2025-07-01T10:00:05.000000Z","ts_source":"client"}'),
    ("welcomeSequence", '{"sessionExternalId":"dev9f2","email":"ann@example.org","timestamp":"2025-07-01T10:00:06Z"}', '{"event":"custom","custom_name":"welcomeSequence","device_id":"dev9f2","email":"ann@example.org","ts":"2025-07-01T10:00:06.000000Z","ts_source":"client"}'),
    ("emailClick", '{"sessionExternalId":"dev9f2","mailTrackingId":"m77","timestamp":"2025-07-01T10:00:07Z"}', '{"event":"custom","custom_name":"emailClick","device_id":"dev9f2","recommended_by":"email","recommended_code":"m77","ts":"2025-07-01T10:00:07.000000Z","ts_source":"client"}'),
    ("recomBlockViewed", '{"sessionExternalId":"dev9f2","recomBlockId":"blk-9","timestamp":"2025-07-01T10:00:08Z"}', '{"event":"view_item_list","item_list_type":"recommendation","item_list_id":"blk-9","recommended_by":"recommendation","recommended_code":"blk-9","device_id":"dev9f2","items":[],"ts":"2025-07-01T10:00:08.000000Z","ts_source":"client"}'),
    ("recomTap", '{"sessionExternalId":"dev9f2","recomBlockId":"blk-9","productId":-12,"timestamp":"2025-07-01T10:00:09Z"}', '{"event":"select_item","item_list_type":"recommendation","item_list_id":"blk-9","recommended_by":"recommendation","recommended_code":"blk-9","device_id":"dev9f2","items":[{"item_id":"-12"}],"ts":"2025-07-01T10:00:09.000000Z","ts_source":"client"}'),
    ("recomAddToBasket", '{"sessionExternalId":"dev9f2","recomBlockId":"blk-9","productId":9007199254740993,"timestamp":"2025-07-01T10:00:10Z"}', '{"event":"add_to_cart","vendor_event":"recomAddToBasket","item_list_type":"recommendation","item_list_id":"blk-9","recommended_by":"recommendation","recommended_code":"blk-9","device_id":"dev9f2","items":[{"item_id":"9007199254740993","quantity":"1"}],"ts":"2025-07-01T10:00:10.000000Z","ts_source":"client","notes":["quantity_defaulted"]}'),
    ("impressionContentViewed", '{"sessionExternalId":"dev9f2","impressionContentId":"promo-3","timestamp":"2025-07-01T10:00:11Z"}', '{"event":"view_promotion","promotion_id":"promo-3","device_id":"dev9f2","ts":"2025-07-01T10:00:11.000000Z","ts_source":"client"}'),
    ("impressionContentClicked", '{"sessionExternalId":"dev9f2","impressionContentId":"promo-3","timestamp":"2025-07-01T10:00:11Z"}', '{"event":"select_promotion","promotion_id":"promo-3","device_id":"dev9f2","ts":"2025-07-01T10:00:11.000000Z","ts_source":"client"}'),
]  # fmt: skip
WEB = [
    ("/1.0/event/view/p1/123456?&session=5fa1&pvid=771&referrer=&pageUrl=https%3A%2F%2Fshop.example%2Fp%2F1&_no_cache_=1751364000111&stockId=msk-2", '{"event":"view_item","endpoint":"rr.web","device_id":"5fa1","page_view_id":"771","page_url":"https://shop.example/p/1","items":[{"item_id":"123456","location_id":"msk-2"}],"ts_source":"server"}'),
    ("/1.0/event/addToBasket/p1/123456?&session=5fa1&pvid=771&stockId=msk-2", '{"event":"add_to_cart","device_id":"5fa1","page_view_id":"771","items":[{"item_id":"123456","quantity":"1","location_id":"msk-2"}],"ts_source":"server","notes":["quantity_defaulted"]}'),
    ("/1.0/event/removeFromBasket/p1/123456?&session=5fa1&pvid=771", '{"event":"remove_from_cart","device_id":"5fa1","page_view_id":"771","items":[{"item_id":"123456","quantity":"1"}],"ts_source":"server","notes":["quantity_defaulted"]}'),
    ("/1.0/event/categoryView/p1/98?&session=5fa1", '{"event":"view_item_list","item_list_type":"category","category_id":"98","device_id":"5fa1","ts_source":"server"}'),
    ("/1.0/event/categoryView/p1?&session=5fa1&categoryPath=Home%2FKitchen%2FForks", '{"event":"view_item_list","item_list_type":"category","category_path":"Home/Kitchen/Forks","device_id":"5fa1","ts_source":"server"}'),
    ("/1.0/event/search/p1?&session=5fa1&searchPhrase=%D1%87%D0%B0%D0%B9%D0%BD%D0%B8%D0%BA", '{"event":"search","search_term":"чайник","device_id":"5fa1","ts_source":"server"}'),
    ("/1.0/event/pageView/p1?&session=5fa1&pvid=771&pageUrl=https%3A%2F%2Fshop.example%2F", '{"event":"page_view","device_id":"5fa1","page_view_id":"771","page_url":"https://shop.example/","ts_source":"server"}'),
    ("/1.0/event/order/p1/123456?&session=5fa1&qnt=2&price=1990.5&transaction=A-1001&stockId=msk-2", '{"event":"purchase","is_line":true,"order_key":"A-1001","transaction_id":"A-1001","device_id":"5fa1","items":[{"item_id":"123456","price":"1990.5","quantity":"2","location_id":"msk-2"}],"currency":"EUR","ts_source":"server","notes":["currency_defaulted"]}'),
    ("/1.0/event/recomMouseDown/p1/123456?&session=5fa1&suggester=widget&suggestMethod=Related&rrmbid=blk-9", '{"event":"select_item","device_id":"5fa1","item_list_type":"recommendation","item_list_id":"blk-9","recommended_by":"widget","recommended_code":"blk-9","props":{"suggest_method":"Related"},"items":[{"item_id":"123456"}],"ts_source":"server"}'),
    ("/1.0/event/recomAddToBasket/p1/123456?&session=5fa1&suggester=widget&suggestMethod=Popular", '{"event":"add_to_cart","vendor_event":"recomAddToBasket","device_id":"5fa1","item_list_type":"recommendation","recommended_by":"widget","recommended_code":"Popular","items":[{"item_id":"123456","quantity":"1"}],"ts_source":"server","notes":["quantity_defaulted"]}'),
    ("/1.0/event/markupViewed/p1?&session=5fa1&anyParam=b7", '{"event":"view_item_list","vendor_event":"markupViewed","item_list_type":"recommendation","recommended_by":"recommendation","device_id":"5fa1","items":[],"props":{"anyParam":"b7"},"ts_source":"server"}'),
    ("/1.0/event/emailclick/p1/m77?&session=5fa1", '{"event":"custom","custom_name":"emailClick","vendor_event":"emailclick","device_id":"5fa1","recommended_by":"email","recommended_code":"m77","ts_source":"server"}'),
    ("/1.0/event/viewsubscriptionform/p1?&session=5fa1&anyParam=x", '{"event":"custom","custom_name":"viewsubscriptionform","device_id":"5fa1","props":{"anyParam":"x"},"ts_source":"server"}'),
    ("/1.0/event/recomTrack/p1?&session=5fa1&suggestMethod=Related&recomms=11%2C12&to=13", '{"event":"view_item_list","item_list_type":"recommendation","device_id":"5fa1","recommended_by":"recommendation","recommended_code":"Related","items":[{"item_id":"11","index":0},{"item_id":"12","index":1}],"props":{"to":"13"},"ts_source":"server"}'),
    ("/1.0/event/setEmail/p1?&session=5fa1&email=ann%40example.org&d.gender=f&isAgreedToReceiveMarketingMail=true", '{"event":"identify","device_id":"5fa1","email":"ann@example.org","props":{"d":{"gender":"f"},"marketing_consent":true},"ts_source":"server"}'),
    ("/1.0/partner/p1/subscribe/pricedrop?&session=5fa1&email=ann%40example.org&items[0].ItemId=55&items[0].Price=5.40", '{"event":"custom","custom_name":"subscribe/pricedrop","device_id":"5fa1","email":"ann@example.org","items":[{"item_id":"55","price":"5.4"}],"currency":"EUR","ts_source":"server","notes":["currency_defaulted"]}'),
    ("/1.0/partner/p1/subscribe/backinstock?&session=5fa1&email=ann%40example.org&itemId=-9007199254740993", '{"event":"custom","custom_name":"subscribe/backinstock","device_id":"5fa1","email":"ann@example.org","items":[{"item_id":"-9007199254740993"}],"ts_source":"server"}'),
]  # fmt: skip


@pytest.mark.parametrize(("method", "body", "expected"), SERVER, ids=[method for method, *_ in SERVER])
def test_a_server_event_becomes_the_documented_record(method: str, body: str, expected: str) -> None:
    record_meant = json.loads(expected)
    request = wire_request({"method": "POST", "path": f"/1.0/{method}", "query": OPEN, "text": body})
    decoded = ENDPOINTS[request.path].decode(request, OneShop({}, KEYS))
    (event,) = canonical(decoded)
    assert told(event, record_meant) == meant(record_meant)
    assert event["vendor_event"] == method
    assert decoded.endpoint == "rr.api"
    assert decoded.raw.query == "partnerId=p1"
    assert said(ENDPOINTS[request.path].answer(decoded)) == (200, {})


@pytest.mark.parametrize(("address", "expected"), WEB, ids=[address.split("?")[0] for address, _ in WEB])
def test_a_web_event_becomes_the_documented_record(address: str, expected: str) -> None:
    record_meant = json.loads(expected)
    path, _, query = address.partition("?")
    decoded = decode(path, query=query, method="GET")
    (event,) = canonical(decoded)
    assert told(event, record_meant) == meant(record_meant)
    assert decoded.endpoint == "rr.web"
    assert decoded.raw.query == query
    assert answer(decoded, path) == (200, {})


def test_a_posted_group_view_becomes_the_documented_record() -> None:
    body = {"productIds": [123456, 123457]}
    decoded = decode("/1.0/event/groupView/p1", body, query="&session=5fa1&stockId=msk-2")
    (event,) = canonical(decoded)
    assert {name: event[name] for name in event if name not in ("event_id", "ts")} == {
        "event": "view_item",
        "vendor_event": "groupView",
        "device_id": "5fa1",
        "items": [
            {"item_id": "123456", "index": 0, "location_id": "msk-2"},
            {"item_id": "123457", "index": 1, "location_id": "msk-2"},
        ],
    }


@pytest.mark.parametrize("session", ["6863b2a1c04d5e6f7a8b9c0d", "", "6863B2A1C04D5E6F7A8B9C0D", "5fa1"])
def test_initialize_gives_a_session_of_24_hex_digits_and_a_known_one_back(session: str) -> None:
    path = "/1.0/event/initialize/p1"
    decoded = decode(path, query=f"&session={session}&_nocache=17513640001110.5", method="GET")
    status, body = answer(decoded, path)
    assert (status, decoded.store, list(decoded.judged)) == (200, False, [])
    assert set(body) == {"sessionId"}
    assert len(body["sessionId"]) == 24
    assert set(body["sessionId"]) <= set("0123456789abcdef")
    assert (body["sessionId"] == session) == (session == "6863b2a1c04d5e6f7a8b9c0d")


# ---- who may speak


def refusal(path: str, query: str, **given: Any) -> tuple[int, Any]:
    with pytest.raises(Rejected) as caught:
        decode(path, given.pop("body", VIEW), query=query, **given)
    assert not caught.value.keep_raw
    return said(ENDPOINTS[path].refuse(caught.value.code, caught.value.status, caught.value.detail))


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("partnerId=p1", 401, "auth_missing"),
        ("", 401, "auth_missing"),
        ("apiKey=&partnerId=p1", 401, "auth_missing"),
        ("apiKey=wrong&partnerId=p1", 401, "auth_invalid"),
        ("apiKey=wrong", 401, "auth_invalid"),
        ("apiKey=o&partnerId=p1", 401, "auth_invalid"),
        ("apiKey=hush&partnerId=p9", 401, "shop_unknown"),
        ("apiKey=o&partnerId=off", 403, "shop_disabled"),
    ],
)
@pytest.mark.parametrize("shop", [{}, STRICT])
def test_a_server_without_its_key_is_refused_in_both_modes(
    query: str, status: int, code: str, shop: Mapping[str, Any]
) -> None:
    assert refusal("/1.0/view", query, shop=shop) == (status, {"error": code})


@pytest.mark.parametrize("secret", ["hush", "next"])
def test_every_key_in_force_opens_the_shop_and_none_is_kept(secret: str) -> None:
    decoded = decode("/1.0/view", VIEW, query=f"?&APIKEY={secret}&PartnerID=p1&more=1")
    assert [one.outcome for one in decoded.judged] == ["accepted"]
    assert decoded.raw.query == "?&PartnerID=p1&more=1"
    assert secret.encode() not in record.encode(
        stored(decoded, wire_request({"method": "POST", "path": "/1.0/view"}))
    )


def test_a_key_alone_tells_the_shop_unless_it_is_strict() -> None:
    decoded = decode("/1.0/view", VIEW, query="apiKey=hush")
    assert [one.codes for one in decoded.judged] == [("field_missing:partnerId",)]
    assert refusal("/1.0/view", "apiKey=hush", shop=STRICT) == (401, {"error": "auth_missing"})


def test_a_key_in_the_body_is_neither_a_property_nor_kept() -> None:
    body = {**VIEW, "apiKey": "hush", "nested": {"API_KEY": "hush", "a": 1}, "url": "https://x/?apiKey=hush"}
    decoded = decode("/1.0/view", body)
    (event,) = canonical(decoded)
    assert event["props"] == {"nested": {"a": 1}, "url": "[redacted]"}
    assert b"hush" not in record.encode(
        stored(decoded, wire_request({"method": "POST", "path": "/1.0/view"}))
    )


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/1.0/view", "GET"),
        ("/1.0/view", "PUT"),
        ("/1.0/visitorEvents", "DELETE"),
        ("/1.0/nothing", "POST"),
        ("/1.0/view/5", "POST"),
        ("/1.0/event/view", "GET"),
        ("/1.0/event", "GET"),
        ("/1.0/partner/p1/subscribe/other", "GET"),
        ("/1.0/partner/p1/other", "POST"),
        ("/api/1.0/partner/p1/products", "POST"),
    ],
)
def test_what_is_no_path_of_the_vendor_is_told_in_the_vendor_s_form(path: str, method: str) -> None:
    assert refusal(path, OPEN, method=method) == (404, {"error": "path_unknown"})


def test_a_method_in_another_case_is_served_unless_the_shop_is_strict() -> None:
    (event,) = canonical(decode("/1.0/ADDtobasket", VIEW))
    assert (event["event"], event["vendor_event"]) == ("add_to_cart", "addToBasket")
    assert refusal("/1.0/ADDtobasket", OPEN, shop=STRICT) == (404, {"error": "path_unknown"})
    (event,) = canonical(decode("/1.0/event/PAGEVIEW/p1", query="session=5fa1", method="GET", shop=STRICT))
    assert (event["event"], event["vendor_event"]) == ("page_view", "pageView")


@pytest.mark.parametrize(
    ("partner", "status", "code"), [("p9", 404, "shop_unknown"), ("off", 403, "shop_disabled")]
)
@pytest.mark.parametrize("name", ["initialize", "view", "anything"])
def test_a_page_of_an_unknown_or_closed_shop_is_refused(
    partner: str, status: int, code: str, name: str
) -> None:
    assert refusal(f"/1.0/event/{name}/{partner}/1", "", method="GET") == (status, {"error": code})


# ---- event ids


ORDER = {**WHO, "productId": 123456, "stockId": "msk-2", "price": 1990.50, "quantity": 2, "transaction": "A-1001", "timestamp": T}  # fmt: skip


def ids(decoded: Decoded) -> list[str]:
    return [event["event_id"] for event in canonical(decoded)]


def test_the_event_id_of_an_order_line_is_the_documented_one() -> None:
    shops = OneShop({"shop_id": "shop-1"}, [{**KEYS[0], "shop": "shop-1"}])
    request = wire_request({"method": "POST", "path": "/1.0/order", "query": OPEN, "body": ORDER})
    decoded = ENDPOINTS["/1.0/order"].decode(request, shops)
    assert ids(decoded) == ["319c18a2-65a2-52ea-8682-e4ebbc8218ce"]


@pytest.mark.parametrize(
    "same", [{"timestamp": "2025-07-01T11:00:00Z"}, {"sessionExternalId": "other"}, {"price": "1990.5000"}, {"productId": "123456"}]
)  # fmt: skip
def test_a_line_told_again_in_other_words_is_the_same_event(same: dict[str, Any]) -> None:
    assert ids(decode("/1.0/order", {**ORDER, **same})) == ids(decode("/1.0/order", ORDER))
    assert ids(decode("/1.0/visitorEvents", [{"order": {**ORDER, **same}}])) == ids(
        decode("/1.0/order", ORDER)
    )


@pytest.mark.parametrize(
    "other", [{"transaction": "A-2"}, {"productId": 7}, {"stockId": None}, {"price": 1990}, {"quantity": 3}]
)
def test_a_line_with_other_content_is_another_event(other: dict[str, Any]) -> None:
    assert ids(decode("/1.0/order", {**ORDER, **other})) != ids(decode("/1.0/order", ORDER))


def test_two_equal_lines_of_one_packet_stay_two_and_are_the_same_two_when_repeated() -> None:
    packet = [{"order": ORDER}, {"order": ORDER}]
    first, again = ids(decode("/1.0/visitorEvents", packet)), ids(decode("/1.0/visitorEvents", packet))
    assert first == again
    assert len(set(first)) == 2
    assert first[0] == ids(decode("/1.0/order", ORDER))[0]


def test_a_reloaded_thank_you_page_is_the_same_line_and_another_than_the_server_s() -> None:
    path, query = (
        "/1.0/event/order/p1/123456",
        "session=5fa1&qnt=2&price=1990.50&transaction=A-1001&stockId=msk-2",
    )
    first, again = (ids(decode(path, query=query + more, method="GET")) for more in ("&pvid=1", "&pvid=2"))
    assert first == again
    assert first != ids(decode("/1.0/order", ORDER))


def test_an_identical_body_with_its_time_is_one_event_and_without_it_never() -> None:
    timed = [ids(decode("/1.0/view", body)) for body in (VIEW, dict(reversed(VIEW.items())))]
    assert timed[0] == timed[1]
    assert is_keyed(timed[0][0])
    assert timed[0] == ids(decode("/1.0/visitorEvents", [{"view": VIEW}]))
    assert timed[0] != ids(decode("/1.0/recomTap", VIEW))
    untimed = ids(decode("/1.0/view", {**VIEW, "timestamp": None}))
    assert not is_keyed(untimed[0])
    assert not is_keyed(ids(decode("/1.0/event/view/p1/5", query="session=5fa1", method="GET"))[0])


def test_visitors_told_apart_by_a_pointer_in_the_query_are_two() -> None:
    body = {"productId": 5, "timestamp": T}
    decoded = [decode("/1.0/view", body, query=f"{OPEN}&link=card,{number}") for number in (1, 2)]
    assert [canonical(one)[0]["ids"] for one in decoded] == [{"link": "card,1"}, {"link": "card,2"}]
    assert ids(decoded[0]) != ids(decoded[1])
    assert [one.judged[0].codes for one in decoded] == [(), ()]


# ---- packets


def outcomes(decoded: Decoded) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.outcome, one.pointer, one.codes) for one in decoded.judged]


BAD = {"view": {**WHO, "timestamp": T}}


def test_a_packet_keeps_its_order_and_sets_aside_only_what_is_wrong() -> None:
    packet = [{"addToBasket": VIEW}, BAD, {"search": {**WHO, "searchPhrase": "x", "timestamp": T}}]
    decoded = decode("/1.0/visitorEvents", packet)
    assert decoded.endpoint == "rr.batch"
    assert outcomes(decoded) == [
        ("accepted", "/0/addToBasket", ("quantity_defaulted",)),
        ("quarantined", "/1/view", ("field_missing:productId",)),
        ("accepted", "/2/search", ()),
    ]
    assert [event.get("seq", 0) for event in canonical(decoded)] == [0, 2]
    assert answer(decoded, "/1.0/visitorEvents") == (200, {})


def test_a_strict_shop_s_packet_is_refused_whole_with_the_first_position_and_every_reason() -> None:
    packet = [{"addToBasket": VIEW}, {"view": VIEW}, {"what": {}}, BAD]
    decoded = decode("/1.0/visitorEvents", packet, shop=STRICT)
    assert outcomes(decoded) == [
        ("rejected", "/0/addToBasket", ("quantity_defaulted",)),
        ("rejected", "/1/view", ()),
        ("rejected", "/2", ("event_unknown",)),
        ("rejected", "/3/view", ("field_missing:productId",)),
    ]
    assert canonical(decoded) == []
    assert answer(decoded, "/1.0/visitorEvents") == (400, {"error": "event_unknown", "index": 2})


@pytest.mark.parametrize(
    ("packet", "lenient", "strict"),
    [
        ([{"nothing": {}}], [("quarantined", "/0", ("event_unknown",))], {"error": "event_unknown", "index": 0}),
        ([{}], [("quarantined", "/0", ("envelope_empty",))], {"error": "envelope_empty", "index": 0}),
        ([5], [("quarantined", "/0", ("envelope_empty",))], {"error": "envelope_empty", "index": 0}),
        ([{"view": None}], [("quarantined", "/0", ("envelope_empty",))], {"error": "envelope_empty", "index": 0}),
        ([{"view": 5}], [("quarantined", "/0/view", ("field_type:view",))], {"error": "field_type:view", "index": 0}),
        ({"view": VIEW}, [("accepted", "/view", ("wrong_shape",))], {"error": "wrong_shape"}),
        (
            [{"view": VIEW, "recomTap": {**VIEW, "recomBlockId": "b"}}],
            [("accepted", "/0/view", ("envelope_multi",)), ("accepted", "/0/recomTap", ("envelope_multi",))],
            {"error": "envelope_multi", "index": 0},
        ),
        ([{"VIEW": VIEW}], [("accepted", "/0/VIEW", ())], {"error": "event_unknown", "index": 0}),
    ],
)  # fmt: skip
def test_an_odd_envelope_is_judged_as_documented(packet: Any, lenient: Any, strict: Any) -> None:
    decoded = decode("/1.0/visitorEvents", packet)
    assert outcomes(decoded) == lenient
    assert answer(decoded, "/1.0/visitorEvents") == (200, {})
    assert answer(decode("/1.0/visitorEvents", packet, shop=STRICT), "/1.0/visitorEvents") == (400, strict)


def test_an_empty_packet_is_taken_and_leaves_no_trace() -> None:
    for shop in ({}, STRICT):
        decoded = decode("/1.0/visitorEvents", [], shop=shop)
        assert (decoded.store, list(decoded.judged)) == (False, [])
        assert answer(decoded, "/1.0/visitorEvents") == (200, {})


# ---- repeats of the browser code


class Pages:
    """Clicks of one visitor on pages of a shop, through one web surface."""

    def __init__(self, session: str, seconds: str = "30") -> None:
        self.session = session
        self.shops = OneShop({"options": {"retailrocket.replay_s": seconds}}, KEYS)

    def click(self, event: str, page: str, second: float, item: str = "5", headers: Any = None) -> list[str]:
        request = wire_request(
            {
                "method": "GET",
                "path": f"/1.0/event/{event}/p1/{item}",
                "query": f"&session={self.session}&pvid={page}",
                "headers": headers or {},
            }
        )
        request = replace(request, received_at=RECEIVED_AT + timedelta(seconds=second))
        (judged,) = ENDPOINTS[request.path].decode(request, self.shops).judged
        assert judged.outcome == "accepted"
        return [code for code in judged.codes if code == "possible_replay"]


@pytest.mark.parametrize("event", ["addToBasket", "recomAddToBasket", "recomMouseDown"])
def test_only_a_repeat_from_another_page_within_the_window_is_marked(event: str) -> None:
    pages = Pages(f"window-{event}")
    assert pages.click(event, "1", 0) == []
    assert pages.click(event, "1", 5) == []
    assert pages.click(event, "2", 35) == ["possible_replay"]
    assert pages.click(event, "2", 35, item="6") == []
    assert pages.click(event, "3", 66) == []
    assert Pages(f"another-{event}").click(event, "4", 66) == []


def test_a_click_on_a_recommendation_may_repeat_an_addition_of_the_page_before() -> None:
    pages = Pages("defect")
    assert pages.click("addToBasket", "1", 0) == []
    assert pages.click("recomMouseDown", "1", 1) == []
    assert pages.click("recomMouseDown", "2", 2) == ["possible_replay"]
    assert pages.click("addToBasket", "3", 3, item="7") == []
    assert pages.click("recomMouseDown", "4", 3, item="7") == ["possible_replay"]


def test_a_removal_and_a_view_are_never_marked() -> None:
    pages = Pages("others")
    marks = [pages.click(event, page, 0) for event in ("view", "removeFromBasket") for page in ("1", "2")]
    assert marks == [[], [], [], []]


def test_nothing_is_marked_where_the_option_is_off_or_the_visitor_asks_for_privacy() -> None:
    off = Pages("off", "0")
    assert [off.click("addToBasket", page, 0) for page in ("1", "2")] == [[], []]
    private = Pages("private")
    marks = [private.click("addToBasket", page, 0, headers={"sec-gpc": "1"}) for page in ("1", "2")]
    assert marks == [[], []]


def test_what_is_remembered_of_clicks_is_bounded() -> None:
    replays = Replays(most=10)
    for number in range(100):
        click = Click("s", "d", "addToBasket", str(number))
        assert not replays.is_repeat(click, "1", RECEIVED_AT, 30)
    assert len(replays) == 10
    same = Click("s", "d", "addToBasket", "99")
    for page in range(2, 2 + MOST_PAGES):
        assert replays.is_repeat(same, str(page), RECEIVED_AT + timedelta(seconds=20), 30)
    assert not replays.is_repeat(same, "1", RECEIVED_AT + timedelta(seconds=51), 30)


# ---- what is not kept


SUBSCRIPTION = {
    "endpoint": "https://push.example/1",
    "expirationTime": None,
    "keys": {"p256dh": "BPubKey", "auth": "aUtH"},
}


def test_keys_of_a_push_subscription_are_neither_properties_nor_kept() -> None:
    path = "/1.0/event/webpushsubscription/p1"
    decoded = decode(path, SUBSCRIPTION, query="session=5fa1&subscriptionId=s7&auth=aUtH")
    (event,) = canonical(decoded)
    assert (event["custom_name"], event["props"]) == (
        "webpushsubscription",
        {"endpoint": "https://push.example/1", "expirationTime": None, "subscriptionId": "s7"},
    )
    assert decoded.raw.query == "session=5fa1&subscriptionId=s7"
    assert json.loads(decoded.raw.body) == {"endpoint": "https://push.example/1", "expirationTime": None}


def test_a_push_subscription_that_is_no_json_is_refused_and_no_sample_of_it_is_kept() -> None:
    path = "/1.0/event/webpushsubscription/p1"
    request = wire_request({"method": "POST", "path": path, "text": '{"keys":{"auth":"aUtH"}'})
    with pytest.raises(Rejected) as caught:
        ENDPOINTS[path].decode(request, OneShop({}, KEYS))
    assert (caught.value.code, caught.value.status, caught.value.keep_raw) == ("json_malformed", 400, False)


@pytest.mark.parametrize(
    ("path", "query", "counted"),
    [
        ("/1.0/timing", "partnerId=p1&ms=12", True),
        ("/1.0/timing/p1", "", True),
        ("/1.0/timing", "ms=12", False),
        ("/api/2.1/visitor/p1/x", "", True),
        ("/api/2.1/visitor", "", False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_telemetry_is_ignored_and_counted_only_where_it_names_a_shop(
    path: str, query: str, counted: bool, method: str
) -> None:
    decoded = decode(path, {"measured": 1} if method != "GET" else None, query=query, method=method)
    assert outcomes(decoded) == [("ignored", "", ("ignored_telemetry",))]
    assert (decoded.store, decoded.raw.body, decoded.raw.query) == (counted, b"", "")
    assert answer(decoded, path) == (200, {})


def test_a_product_told_by_the_shop_is_kept_whole() -> None:
    path = "/api/1.0/partner/p1/products/-42"
    decoded = decode(path, {"price": 12.5, "name": "Kettle", "stocks": {"msk": 1}}, query="")
    (event,) = canonical(decoded)
    assert (event["event"], event["custom_name"], event["items"], event["props"]) == (
        "custom",
        "productSnapshot",
        [{"item_id": "-42"}],
        {"price": 12.5, "name": "Kettle", "stocks": {"msk": 1}},
    )


def test_a_visitor_who_asks_for_privacy_is_in_no_record() -> None:
    query = "session=5fa1&email=ann%40example.org&pageUrl=https%3A%2F%2Fshop.example%2F%3Fe%3Dann&d.name=Ann"
    for path in ("/1.0/event/view/p1/5", "/1.0/event/setEmail/p1"):
        request = wire_request({"method": "GET", "path": path, "query": query, "headers": {"sec-gpc": "1"}})
        decoded = ENDPOINTS[path].decode(request, OneShop({}, KEYS))
        line = record.encode(stored(decoded, request))
        assert [word for word in (b"5fa1", b"ann", b"Ann") if word in line] == []


def test_ids_of_any_length_and_sign_survive_exactly() -> None:
    for item in ("-9223372036854775808", "9007199254740993", "007", "a b/c", "é"):
        path = f"/1.0/event/view/p1/{item.replace('/', '%2F')}"
        (event,) = canonical(decode(path, query="session=5fa1", method="GET"))
        assert event["items"] == [{"item_id": item}]
        (event,) = canonical(decode("/1.0/view", {**VIEW, "productId": item}))
        assert event["items"] == [{"item_id": item}]
