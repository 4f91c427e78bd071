"""What no record may hold: a shop's secret, keys of push services, and who a visitor is that asks for privacy."""

from __future__ import annotations

import copy
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.adapters import damage
from tests.adapters.damage import R46, SECRET, Case
from tests.adapters.judging import examples, judge, line_of

JSON = [case for case in R46 if isinstance(case["request"].get("body"), dict)]
IDS = (b"AH5aEvmlqn", b"cIxzHQJbUo", b"a@b.c", b"+491701234567")
TOKENS = [case for case in R46 if case["request"]["path"] == "/mobile_push_tokens"]


@examples(600)
@given(damage.one_value(JSON), st.sampled_from(["as it is", "query", "body", "nested"]))
def test_a_secret_is_in_no_record_wherever_it_stands(case: Case, place: str) -> None:
    request = copy.deepcopy(case["request"])
    if place == "as it is":
        pass  # junk may hold one
    elif place == "query":
        request["query"] = "&".join(filter(None, [request.get("query"), f"shop_secret={SECRET}"]))
    elif place == "body":
        request["body"]["shop_secret"] = SECRET
    else:
        request["body"]["payload"] = {"a": [{"SHOP_SECRET": SECRET}], "url": f"/?shop_secret={SECRET}&b=1"}
    decoded = judge({**case, "request": request})
    assert decoded is None or SECRET.encode() not in line_of(decoded, {**case, "request": request})


@examples(350)
@given(damage.one_value(JSON), st.sampled_from(["header", "body"]))
def test_an_anonymous_visitor_is_in_no_record(case: Case, way: str) -> None:
    request = copy.deepcopy(case["request"])
    if way == "header":
        request["headers"] = {**request.get("headers", {}), "sec-gpc": "1"}
    elif request["path"] in ("/collect", "/push", "/push/custom"):
        request["body"]["gpc"] = 1
        events = request["body"].get("events")
        for event in events if isinstance(events, list) else ():
            if isinstance(event, dict):
                event.pop("gpc", None)
    else:
        return
    if any(one.decode() in str(request.get("query", "")) for one in IDS) or _tells_elsewhere(request):
        return
    decoded = judge({**case, "request": request})
    assert decoded is None or not _named(line_of(decoded, {**case, "request": request}))


def test_no_recorded_request_of_an_anonymous_visitor_names_anybody() -> None:
    found = {}
    for case in R46:
        request = {**case["request"], "headers": {**case["request"].get("headers", {}), "sec-gpc": "1"}}
        hidden = {**case, "request": request}
        decoded = judge(hidden)
        if decoded is not None and (names := _named(line_of(decoded, hidden))):
            found[case["about"]] = (request["path"], names)
    assert {about: told for about, told in found.items() if told[0] != "/sync/orders"} == {}


def _named(line: bytes) -> list[bytes]:
    return [one for one in IDS if one in line]


def _tells_elsewhere(request: dict[str, Any]) -> bool:
    """Whether the request names the visitor where no rule looks: in texts or under odd names."""
    kept = re.sub(
        rb'"(?:did|sid|seance|ssid|email|user_email|phone)": "[^"]*"',
        b"",
        damage.body_of({"request": request}),
    )
    return bool(_named(kept))


@examples(100)
@given(damage.one_value([case for case in TOKENS if "body" in case["request"]]))
def test_a_push_token_is_in_no_raw_request(case: Case) -> None:
    decoded = judge(case)
    token = str(case["request"]["body"].get("token", ""))
    if decoded is not None and len(token) > 8:
        assert token.encode() not in decoded.raw.body
        assert token not in decoded.raw.query
