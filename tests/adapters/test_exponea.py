"""Exponea: the documented mapping, event ids, limits, maps of a shop, and damaged requests."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import record
from collector.adapters.exponea.names import KINDS
from collector.errors import OperatorError
from collector.event import Event
from collector.ids import is_keyed, keyed_id
from collector.ingest import Ingest
from collector.log.memory import MemoryLog
from collector.options import typed
from tests.adapters import damage
from tests.adapters.damage import JUNK, RECORDED
from tests.adapters.judging import examples, judge
from tests.adapters.wired import ENDPOINTS, SHOP_ID, OneShop, play, wire_request

PROJECT = "/track/v2/projects/tok-7"
TOKEN = {"authorization": "Token pub-7"}
KEY: dict[str, Any] = {
    "vendor": "exponea",
    "public": {"project_token": "tok-7", "public_token": "pub-7"},
    "secrets": {"private_key": "id-7:hidden-7"},
}
STRICT = {"options": {"exponea.strict": "on"}}
MINE = [case for case in RECORDED if any(key["vendor"] == "exponea" for key in case.get("keys", ()))]
MINE_WITH_JSON = [case for case in MINE if isinstance(case["request"].get("body"), dict)]
COMMANDS = [case for case in MINE_WITH_JSON if len(case["request"]["body"].get("commands") or ()) > 1]

EXAMPLES = """
{"customer_ids":{"cookie":"ck-1"},"event_type":"view_item","timestamp":null,"properties":{"product_id":"P-7","variant_id":"P-7-R","title":"Mug","brand":"Acme","category_level_1":"Home","category_level_2":"Mugs","price":12.5,"original_price":14,"local_currency":"EUR"}}
{"event":"view_item","device_id":"ck-1","items":[{"item_id":"P-7","item_variant":"P-7-R","item_name":"Mug","item_brand":"Acme","item_category":["Home","Mugs"],"price":"12.5","list_price":"14"}],"currency":"EUR","ts_source":"server","notes":["ts_missing"]}
{"customer_ids":{"cookie":"ck-1"},"event_type":"view_category","timestamp":1751364000.25,"properties":{"category_id":"c-2","categories_path":"Home|Mugs"}}
{"event":"view_item_list","item_list_type":"category","category_id":"c-2","category_path":"Home|Mugs","device_id":"ck-1","ts":"2025-07-01T10:00:00.250000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"type":"search","timestamp":1751364001,"properties":{"query":"mug"}}
{"event":"search","search_term":"mug","device_id":"ck-1","ts":"2025-07-01T10:00:01.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"page_visit","timestamp":1751364001.5,"properties":{"location":"https://shop.example/a","referrer":"https://ref.example/"}}
{"event":"page_view","page_url":"https://shop.example/a","referrer":"https://ref.example/","device_id":"ck-1","ts":"2025-07-01T10:00:01.500000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"widget_view","timestamp":1751364001,"properties":{"widget_id":"w-3","product_list":["P-7","P-8"]}}
{"event":"view_item_list","item_list_type":"recommendation","item_list_id":"w-3","recommended_by":"recommendation","recommended_code":"w-3","items":[{"item_id":"P-7","index":0},{"item_id":"P-8","index":1}],"device_id":"ck-1","ts":"2025-07-01T10:00:01.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"widget_click","timestamp":1751364001,"properties":{"widget_id":"w-3","product_id":"P-7"}}
{"event":"select_item","item_list_type":"recommendation","item_list_id":"w-3","recommended_by":"recommendation","recommended_code":"w-3","items":[{"item_id":"P-7"}],"device_id":"ck-1","ts":"2025-07-01T10:00:01.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"add_to_cart","timestamp":1751364001,"properties":{"product_id":"P-7","quantity":1}}
{"event":"add_to_cart","items":[{"item_id":"P-7","quantity":"1"}],"device_id":"ck-1","ts":"2025-07-01T10:00:01.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"add_to_wishlist","timestamp":1751364001,"properties":{"product_id":"P-7"}}
{"event":"add_to_wishlist","items":[{"item_id":"P-7"}],"device_id":"ck-1","ts":"2025-07-01T10:00:01.000000Z","ts_source":"client"}
{"customer_ids":{"registered":"u5"},"event_type":"cart_update","timestamp":1751364002,"properties":{"action":"add","product_list":[{"product_id":"P-7","quantity":2}],"total_quantity":2,"total_price":25,"local_currency":"EUR"}}
{"event":"cart_update","is_full":true,"user_id":"u5","items":[{"item_id":"P-7","quantity":"2"}],"value":"25","currency":"EUR","props":{"action":"add"},"ts":"2025-07-01T10:00:02.000000Z","ts_source":"client"}
{"customer_ids":{"registered":"u5"},"event_type":"cart_update","timestamp":1751364003,"properties":{"product_list":[],"total_quantity":0}}
{"event":"cart_update","is_full":true,"user_id":"u5","items":[],"ts":"2025-07-01T10:00:03.000000Z","ts_source":"client"}
{"customer_ids":{"registered":"u5","cookie":"ck-1"},"event_type":"purchase","timestamp":1751364004,"properties":{"purchase_id":"A-1001","purchase_status":"new","total_price":25,"local_currency":"EUR","voucher_code":"JULY","payment_method":"card"}}
{"event":"purchase","is_line":false,"order_key":"A-1001","transaction_id":"A-1001","order_status":"new","value":"25","currency":"EUR","coupon":"JULY","payment_type":"card","user_id":"u5","device_id":"ck-1","items":[],"ts":"2025-07-01T10:00:04.000000Z","ts_source":"client"}
{"customer_ids":{"registered":"u5"},"event_type":"purchase_item","timestamp":1751364004,"properties":{"purchase_id":"A-1001","item_id":"P-7","item_price":12.5,"quantity":2,"total_price":25,"local_currency":"EUR"}}
{"event":"purchase","is_line":true,"order_key":"A-1001","transaction_id":"A-1001","user_id":"u5","items":[{"item_id":"P-7","price":"12.5","quantity":"2","props":{"total_price":25}}],"currency":"EUR","ts":"2025-07-01T10:00:04.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"checkout","timestamp":1751364005,"properties":{"step_number":1}}
{"event":"begin_checkout","device_id":"ck-1","props":{"step_number":1},"ts":"2025-07-01T10:00:05.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"session_start","timestamp":1751364006,"properties":null}
{"event":"session_start","device_id":"ck-1","ts":"2025-07-01T10:00:06.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"session_end","timestamp":1751364006.75,"properties":{"duration":42.5}}
{"event":"session_end","device_id":"ck-1","props":{"duration":42.5},"ts":"2025-07-01T10:00:06.750000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"event_type":"payment","timestamp":1751364007,"properties":{"brutto":9.99,"currency":"EUR","payment_system":"store","item_id":"coins"}}
{"event":"custom","custom_name":"payment","device_id":"ck-1","value":"9.99","currency":"EUR","payment_type":"store","items":[{"item_id":"coins","quantity":"1"}],"ts":"2025-07-01T10:00:07.000000Z","ts_source":"client","notes":["quantity_defaulted"]}
{"customer_ids":{"registered":"u5","card_no":"7001"},"event_type":"store_visit","timestamp":1751364008,"properties":{"store":"msk-2"}}
{"event":"custom","custom_name":"store_visit","user_id":"u5","ids":{"card_no":"7001"},"props":{"store":"msk-2"},"ts":"2025-07-01T10:00:08.000000Z","ts_source":"client"}
{"customer_ids":{"registered":"u5"},"event_type":"consent","timestamp":1751364008,"properties":{"action":"accept","category":"newsletter"}}
{"event":"custom","custom_name":"consent","user_id":"u5","props":{"action":"accept","category":"newsletter"},"ts":"2025-07-01T10:00:08.000000Z","ts_source":"client"}
{"customer_ids":{"cookie":"ck-1"},"url":"https://shop.example/?utm_source=mail","timestamp":1751364008,"properties":{"platform":"web"}}
{"event":"custom","custom_name":"campaign_click","device_id":"ck-1","page_url":"https://shop.example/?utm_source=mail","props":{"platform":"web","utm_source":"mail"},"ts":"2025-07-01T10:00:08.000000Z","ts_source":"client"}
{"customer_ids":{"registered":"u5","cookie":"ck-1"},"properties":{"email":"Ann@Example.org","tier":"gold"}}
{"event":"identify","user_id":"u5","device_id":"ck-1","email":"ann@example.org","props":{"properties":{"email":"Ann@Example.org","tier":"gold"}},"ts_source":"server","notes":["ts_missing"]}
"""
"""Pairs of lines: what is sent, and its event without the request's columns and without `props`
where nothing else maps."""

PAIRS = [line for line in EXAMPLES.splitlines() if line]


def posted(path: str, body: str, **options: str) -> dict[str, Any]:
    """What becomes of a body, with options of the shop."""
    shop = {"options": {f"exponea.{name}": value for name, value in options.items()}}
    request = {"method": "POST", "path": PROJECT + path, "headers": TOKEN, "text": body}
    return play({"shop": shop, "keys": [KEY], "request": request})


def event_of(body: Any, path: str = "/customers/events", **options: str) -> dict[str, Any]:
    """The one event of a request, as it is stored."""
    made: dict[str, Any] = posted(path, json.dumps(body), **options)["events"][0]["event"]
    return made


def path_of(body: dict[str, Any]) -> str:
    if "url" in body:
        return "/campaigns/clicks"
    return "/customers/events" if "event_type" in body or "type" in body else "/customers"


def kept_props(body: dict[str, Any], told: dict[str, Any]) -> Any:
    """All properties as sent; where the document shows other ones, those."""
    sent = body.get("properties") or {}
    return told["props"] if "url" in body or path_of(body) == "/customers" else sent


@pytest.mark.parametrize(
    ("sent", "told"), list(zip(PAIRS[::2], PAIRS[1::2], strict=True)), ids=lambda line: line[:90]
)
def test_a_documented_example_becomes_what_the_document_says(sent: str, told: str) -> None:
    body, expected = json.loads(sent), json.loads(told)
    outcome = posted(path_of(body), sent)
    (one,) = outcome["events"]
    event = {**one["event"]}
    for name in ("event_id", "vendor_event"):
        del event[name]
    assert outcome["reply"] == {"errors": [], "success": True}
    assert event.pop("props", {}) == kept_props(body, expected)
    if expected["ts_source"] == "server":  # the default is not written
        assert event.pop("ts") == "2026-11-21T09:02:27.500000Z"
        del expected["ts_source"]
    empty = {name for name in ("items", "is_line", "props") if name in expected and not expected[name]}
    assert event == {name: value for name, value in expected.items() if name not in empty and name != "props"}


def test_all_twenty_examples_take_part() -> None:
    assert len(PAIRS) == 40


def test_every_documented_event_type_has_a_recorded_case() -> None:
    told = {str(case["request"]["body"].get("event_type")) for case in MINE_WITH_JSON}
    assert set(KINDS) <= told
    assert {"consent", "campaign", "banner", "installation", "notification_state", "first_session"} <= told


def test_the_documented_batch_is_answered_command_by_command() -> None:
    session = {"customer_ids": {"cookie": "ck-1"}, "event_type": "session_start", "timestamp": 1751364009}
    commands = [
        {"name": "customers/events", "command_id": "c1", "data": session},
        {"name": "nope", "data": {}},
        {"name": "system/time"},
    ]
    outcome = posted("/batch", json.dumps({"commands": commands}))
    assert outcome["reply"] == {
        "results": [
            {"success": True, "command_id": "c1"},
            {"success": False, "errors": ["Unknown command: nope"]},
            {"success": True, "time": 1795251747.5},
        ],
        "start_time": 1795251747.5,
        "end_time": 1795251747.5,
        "success": True,
    }


def content_hash(**parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_the_event_id_is_made_of_the_content_and_its_place_among_equals() -> None:
    ids, properties = {"registered": "u5", "cookie": "ck-1"}, {"purchase_id": "A-1", "total_price": 25}
    body = {"customer_ids": ids, "event_type": "purchase", "timestamp": 1751364004, "properties": properties}
    hashed = content_hash(**body)
    batch = {"commands": [{"name": "customers/events", "data": body}] * 2}
    told = posted("/batch", json.dumps(batch))["events"]
    assert [one["event"]["event_id"] for one in told] == [
        keyed_id(SHOP_ID, "exponea", "event", hashed, "0"),
        keyed_id(SHOP_ID, "exponea", "event", hashed, "1"),
    ]
    assert event_of(body)["event_id"] == told[0]["event"]["event_id"]


def test_the_id_of_attributes_is_of_their_own_kind() -> None:
    body = {"customer_ids": {"registered": "u5"}, "properties": {"tier": "gold"}, "timestamp": 1751364004}
    made = event_of(body, "/customers")
    assert made["event_id"] == keyed_id(SHOP_ID, "exponea", "customers", content_hash(**body), "0")


@pytest.mark.parametrize(
    "other",
    [
        {"customer_ids": {"cookie": "ck-2"}},
        {"event_type": "other"},
        {"timestamp": 1751364004.5},
        {"properties": {"a": 2}},
    ],
)
def test_an_event_with_other_content_is_another_event(other: dict[str, Any]) -> None:
    body = {
        "customer_ids": {"cookie": "ck-1"},
        "event_type": "x",
        "timestamp": 1751364004,
        "properties": {"a": 1},
    }
    assert event_of({**body, **other})["event_id"] != event_of(body)["event_id"]


def test_a_repeat_in_other_words_is_the_same_event() -> None:
    said = {"customer_ids": {"cookie": "ck-1"}, "event_type": "x", "timestamp": 1751364004, "project_id": "p"}
    older = {"ids": {"cookie": "ck-1"}, "type": "x", "timestamp": 1751364004, "properties": None}
    assert event_of(said)["event_id"] == event_of(older)["event_id"]


@pytest.mark.parametrize(("time", "options"), [(None, {}), ("", {}), (1751364004, {"dedupe": "off"})])
def test_an_event_without_a_time_is_never_a_repeat(time: Any, options: dict[str, str]) -> None:
    body = {"customer_ids": {"cookie": "ck-1"}, "event_type": "x", "timestamp": time}
    assert not is_keyed(event_of(body, **options)["event_id"])


def big(size: int) -> dict[str, Any]:
    """An event whose largest property has that many bytes."""
    properties = {"description": "é" * (size // 2), "note": "small"}
    return {"customer_ids": {"cookie": "ck-1"}, "event_type": "x", "properties": properties}


def test_a_property_over_the_limit_is_noted_and_strictly_refused() -> None:
    assert "notes" not in event_of({**big(16 * 1024), "timestamp": 1751364004})
    over = {**big(16 * 1024 + 2), "timestamp": 1751364004}
    assert event_of(over)["notes"] == ["field_too_long:description"]
    refused = posted("/customers/events", json.dumps(over), strict="on")["reply"]
    assert refused == {"errors": ["property description is larger than 16 KB"], "success": False}


def test_an_event_over_the_limit_is_noted_and_strictly_refused() -> None:
    parts = {f"p{number}": "x" * 16_000 for number in range(52)}
    over = {"customer_ids": {"cookie": "ck-1"}, "event_type": "x", "timestamp": 1, "properties": parts}
    assert event_of(over)["notes"] == ["field_too_long:event", "ts_out_of_range"]
    refused = posted("/customers/events", json.dumps(over), strict="on")["reply"]
    assert refused == {"errors": ["event is larger than 800 KB"], "success": False}


def test_a_customer_has_255_properties_at_most() -> None:
    def customer(count: int) -> dict[str, Any]:
        properties = {f"p{number}": number for number in range(count)}
        return {"customer_ids": {"registered": "u5"}, "timestamp": 1751364004, "properties": properties}

    assert "notes" not in event_of(customer(255), "/customers")
    assert event_of(customer(256), "/customers")["notes"] == ["field_too_long:properties"]
    refused = posted("/customers", json.dumps(customer(256)), strict="on")["reply"]
    assert refused == {"errors": ["more than 255 properties of a customer"], "success": False}


@pytest.mark.parametrize(("path", "key"), [(PROJECT + "/batch", "data"), ("/bulk", "data")])
def test_more_than_fifty_commands_are_taken_unless_the_shop_is_strict(path: str, key: str) -> None:
    def sent(count: int, shop: dict[str, Any]) -> dict[str, Any]:
        data = {"customer_ids": {"cookie": "ck-1"}, "type": "x", "project_id": "tok-7"}
        body = {"commands": [{"name": "customers/events", key: data}] * count}
        request = {"method": "POST", "path": path, "headers": TOKEN, "body": body}
        return play({"shop": shop, "keys": [KEY], "request": request})

    assert len(sent(51, {})["events"]) == 51
    assert len(sent(50, STRICT)["events"]) == 50
    refused = sent(51, STRICT)
    assert (refused["status"], refused["reply"]) == (
        400,
        {"errors": ["batch_over_limit"], "success": False},
    )


@pytest.mark.parametrize(
    "pair",
    [
        "exponea.event_map=Produkt angesehen=view_item,kauf=purchase",
        "exponea.property_map=item_id=sku|article no,value=sum",
        "exponea.event_map=",
        "exponea.dedupe=off",
    ],
)
def test_a_shop_may_tell_what_its_names_mean(pair: str) -> None:
    name, _, value = pair.partition("=")
    assert typed((pair,)) == {name: value}


@pytest.mark.parametrize("value", ["view_item", "a=View Item", "a=b,", "=view_item", "a=b=c"])
def test_a_map_that_cannot_be_read_is_refused(value: str) -> None:
    with pytest.raises(OperatorError, match="is no value"):
        typed((f"exponea.event_map={value}",))


@examples(600)
@given(damage.one_value(MINE_WITH_JSON))
def test_a_damaged_value_is_judged_and_never_raises(case: damage.Case) -> None:
    judge(case)


@examples(150)
@given(st.data())
def test_neighbours_of_a_damaged_command_are_judged_as_before(data: st.DataObject) -> None:
    case = copy.deepcopy(data.draw(st.sampled_from(COMMANDS)))
    commands = case["request"]["body"]["commands"]
    before = _told(case)
    hurt = data.draw(st.integers(0, len(commands) - 1))
    commands[hurt] = data.draw(JUNK)
    after = _told(case)
    for pointer in before.keys() & after.keys():
        if pointer != f"/commands/{hurt}/data":
            assert after[pointer] == before[pointer]


def _told(case: damage.Case) -> dict[str, Any]:
    """By pointer, the verdict and the event, without what depends on the others of its request."""
    decoded = judge(case)
    whole = ("utf8_replaced", "json_duplicate_key")
    found = {}
    for one in decoded.judged if decoded else ():
        codes = [code for code in one.codes if code not in whole]
        found[one.pointer] = (one.outcome, codes, _content(one.event))
    return found


def _content(event: Event | None) -> dict[str, Any]:
    plain = record.canonical(event) if event else {}
    return {name: value for name, value in plain.items() if name not in ("event_id", "seq", "notes")}


def test_no_answer_and_no_record_holds_a_credential() -> None:
    log, answers = MemoryLog(), []
    for case in MINE:
        request = wire_request(case["request"])
        ingest = Ingest(OneShop(case.get("shop", {}), case["keys"]), log)
        answers.append(asyncio.run(ingest(ENDPOINTS[request.path], request)).reply.body)
    stored = b"".join(chunk.data for chunk in log.read({}, 1 << 30))
    assert stored.count(b"\n") > 200
    signed = [case["request"].get("headers", {}).get("authorization", "").split()[-1:] for case in MINE]
    secrets = {one[0].encode() for one in signed if one and len(one[0]) > 9} | {b"hidden-7", b"jwt-7"}
    assert len(secrets) > 10
    assert [one for one in secrets if one in stored or one in b"".join(answers)] == []
