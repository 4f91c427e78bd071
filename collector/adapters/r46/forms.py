"""Form-encoded parameters, of a query or a body, as a mapping (docs/wire/r46.md E1, E4, E6, T2)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from collector.reasons import coded

MOST_LEVELS = 8
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
"""Form fields whose numbered entries are columns of the items (E3)."""

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
        "item",
        *PARALLEL,
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
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_FREQUENT = (("%2F", "/"), ("%3A", ":"), ("%20", " "), ("%3F", "?"), ("%3D", "="), ("%2C", ","))
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


class Merged(msgspec.Struct):
    """What was sent, credentials apart. `values` is the reader's to consume."""

    values: dict[str, Any] = {}
    notes: list[str] = []
    secrets: list[str] = []
    secret: bool = False  # whether the raw request holds one, or may

    def note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)


def collect(encoded: str, merged: Merged, *, decode_again: bool) -> None:
    """Form-encoded pairs into the mapping, brackets unfolded; the latin-1 text of the bytes sent."""
    found: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    foreign = not encoded.isascii()
    for pair in encoded.lstrip("?&").split("&"):
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair or foreign:
            name, value = _decoded(name, merged), _decoded(value, merged)
            if decode_again and _ESCAPED.search(value):
                value = _decoded(value, merged)
                merged.note("double_decoded")
        if "[" in name and not name.startswith("["):
            _place(nested, name, value)
        elif name:
            name = KNOWN.get(name) or KNOWN.get(name.lower(), name)
            found[name] = value if name not in found else _again(merged, name, found[name], value)
    for name, inner in nested.items():
        found[name] = _listed(inner)
    merged.values.update(found)


def _again(merged: Merged, name: str, before: Any, value: str) -> Any:
    """A parameter sent twice: `item` may be, of others the last wins."""
    if name == "item":
        return [*before, value] if isinstance(before, list) else [before, value]
    merged.note(coded("field_duplicate", name))
    return value


def _decoded(written: str, merged: Merged) -> str:
    written = written.replace("+", " ")
    if "%" in written:
        for escape, character in _FREQUENT:
            written = written.replace(escape, character)
    if "%" not in written and written.isascii():
        return written
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
