"""The corrected line: judged again by the adapter, it has not what it was corrected for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.reasons import REASONS
from dashboard.corrections import FIELDS, Correction, correct
from dashboard.literal import BLANK, Part
from dashboard.mends import BY_NAME, MENDS
from tests.adapters.judging import examples
from tests.adapters.test_quick import CALLS
from tests.adapters.wired import ENDPOINTS, SHOP_ID, OneShop, wire_request

POINTER = "/events/0"
ENVELOPE = {"v": 1, "shop_id": SHOP_ID, "did": "AH5aEvmlqn", "sid": "cIxzHQJbUo", "sent": 1795251747069}
BLANKS = {
    "id": "37",
    "did": "AH5aEvmlqn",
    "phone": "+491701234567",
    "price": 9.5,
    "recommended_by": "dynamic",
}
TOKEN = re.compile(r"'(?:\\.|[^'\\])*'|[A-Za-z_$][\w$]*(?=: )|\w[\w.+-]*|-?[\d.]+|[][{}(),: ]", re.ASCII)


def judged(call: Any, **more: Any) -> Sequence[str]:
    """The codes of a call of the script."""
    entry = {"eid": "Ev000000000000000001", "t": 1795251747000, "call": call, **more}
    body = {**ENVELOPE, "events": [entry]}
    request = wire_request({"method": "POST", "path": "/collect", "body": body})
    return ENDPOINTS["/collect"].decode(request, OneShop({})).judged[0].codes


def pushed(body: Any) -> Sequence[str]:
    """The codes of a body of the protocol."""
    request = wire_request({"method": "POST", "path": "/push", "body": body})
    return ENDPOINTS["/push"].decode(request, OneShop({})).judged[0].codes


def read(line: str) -> Any:
    """The arguments of a printed call, its blanks filled in. Fails for what is no such call."""
    assert line.startswith("r46(")
    assert "".join(TOKEN.findall(line[4:-1])) == line[4:-1]
    text = TOKEN.sub(lambda found: _json(found[0], found), line[4:-1])
    return filled(json.loads(f"[{text}]"))


def _json(token: str, found: re.Match[str]) -> str:
    if token.startswith("'"):
        inner = token[1:-1].replace("\\'", "'").replace('"', '\\"').replace('\\\\"', '\\\\\\"')
        return f'"{inner}"'
    named = found.string[found.end() : found.end() + 2] == ": " and re.fullmatch(r"[A-Za-z_$][\w$]*", token)
    return f'"{token}"' if named else token


def filled(value: Any, name: str = "") -> Any:
    """The same with something in each blank."""
    if isinstance(value, dict):
        return {key: filled(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, name) for one in value]
    return BLANKS.get(name, "x1") if value == BLANK else value


def of_call(call: Any, codes: Sequence[str], **more: Any) -> Correction:
    return correct(json.dumps({"call": call, **more}), codes, pointer=POINTER, shop_id=SHOP_ID)


CASES = (
    (["track", "view", {"id": 37, "recommended_by": "dynamic"}], "recommended_code_missing",
     "r46('track', 'view', {id: 37, recommended_by: 'dynamic', recommended_code: '…'})", "/call/2/recommended_code"),
    (["track", "view", {"id": 37, "recommended_code": "b9"}], "recommended_by_missing",
     "r46('track', 'view', {id: 37, recommended_code: 'b9', recommended_by: '…'})", "/call/2/recommended_by"),
    (["track", "view", {"id": 37, "recommended_by": "dynamc", "recommended_code": "b9"}], "recommended_by_unknown",
     "r46('track', 'view', {id: 37, recommended_by: 'dynamic', recommended_code: 'b9'})", "/call/2/recommended_by"),
    (["track", "view", {"id": None, "price": 5}], "item_id_missing",
     "r46('track', 'view', {id: '…', price: 5})", "/call/2/id"),
    (["track", "view"], "item_id_missing", "r46('track', 'view', {id: '…'})", "/call/2"),
    (["track", "view", {"id": 37, "price": "12,50"}], "decimal_comma:price",
     "r46('track', 'view', {id: 37, price: 12.50})", "/call/2/price"),
    (["track", "view", {"id": 37, "price": "1 990,5 €"}], "price_invalid",
     "r46('track', 'view', {id: 37, price: 1990.5})", "/call/2/price"),
    (["track", "view", {"id": 37, "price": "ask us"}], "price_invalid",
     "r46('track', 'view', {id: 37, price: '…'})", "/call/2/price"),
    (["track", "cart", {"id": 37, "amount": 0}], "quantity_clamped",
     "r46('track', 'cart', {id: 37, amount: 1})", "/call/2/amount"),
    (["track", "cart", {"id": 37, "amount": 1, "quantity": 2}], "quantity_conflict",
     "r46('track', 'cart', {id: 37, quantity: 2})", "/call/2/amount"),
    (["track", "cart", [12, 13, {"id": 12, "amount": 1}, {"id": 13, "amount": 2}]], "items_mixed",
     "r46('track', 'cart', [{id: 12, amount: 1}, {id: 13, amount: 2}])", "/call/2"),
    (["track", "cart", [{"id": 12, "amount": 1}, {"id": 12, "amount": 2}]], "item_duplicate",
     "r46('track', 'cart', [{id: 12, amount: 3}])", "/call/2"),
    (["track", "purchase", {"products": [{"id": 1, "price": 5, "amount": 1}]}], "order_id_generated",
     "r46('track', 'purchase', {products: [{id: 1, price: 5, amount: 1}], order: '…'})", "/call/2/order"),
    (["track", "purchase", {"order": "A1", "recommended_by": "dynamic", "recommended_code": "b9",
                            "products": [{"id": 1, "price": 5, "amount": 1}]}], "attr_on_purchase",
     "r46('track', 'purchase', {order: 'A1', products: [{id: 1, price: 5, amount: 1}]})", "/call/2/recommended_by"),
    (["profile", "set", {"id": 7, "phone": "1"}], "phone_implausible",
     "r46('profile', 'set', {id: 7, phone: '…'})", "/call/2/phone"),
    (["profile", "set", {"id": 7, "email": ""}], "field_empty:email", "r46('profile', 'set', {id: 7})", "/call/2/email"),
)  # fmt: skip


@pytest.mark.parametrize(("call", "code", "line", "place"), CASES, ids=[case[1] for case in CASES])
def test_a_corrected_call_is_judged_without_the_code_it_was_corrected_for(
    call: Any, code: str, line: str, place: str
) -> None:
    assert code in judged(call), "what was sent has the code"
    found = of_call(call, [code])
    assert found.text == line
    assert [(one.code, one.pointer, one.mended) for one in found.told] == [(code, POINTER + place, True)]
    assert code not in judged(read(line))


def test_a_code_that_the_links_address_lacks_is_put_into_the_link() -> None:
    page = "https://shop.example/p/37?recommended_by=dynamic#reviews"
    assert "recommended_code_missing" in judged(["track", "view", 37], by="dynamic", page=page)
    found = of_call(["track", "view", 37], ["recommended_code_missing"], by="dynamic", page=page)
    assert found.text == "https://shop.example/p/37?recommended_by=dynamic&recommended_code=…#reviews"
    assert found.lines[0][1:3] == (Part("&recommended_code=", "changed"), Part("…", "ask"))


def test_a_body_of_the_protocol_is_corrected_as_json() -> None:
    body = {"shop_id": SHOP_ID, "event": "veiw", "items": [{"id": None}], "recommended_by": "null"}
    codes = [
        one
        for one in pushed(body)
        if one in ("event_unknown", "literal_null:recommended_by", "identity_missing")
    ]
    found = correct(json.dumps(body), [*codes, "identity_missing", "item_id_missing"], shop_id=SHOP_ID)
    assert json.loads(found.text) == {
        "shop_id": SHOP_ID,
        "event": "view",
        "items": [{"id": "…"}],
        "did": "…",
    }
    again = pushed(filled(json.loads(found.text)))
    assert not {"event_unknown", "literal_null:recommended_by", "identity_missing", "item_id_missing"} & set(
        again
    )


def test_the_shop_that_there_is_not_becomes_the_one_that_waits() -> None:
    found = correct(
        '{"shop_id":"SHOP_ID","event":"view","items":[{"id":1}]}', ["shop_unknown"], shop_id="kettles"
    )
    assert found.text == '{"shop_id": "kettles", "event": "view", "items": [{"id": 1}]}'
    assert found.told[0].pointer == "/shop_id"


def test_what_no_line_can_mend_is_said_to_be_so() -> None:
    found = of_call(["track", "view", 37], ["bot_ua", "init_duplicate", "ts_invalid"])
    assert (found.text, [one.mended for one in found.told]) == ("", [False] * 3)
    assert correct("", ["json_malformed"]).lines == ()


def test_what_stands_beside_the_calls_is_pointed_to_there() -> None:
    found = of_call(["track", "view", 37], ["identity_missing"])
    assert [(one.pointer, one.mended) for one in found.told] == [("/did", False)]


def test_of_another_vendors_protocol_only_named_fields_are_put_right() -> None:
    source = '{"productId":0,"price":"12,50","items":[]}'
    found = correct(source, ["items_empty", "decimal_comma:price"], pointer="/0/view", own=False)
    assert found.text == '{"productId": 0, "price": 12.50, "items": []}'
    assert [one.mended for one in found.told] == [False, True]


def test_a_line_ends_no_script_and_keeps_the_quotes_it_holds() -> None:
    found = of_call(
        ["track", "search", {"query": "</script>'\"\\ \u2028", "results": [], "stream": ""}],
        ["field_empty:stream"],
    )
    assert "</" not in found.text
    assert "\u2028" not in found.text
    assert found.text == r"""r46('track', 'search', {query: '<\/script>\'"\\ \u2028', results: []})"""


def test_every_mend_and_every_field_is_of_a_code_that_there_is() -> None:
    assert set(MENDS) | set(BY_NAME) | set(FIELDS) <= set(REASONS)


@given(
    CALLS,
    st.lists(st.sampled_from(sorted(REASONS)), max_size=4),
    st.sampled_from(["price", "id", "stream", ""]),
)
@examples(200)
def test_anything_can_be_corrected_or_is_left_alone(call: Any, codes: list[str], name: str) -> None:
    told = [
        f"{code}:{name}" if code.startswith(("field_", "literal_", "decimal_")) else code for code in codes
    ]
    found = of_call(call, told, page="https://shop.example/", by="dynamic")
    assert [one.code for one in found.told] == told
    assert not any(one.mended for one in found.told) or found.text
    for one in found.told:
        assert one.pointer == "" or one.pointer.startswith("/")


@given(CALLS)
@examples(200)
def test_a_line_with_all_that_was_wrong_mended_is_at_least_no_worse(call: Any) -> None:
    codes = judged(call)
    found = of_call(call, codes)
    if not found.text or len(found.lines) > 1:
        return
    again = judged(read(found.text))
    assert not {one.code for one in found.told if one.mended} & set(again)


def test_amounts_are_written_as_they_were_sent() -> None:
    found = correct('{"call":["track","view",{"id":1,"price":10.50,"name":""}]}', ["field_empty:name"])
    assert found.text == "r46('track', 'view', {id: 1, price: 10.50})"
    assert Decimal("10.50") == read(found.text)[2]["price"]
