"""Intempt: the documented mapping and ids, whose request it is, what of a request may be kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from collector import record
from collector.adapters import load_adapters
from collector.errors import Rejected
from collector.ids import is_keyed
from collector.routing import Routes
from collector.wire import Decoded
from tests.adapters.wired import ENDPOINTS, RECEIVED_AT, SHOP_ID, OneShop, stored, wire_request

PROJECT = "/v1/acme/projects/web"
TRACK = f"{PROJECT}/sources/1001/track"
CONSENT = f"{PROJECT}/consents/data"
SECRET = "pre.hush"
SENT = {"authorization": "Basic " + base64.b64encode(b"pre:hush").decode()}
STRICT = {"options": {"intempt.strict": "on"}}
RECEIVED = record.time_text(RECEIVED_AT)


def key(source: str | None = "1001", secret: str = SECRET, **more: Any) -> dict[str, Any]:
    named = {} if source is None else {"source": source}
    public = {"org": "acme", "project": "web", **named}
    return {"vendor": "intempt", "public": public, "secrets": {"api_key": secret}, **more}


def decode(
    body: Any,
    *,
    path: str = TRACK,
    shop: Mapping[str, Any] | None = None,
    keys: Sequence[Mapping[str, Any]] = (key(),),
    **request: Any,
) -> Decoded:
    made = wire_request({"method": "POST", "path": path, "body": body, "headers": SENT, **request})
    return ENDPOINTS[path].decode(made, OneShop(shop or {}, keys))


def tracked(name: str, *payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"track": [{"name": name, "payload": list(payload)}]}


def shown(decoded: Decoded) -> list[dict[str, Any]]:
    """The events without what the document's examples leave out, in which a time is always told."""
    assert [one.outcome for one in decoded.judged] == ["accepted"] * len(decoded.judged)
    events = [json.loads(json.dumps(record.canonical(one.event))) for one in decoded.judged if one.event]
    for event in events:
        for name in ("event_id", "pointer", "seq"):
            event.pop(name, None)
    return events


# Request, and whole records: where an example's time is the server's it is the arrival. `vendor_event` is
# the entry's name, and the optional keys of the data are properties too (docs/wire/intempt.md, "Data").
EXAMPLES: list[tuple[str, str, list[str]]] = [
    (
        TRACK,
        '{"track":[{"name":"Product viewed","payload":[{"eventId":"evt-70","timestamp":1751364000250,"userId":"u5","profileId":"prof-1","sessionId":"ses-1","pageId":"pag-1","data":{"productId":"SKU-9"}}]}]}',
        [
            '{"event":"view_item","vendor_event":"Product viewed","user_id":"u5","device_id":"prof-1","session_id":"ses-1","page_view_id":"pag-1","items":[{"item_id":"SKU-9"}],"ts":"2025-07-01T10:00:00.250000Z","ts_source":"client"}'
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"Added to cart","payload":[{"eventId":"evt-71","userId":"u5","data":{"productId":"SKU-9","quantity":2}}]}]}',
        [
            '{"event":"add_to_cart","vendor_event":"Added to cart","user_id":"u5","items":[{"item_id":"SKU-9","quantity":"2"}],"ts":"RECEIVED","notes":["ts_missing"]}'
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"Removed from cart","payload":[{"eventId":"evt-72","timestamp":1751364001000,"accountId":"acc-1","data":{"productId":"SKU-9"}}]}]}',
        [
            '{"event":"remove_from_cart","vendor_event":"Removed from cart","account_id":"acc-1","items":[{"item_id":"SKU-9","quantity":"1"}],"ts":"2025-07-01T10:00:01.000000Z","ts_source":"client","notes":["quantity_defaulted"]}'
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"Product ordered","payload":[{"eventId":"evt-77","timestamp":1751364002000,"userId":"u5","data":{"productId":"SKU-9","quantity":2,"price":10,"currency":"EUR","orderId":"A-1001"}},{"eventId":"evt-77","timestamp":1751364002000,"userId":"u5","data":{"productId":"SKU-8","price":4}}]}]}',
        [
            '{"event":"purchase","vendor_event":"Product ordered","is_line":true,"order_key":"A-1001","transaction_id":"A-1001","user_id":"u5","items":[{"item_id":"SKU-9","price":"10","quantity":"2"}],"currency":"EUR","ts":"2025-07-01T10:00:02.000000Z","ts_source":"client","props":{"price":10,"currency":"EUR","orderId":"A-1001"}}',
            '{"event":"purchase","vendor_event":"Product ordered","is_line":true,"order_key":"A-1001","transaction_id":"A-1001","user_id":"u5","items":[{"item_id":"SKU-8","price":"4","quantity":"1"}],"currency":"EUR","ts":"2025-07-01T10:00:02.000000Z","ts_source":"client","notes":["quantity_defaulted","currency_defaulted"],"props":{"price":4}}',
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"Identify","type":"alias","payload":[{"eventId":"evt-73","timestamp":1751364003000,"userId":"u5","anotherUserId":"anon-4","userAttributes":{"email":"ann@example.org","plan":"pro"}}]}]}',
        [
            '{"event":"identify","vendor_event":"Identify","user_id":"u5","email":"ann@example.org","alias":[{"type":"user_id","value":"anon-4"}],"props":{"user_attributes":{"email":"ann@example.org","plan":"pro"}},"ts":"2025-07-01T10:00:03.000000Z","ts_source":"client"}'
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"View Page","payload":[{"eventId":"pag-1","sessionId":"ses-1","profileId":"prof-1","pageId":"pag-1","data":{"url":"https://shop.example/p/1","title":"Shop","path":"/p/1"}}]}]}',
        [
            '{"event":"page_view","vendor_event":"View Page","device_id":"prof-1","session_id":"ses-1","page_view_id":"pag-1","page_url":"https://shop.example/p/1","page_title":"Shop","props":{"path":"/p/1"},"ts":"RECEIVED","notes":["ts_missing"]}'
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"Session start","payload":[{"eventId":"ses-1","sessionId":"ses-1","profileId":"prof-1","userAttributes":{"utmSource":"mail"},"data":{"source":"web"}}]}]}',
        [
            '{"event":"session_start","vendor_event":"Session start","device_id":"prof-1","session_id":"ses-1","props":{"source":"web","user_attributes":{"utmSource":"mail"}},"ts":"RECEIVED","notes":["ts_missing"]}'
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"Charge","payload":[{"eventId":"evt-74","timestamp":1751364004000,"userId":"u5","data":{"amount":24,"currency":"EUR","status":"succeeded"}}]}]}',
        [
            '{"event":"custom","vendor_event":"Charge","custom_name":"Charge","user_id":"u5","value":"24","currency":"EUR","props":{"amount":24,"currency":"EUR","status":"succeeded"},"ts":"2025-07-01T10:00:04.000000Z","ts_source":"client"}'
        ],
    ),
    (
        TRACK,
        '{"track":[{"name":"Newsletter joined","payload":[{"eventId":"evt-75","timestamp":1751364005000,"userId":"u5","data":{"list":"weekly"}}]}]}',
        [
            '{"event":"custom","vendor_event":"Newsletter joined","custom_name":"Newsletter joined","user_id":"u5","props":{"list":"weekly"},"ts":"2025-07-01T10:00:05.000000Z","ts_source":"client"}'
        ],
    ),
    (
        CONSENT,
        '{"action":"accept","timestamp":1751364006,"userId":"u5","category":"marketing","validUntil":"unlimited","source":"web"}',
        [
            '{"event":"custom","vendor_event":"consent","custom_name":"consent","user_id":"u5","props":{"action":"accept","category":"marketing","validUntil":"unlimited","source":"web"},"ts":"2025-07-01T10:00:06.000000Z","ts_source":"client"}'
        ],
    ),
]


@pytest.mark.parametrize("options", [{}, STRICT], ids=["lenient", "strict"])
@pytest.mark.parametrize(("path", "body", "expected"), EXAMPLES)
def test_an_example_of_the_document_becomes_the_record_beside_it(
    path: str, body: str, expected: list[str], options: dict[str, Any]
) -> None:
    decoded = decode(json.loads(body), path=path, shop=options)
    assert shown(decoded) == [json.loads(one.replace("RECEIVED", RECEIVED)) for one in expected]
    reply = ENDPOINTS[path].answer(decoded)
    assert (reply.status, reply.body) == (200 if path == CONSENT else 201, b"")


def test_the_same_order_on_another_wire_stands_apart_without_its_number() -> None:
    lines = [
        {
            "eventId": "evt-77",
            "timestamp": 1751364000000,
            "userId": "u-5",
            "data": {"productId": product, "quantity": n},
        }
        for product, n in (("123456", 2), ("234567", 1))
    ]
    decoded = decode(tracked("Product ordered", *lines))
    ids = [one.event.event_id for one in decoded.judged if one.event]
    assert len(set(ids)) == 2
    common = {"event": "purchase", "vendor_event": "Product ordered", "is_line": True, "order_key": "evt-77"}
    at = {"user_id": "u-5", "ts": "2025-07-01T10:00:00.000000Z", "ts_source": "client"}
    assert shown(decoded) == [
        {**common, **at, "items": [{"item_id": "123456", "quantity": "2"}]},
        {**common, **at, "items": [{"item_id": "234567", "quantity": "1"}]},
    ]


def ids(body: Any, path: str = TRACK, **more: Any) -> list[str]:
    judged = decode(body, path=path, **more).judged
    return [one.event.event_id for one in judged if one.event]


def line(event_id: Any, product: str) -> dict[str, Any]:
    return {"eventId": event_id, "userId": "u5", "data": {"productId": product}}


def test_ids_of_lines_are_the_documented_ones() -> None:
    body = tracked("Product ordered", line("evt-77", "sku-1"), line("evt-77", "sku-2"))
    assert ids(body, shop={"shop_id": "shop-1"}, keys=[key(shop="shop-1")]) == [
        "b40e2e7f-27e0-58ca-b82f-fa5074ad6f4b",
        "1bb295e7-3240-5d5e-acb9-849785fc804c",
    ]


def test_an_id_holds_for_one_source_name_event_and_product_whatever_else_is_said() -> None:
    sent = line("evt-77", "sku-1")
    (plain,) = ids(tracked("Product viewed", sent))
    assert ids(tracked("Product viewed", {**sent, "timestamp": 1751364000000, "profileId": "p"})) == [plain]
    beside = {"eventId": "evt-77", "userId": "u5", "productId": "sku-1"}
    assert ids(tracked("Product viewed", beside)) == [plain]
    others = [
        ids(tracked("Added to cart", sent)),
        ids(tracked("Product viewed", line("evt-78", "sku-1"))),
        ids(tracked("Product viewed", line("evt-77", "sku-2"))),
        ids(tracked("Product viewed", sent), path=f"{PROJECT}/track"),
        ids(tracked("Product viewed", sent), path=f"{PROJECT}/sources/1002/track", keys=[key(None)]),
    ]
    assert len({plain, *(one for (one,) in others)}) == 6


def test_equal_lines_are_numbered_within_their_entry_and_not_across_entries() -> None:
    entry = tracked("Product ordered", line("e", "a"), line("e", "b"), line("e", "a"))["track"][0]
    first, second, third = ids({"track": [entry]})
    assert len({first, second, third}) == 3
    twice = decode({"track": [entry, entry]})
    assert [one.outcome for one in twice.judged] == ["accepted"] * 3 + ["duplicate"] * 3
    assert ids({"track": [entry, entry]}) == [first, second, third] * 2


def test_halves_of_a_batch_have_the_ids_of_the_whole() -> None:
    entries = [
        tracked("Newsletter joined", {"eventId": f"e{n}", "userId": "u5"})["track"][0] for n in range(60)
    ]
    with pytest.raises(Rejected, match="batch_over_limit"):
        decode({"track": entries}, shop=STRICT)
    halves = [*ids({"track": entries[:30]}, shop=STRICT), *ids({"track": entries[30:]}, shop=STRICT)]
    assert halves == ids({"track": entries})


def test_long_numbers_as_event_ids_stay_apart() -> None:
    close = [tracked("Newsletter joined", {"eventId": 9007199254740992 + n, "userId": "u5"}) for n in (0, 1)]
    assert ids(close[0]) != ids(close[1])
    assert ids(close[0]) == ids(tracked("Newsletter joined", {"eventId": "9007199254740992", "userId": "u5"}))


def test_an_event_without_an_id_is_never_taken_for_a_repeat() -> None:
    body = tracked("Newsletter joined", {"userId": "u5"}, {"userId": "u5"})
    found = ids(body)
    assert len(set(found)) == 2
    assert [is_keyed(one) for one in found] == [False, False]


def test_a_consent_is_recognised_by_its_content_in_whatever_order() -> None:
    body = {"action": "accept", "userId": "u5", "timestamp": 1751364006}
    turned = dict(reversed(body.items()))
    assert ids(body, path=CONSENT) == ids(turned, path=CONSENT)
    assert ids(body, path=CONSENT) != ids({**body, "action": "reject"}, path=CONSENT)
    assert is_keyed(ids(body, path=CONSENT)[0])


@pytest.mark.parametrize("header", ["Basic", "BASIC", "basic"])
def test_a_basic_header_is_prefix_and_secret_and_the_secret_may_hold_colons_and_dots(header: str) -> None:
    sent = {"authorization": f"{header} {base64.b64encode(b'pre:a.b:c').decode()}"}
    assert decode({"track": []}, keys=[key(secret="pre.a.b:c")], headers=sent).shop_id


@pytest.mark.parametrize(
    ("request_parts", "code"),
    [
        ({"headers": {}}, "auth_missing"),
        ({"headers": {"authorization": " "}}, "auth_missing"),
        ({"headers": {}, "query": "apiKey="}, "auth_missing"),
        ({"headers": {}, "query": "apiKey=pre.other"}, "auth_invalid"),
        ({"headers": {}, "query": "apiKey=prehush"}, "auth_invalid"),
        ({"headers": {"authorization": "Basic " + base64.b64encode(b"prehush").decode()}}, "auth_invalid"),
        ({"headers": {"authorization": "Basic " + base64.b64encode(b"pre.hush:").decode()}}, "auth_invalid"),
        ({"headers": {"authorization": "ApiKey"}}, "auth_invalid"),
        ({"headers": {"authorization": "Bearer pre.hush"}}, "auth_invalid"),
    ],
)
@pytest.mark.parametrize("path", [TRACK, f"{PROJECT}/track", CONSENT, f"{PROJECT}/feeds/7/data"])
@pytest.mark.parametrize("options", [{}, STRICT], ids=["lenient", "strict"])
def test_a_missing_or_wrong_key_is_401_everywhere_and_nothing_is_kept(
    request_parts: dict[str, Any], code: str, path: str, options: dict[str, Any]
) -> None:
    with pytest.raises(Rejected) as refused:
        decode({"track": []}, path=path, shop=options, **request_parts)
    refusal = refused.value
    assert (refusal.code, refusal.status, refusal.keep_raw) == (code, 401, False)
    reply = ENDPOINTS[path].refuse(refusal.code, refusal.status, refusal.detail)
    assert (reply.status, reply.body) == (401, b"")


def test_either_of_two_keys_in_force_opens() -> None:
    both = [key(secret="old.key"), key(secret="new.key")]
    for one in ("old.key", "new.key"):
        assert decode({"track": []}, keys=both, headers={"authorization": f"ApiKey {one}"}).shop_id


def test_two_shops_of_one_project_are_told_apart_by_their_sources_and_keys() -> None:
    keys = [key("1001", "a.a"), key("1002", "b.b", shop="f" * 30)]
    mine, other = ({"authorization": f"ApiKey {one}"} for one in ("a.a", "b.b"))
    assert decode({"track": []}, keys=keys, headers=mine).shop_id == SHOP_ID
    with pytest.raises(Rejected, match="shop_disabled"):
        decode({"track": []}, path=f"{PROJECT}/sources/1002/track", keys=keys, headers=other)
    with pytest.raises(Rejected, match="auth_invalid"):
        decode({"track": []}, path=f"{PROJECT}/sources/1002/track", keys=keys, headers=mine)
    with pytest.raises(Rejected, match="shop_disabled"):
        decode({"track": []}, path=f"{PROJECT}/track", keys=keys, headers=other)


def test_no_record_holds_a_key_wherever_it_was_written() -> None:
    event = {"eventId": "e", "userId": "u5", "data": {"APIKEY": SECRET, "page": "/?shop_secret=hush&a=1"}}
    body = {**tracked("Newsletter joined", event), "Authorization": SECRET, "shop_secret": SECRET}
    request = {"method": "POST", "path": TRACK, "body": body, "query": f"v=1&api%4Bey={SECRET}"}
    decoded = decode(body, headers=SENT, query=request["query"])
    line_of = record.encode(stored(decoded, wire_request(request)))
    assert b"hush" not in line_of
    assert decoded.raw.query == "v=1"
    assert b"Newsletter joined" in line_of


def test_a_request_without_secrets_is_kept_byte_for_byte() -> None:
    sent = '{"track" : [ {"name":"Newsletter joined","payload":{"eventId":1.50,"userId":"u5"}} ]}\n'
    made = wire_request({"method": "POST", "path": TRACK, "text": sent, "headers": SENT})
    assert ENDPOINTS[TRACK].decode(made, OneShop({}, [key()])).raw.body == sent.encode()


def test_a_failure_of_ours_is_no_error_of_the_sender() -> None:
    paths = (TRACK, CONSENT, f"{PROJECT}/feeds/7/data", f"{PROJECT}/optimization/choose-web")
    replies = [ENDPOINTS[path].refuse("adapter_failed", 200, "kept as it came") for path in paths]
    assert [(reply.status, reply.body) for reply in replies] == [
        (201, b""),
        (200, b""),
        (200, b'{"products":[]}'),
        (200, b'{"choices":[]}'),
    ]


@pytest.mark.parametrize(
    ("code", "status", "body"),
    [
        ("rate_limited", 429, b""),
        ("storage_unavailable", 503, b'{"errors":[{"message":"storage_unavailable"}]}'),
        ("body_too_large", 413, b'{"errors":[{"message":"batch_over_limit"}]}'),
        ("method_not_allowed", 405, b'{"errors":[{"message":"method_not_allowed"}]}'),
        ("encoding_corrupt", 400, b'{"errors":[{"message":"encoding_corrupt"}]}'),
    ],
)
def test_what_the_application_refuses_has_the_vendors_form(code: str, status: int, body: bytes) -> None:
    for path in (TRACK, CONSENT):
        reply = ENDPOINTS[path].refuse(code, status, "text")
        assert (reply.status, reply.body) == (status, body)


def test_refusals_of_a_huge_batch_are_told_by_the_first_fifty() -> None:
    decoded = decode(tracked("Newsletter joined", *[{"eventId": f"e{n}"} for n in range(80)]), shop=STRICT)
    errors = json.loads(ENDPOINTS[TRACK].answer(decoded).body)["errors"]
    assert [one["message"] for one in errors] == [f"/0/payload/{n}: identity_missing" for n in range(50)]
    assert {one.outcome for one in decoded.judged} == {"rejected"}


def test_paths_of_other_protocols_are_not_swallowed() -> None:
    mine = Routes(load_adapters()["intempt"].endpoints)
    others = ("batch", "track", "identify", "page", "screen", "group", "alias", "import")
    assert [mine.find(f"/v1/{name}") for name in others] == [None] * 8
    assert [
        mine.find(path) for path in ("/v1", "/v1/acme", "/v1/acme/projects", "/v2/a/projects/b/track")
    ] == [None] * 4
    everything = Routes(endpoint for adapter in load_adapters().values() for endpoint in adapter.endpoints)
    for path in (TRACK, CONSENT, PROJECT, f"{PROJECT}/anything/else"):
        found = everything.find(path)
        assert found is not None
        assert found.endpoint.vendor == "intempt"
