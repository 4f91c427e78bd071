"""Yespo: recorded requests of a shop with its key, damaged in every way, in both modes."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector import reasons, record
from collector.errors import Rejected
from collector.verdict import verdict_header
from collector.wire import Decoded
from tests.adapters import damage
from tests.adapters.damage import Case
from tests.adapters.judging import answered, examples, refused
from tests.adapters.wired import CASES, ENDPOINTS, OneShop, stored, wire_request

RECORDED: list[Case] = [
    case for path in sorted((CASES / "yespo").glob("*.json")) for case in json.loads(path.read_text("utf-8"))
]
WITH_JSON = [case for case in RECORDED if isinstance(case["request"].get("body"), dict)]


def judge(case: Case) -> Decoded | None:
    """The damaged request with its shop's key, all the way to a record and an answer."""
    request = wire_request(case["request"])
    endpoint = ENDPOINTS[request.path]
    try:
        told = endpoint.decode(request, OneShop(case.get("shop", {}), case["keys"]))
    except Rejected as refusal:
        refused(endpoint, refusal)
        return None
    assert record.decode(record.encode(stored(told, request))) is not None
    answered(endpoint.answer(told))
    assert verdict_header(told.judged).isprintable()
    for one in told.judged:
        for code in one.codes:
            reasons.explain(code)
    return told


@examples(700)
@given(damage.one_value(WITH_JSON), st.sampled_from(["on", "off"]))
def test_a_damaged_value_is_judged_and_never_raises(case: Case, strict: str) -> None:
    judge({**case, "shop": {"options": {"yespo.strict": strict}}})


@examples(300)
@given(st.sampled_from([case for case in WITH_JSON if "params" in case["request"]["body"]]), damage.JUNK)
def test_a_damaged_product_is_judged_and_never_raises(case: Case, junk: Any) -> None:
    case = copy.deepcopy(case)
    inner = {"productId": 1, "price": junk, "quantity": junk, "isInStock": junk, "category": junk}
    values = {"product": junk, "products": [inner, junk], "page": junk, "category": junk, "search": junk}
    case["request"]["body"]["params"] = {**values, "recycleStateId": junk, "currencyCode": junk}
    judge(case)
    text = json.dumps(inner, ensure_ascii=True) + str(junk)
    case["request"]["body"]["params"] = [{"name": name, "value": text} for name in values]
    judge(case)


@examples(200)
@given(st.sampled_from([case for case in RECORDED if damage.body_of(case)]), st.data())
def test_damaged_bytes_are_judged_and_never_raise(case: Case, data: st.DataObject) -> None:
    whole = damage.body_of(case)
    cut = data.draw(st.integers(0, len(whole)))
    judge(damage.with_bytes(case, whole[:cut] + data.draw(st.binary(max_size=4)) + whole[cut + 1 :]))
