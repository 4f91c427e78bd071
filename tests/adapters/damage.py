"""Ways to damage a recorded request: one value, one key, one pair, some bytes, a header."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

from hypothesis import strategies as st

from tests.adapters.wired import CASES

Case = dict[str, Any]

RECORDED: list[Case] = [
    {**case, "folder": path.parent.name}
    for path in sorted(CASES.glob("*/*.json"))
    for case in json.loads(path.read_text("utf-8"))
]
R46 = [case for case in RECORDED if case["folder"] in ("r46", "pixel")]
WITH_JSON = [case for case in RECORDED if isinstance(case["request"].get("body"), dict)]
BATCHES = [
    case
    for case in WITH_JSON
    if case["request"]["path"] == "/collect" and len(case["request"]["body"].get("events") or ()) > 1
]
WITH_PAIRS = [case for case in RECORDED if case["request"].get("query") or case["request"].get("text")]

DEEP: Any = "deep"
for _ in range(70):
    DEEP = [DEEP]
SECRET = "hush"  # what no record may hold, wherever a shop_secret stands
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**18, max_value=10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            " ",
            "null",
            "undefined",
            "\x00",
            "\ud800",
            "\r\nSet-Cookie: a=b",
            "<script>",
            "=1+1",
            "1e400",
            "-0",
            "1,5",
            "²",
            "9" * 5000,
            "[1",
            '{"id":1}',
            '[{"id":[]}]',
            '{"from":1e5,"code":{}}',
            "https://shop.example/?r46_search_query=%ff%00&rees46_source=%&x_merger=QUBiLmM",
            [],
            {},
            [[]],
            [None],
            {"": None},
            {"id": {"id": []}},
            {"from": "bulk", "code": 5, "at": "never"},
            {"total": -1, "delivery": {}},
            [{"id": 1.5, "amount": 1e300, "price": 1e-300}],
            ["track", {"a": 1}, 5],
            ["track", "view", {"id": [1.5], "custom": 2.5}],
            ["profile", "set", {"kids": "[1.5"}],
            ["subscription", "manage", {"event": [], "code": {}}],
            ["field_format:data", 1.5, None],
            {"shop_secret": SECRET, "\u2028": [1.5]},
            DEEP,
        ]
    ),
)
HEADERS = st.sampled_from(
    [
        {},
        {},
        {"sec-gpc": "1"},
        {"user-agent": "bot", "origin": "null"},
        {"user-agent": "ReactNative/0.72", "content-type": "application/x-www-form-urlencoded"},
        {
            "user-agent": "\xff\x01" * 50,
            "referer": "javascript:%0d%0aalert(1)",
            "cookie": "a=b; =; r46did_=%00",
        },
        {"content-type": 'multipart/form-data; boundary="--x', "purpose": "prefetch"},
        {"content-type": "\r\n", "sec-purpose": "\x00", "sec-gpc": "yes", "origin": "https://shop.example"},
        {"referer": "https://shop.example/?" + "a=1&" * 500},
    ]
)


@st.composite
def one_value(draw: st.DrawFn, cases: list[Case] = WITH_JSON) -> Case:
    """A case whose body has one value, anywhere, replaced by junk; the shop stays known."""
    case: Case = copy.deepcopy(draw(st.sampled_from(cases)))
    node, key = _place(draw, case)
    if key != "shop_id":
        node[key] = draw(JUNK)
    return _dressed(draw, case)


@st.composite
def one_key(draw: st.DrawFn) -> Case:
    """A case whose body has one key more, less, or under another name."""
    case: Case = copy.deepcopy(draw(st.sampled_from(WITH_JSON)))
    node, key = _place(draw, case)
    if not isinstance(node, dict) or key in ("body", "shop_id"):
        node, key = case["request"]["body"], "event"
    kind = draw(st.sampled_from(["gone", "renamed", "more"]))
    value = node.get(key) if kind == "more" else node.pop(key, None)
    if kind != "gone":
        node[draw(st.one_of(st.text(max_size=6), st.sampled_from(NAMES)))] = value
    return _dressed(draw, case)


@st.composite
def one_pair(draw: st.DrawFn) -> Case:
    """A case whose query or form has a pair more, less, cut, doubled, or with junk inside."""
    case: Case = copy.deepcopy(draw(st.sampled_from(WITH_PAIRS)))
    request = case["request"]
    name = draw(st.sampled_from([one for one in ("query", "text") if request.get(one)]))
    pairs = request[name].split("&")
    index = draw(st.integers(0, len(pairs) - 1))
    junk = draw(st.text(alphabet='&=%[]+;,\x00é{}"01azid_\r\n', max_size=12))
    place = draw(st.integers(0, len(pairs[index])))
    pairs[index : index + 1] = {
        "gone": [],
        "twice": [pairs[index], pairs[index]],
        "cut": [pairs[index][:place]],
        "junk": [pairs[index][:place] + junk + pairs[index][place:]],
        "more": [pairs[index], junk],
    }[draw(st.sampled_from(["gone", "twice", "cut", "junk", "more"]))]
    damaged = "&".join(pairs)
    request[name] = damaged.encode().decode("latin-1") if name == "query" else damaged
    return _dressed(draw, case)


@st.composite
def some_bytes(draw: st.DrawFn) -> Case:
    """A case whose body is cut, or has bytes put in or changed."""
    case: Case = copy.deepcopy(draw(st.sampled_from([one for one in RECORDED if body_of(one)])))
    whole = body_of(case)
    cut = draw(st.integers(0, len(whole)))
    junk = draw(st.binary(max_size=6))
    body = draw(
        st.sampled_from(
            [whole[:cut] + junk + whole[cut:], whole[:cut], whole[:cut] + b"\xff" + whole[cut + 1 :]]
        )
    )
    return with_bytes(case, body)


def body_of(case: Case) -> bytes:
    """The body as bytes."""
    request = case["request"]
    if "body" in request:
        return json.dumps(request["body"], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return base64.b64decode(request["base64"]) if "base64" in request else request.get("text", "").encode()


def with_bytes(case: Case, body: bytes) -> Case:
    """The case with other bytes for its body."""
    kept = {name: value for name, value in case["request"].items() if name not in ("body", "text")}
    return {**case, "request": {**kept, "base64": base64.b64encode(body).decode()}}


def _dressed(draw: st.DrawFn, case: Case) -> Case:
    headers = {**case["request"].get("headers", {}), **draw(HEADERS)}
    return {**case, "request": {**case["request"], "headers": headers}}


def _place(draw: st.DrawFn, case: Case) -> tuple[Any, Any]:
    node: Any = case["request"]
    key: Any = "body"
    while isinstance(node[key], dict | list) and node[key] and (key == "body" or draw(st.booleans())):
        node = node[key]
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
    return node, key


NAMES = [
    "Event",
    "items[]",
    "item_id",
    "shop_secret",
    "SHOP_ID",
    "payload",
    "source",
    "from",
    "notes",
    "consent",
    "gpc",
    "time",
    "custom",
    "full_cart",
    "__proto__",
    "\u2028",
    "$ref",
]
