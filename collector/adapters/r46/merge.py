"""Query and body of a request as one mapping (docs/wire/r46.md §5.2, E1–E10).

Names of parameters are matched without regard to case; names in JSON are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from collector.adapters.r46 import document
from collector.errors import Rejected
from collector.reasons import coded
from collector.wire import WireRequest

MOST_LEVELS = 8
KNOWN = {
    name.lower(): name
    for name in [
        "shop_id",
        "shop_secret",
        "did",
        "ssid",
        "sid",
        "seance",
        "segment",
        "stream",
        "event",
        "time",
        "source",
        "from",
        "code",
        "referer",
        "recommended_by",
        "recommended_code",
        "recommender_code",
        "recommendedBy",
        "recommendedCode",
        "external_id",
        "user_id",
        "email",
        "user_email",
        "phone",
        "loyalty_id",
        "telegram_id",
        "email_hash",
        "items",
        "item_id",
        "item",
        "amount",
        "quantity",
        "price",
        "is_available",
        "category",
        "categories",
        "name",
        "brand",
        "url",
        "image_url",
        "locations",
        "fashion_size",
        "count",
        "category_id",
        "search_query",
        "results",
        "full_cart",
        "full_wish",
        "order_id",
        "order_price",
        "order_delivery",
        "order_discount",
        "order_cash",
        "order_bonuses",
        "promocode",
        "payment_type",
        "delivery_type",
        "delivery_address",
        "tax_free",
        "custom",
        "channel",
        "payload",
        "label",
        "value",
        "banner_id",
        "campaign",
        "inventory",
        "position",
        "id",
        "eid",
        "type",
        "gpc",
        "consent",
        "cb",
        "v",
        "c",
        "tz",
        "referrer",
        "title",
        "pv",
        "gender",
        "birthday",
    ]
}
PARALLEL = [
    "item_id",
    "amount",
    "quantity",
    "price",
    "is_available",
    "category",
    "categories",
    "name",
    "brand",
    "url",
    "image_url",
    "locations",
    "fashion_size",
]
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


@dataclass(slots=True)
class Merged:
    """What was sent, credentials apart. `values` is the reader's to consume."""

    values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    secret: bool = False  # whether the raw request holds one, or may

    def note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)


def merge(request: WireRequest) -> Merged:
    """The parameters of a request, body over query; raises Rejected for a body of no known kind."""
    merged = Merged()
    if request.query:
        again = request.headers.get("user-agent", "").startswith("ReactNative")
        collect(request.query, merged, decode_again=again)
    body = request.body.strip() if request.body else b""
    if body:
        _merge_body(body, merged, request)
    secret = merged.values.pop("shop_secret", None)
    if secret:
        merged.secrets.append(str(secret))
    if "item_id" in merged.values and "items" not in merged.values:
        merged.values["items"] = _parallel(merged.values)
        merged.note("field_type:items")
    return merged


def _merge_body(body: bytes, merged: Merged, request: WireRequest) -> None:
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if body[:1] in (b"{", b"["):
        try:
            value, notes = document.parse(body)
        except document.Malformed as error:
            raise _refused("json_malformed", merged, str(error)) from None
        merged.notes += [note for note in notes if note not in merged.notes]
        if not isinstance(value, dict):
            raise _refused("wrong_shape", merged, "the body must be one JSON object")
        merged.values.update({name: inner for name, inner in value.items() if inner is not None})
    elif b"=" in body:
        collect(body.decode("latin-1"), merged, decode_again=False)
    else:
        raise _refused("json_malformed", merged, "the body is neither JSON nor form data")


def _refused(code: str, merged: Merged, detail: str) -> Rejected:
    shop_id = merged.values.get("shop_id")
    return Rejected(
        code, status=400, shop_id=shop_id if type(shop_id) is str else "", detail=detail, keep_raw=True
    )


def collect(encoded: str, merged: Merged, *, decode_again: bool) -> None:
    """Form-encoded pairs into the mapping, brackets unfolded; the latin-1 text of the bytes sent."""
    nested: dict[str, Any] = {}
    seen: set[str] = set()
    for pair in encoded.lstrip("?&").split("&"):
        name, _, value = pair.partition("=")
        if not name:
            continue
        if "%" in pair or "+" in pair or not pair.isascii():
            name = _decoded(name, merged)
            value = _decoded(value, merged)
            if decode_again and _ESCAPED.search(value):
                value = _decoded(value, merged)
                merged.note("double_decoded")
        if "[" in name and not name.startswith("["):
            _place(nested, name, value)
        else:
            _add(merged, seen, KNOWN.get(name.lower(), name), value)
    for name, inner in nested.items():
        merged.values[name] = _listed(inner)


def _add(merged: Merged, seen: set[str], name: str, value: str) -> None:
    if name not in seen:
        seen.add(name)
        merged.values[name] = value
    elif name == "item":
        before = merged.values[name]
        merged.values[name] = [*before, value] if isinstance(before, list) else [before, value]
    else:
        merged.note(coded("field_duplicate", name))
        merged.values[name] = value


def _decoded(written: str, merged: Merged) -> str:
    written = written.replace("+", " ")
    try:
        sent = written.encode("latin-1")
    except UnicodeEncodeError:
        sent = written.encode("utf-8", "replace")
    raw = unquote_to_bytes(sent)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        merged.note("utf8_replaced")
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
        merged.note("utf8_replaced")
    return text


def _place(root: dict[str, Any], name: str, value: str) -> None:
    """`items[0][id]`, `items[][id]` (a repeated sub-key starts the next element), `ids[]`."""
    base, _, rest = name.partition("[")
    base = KNOWN.get(base.strip().lower(), base.strip())
    path = [key.strip() for key in _BRACKETS.findall("[" + rest)][:MOST_LEVELS]
    node, key = root, base
    for following in path:
        child = node.get(key)
        if not isinstance(child, dict):
            child = node[key] = {} if child is None else {"0": child}
        node, key = child, _element(child, following, path)
    node[key] = value


def _element(node: dict[str, Any], key: str, path: list[str]) -> str:
    """The key itself, or for an empty one the element it belongs to."""
    if key:
        return key
    if node and path[-1] and path.index("") < len(path) - 1:
        last = next(reversed(node))
        element = node[last]
        if isinstance(element, dict) and path[path.index("") + 1] not in element:
            return last
    return str(len(node))


def _listed(node: Any) -> Any:
    """Objects whose keys are 0 … n-1 are lists."""
    if not isinstance(node, dict):
        return node
    made = {key: _listed(inner) for key, inner in node.items()}
    if all(str(position) in made for position in range(len(made))):
        return [made[str(position)] for position in range(len(made))]
    return made


def _parallel(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The old form: `item_id[i]`, `price[i]`, … become items; `count` says nothing new."""
    values.pop("count", None)
    columns = {name: _entries(values.pop(name)) for name in PARALLEL if name in values}
    ids = columns.pop("item_id")
    items = []
    for position, item_id in ids.items():
        item = {name: column[position] for name, column in columns.items() if position in column}
        item["id"] = item_id
        items.append(item)
    return items


def _entries(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(position): one for position, one in enumerate(value)}
    return {"0": value}
