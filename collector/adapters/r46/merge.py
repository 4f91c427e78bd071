"""Query and body of a request as one mapping (docs/wire/r46.md §5.2, E1–E10).

Names of parameters are matched without regard to case; names in JSON are not.
"""

from __future__ import annotations

from typing import Any

from collector.adapters.r46 import multipart
from collector.adapters.r46.forms import PARALLEL, Merged, collect
from collector.errors import Rejected
from collector.reading import document
from collector.wire import WireRequest


def merge(request: WireRequest, *, columns: bool = True) -> Merged:
    """The parameters of a request, body over query; raises Rejected for a body of no known kind.

    `columns`: whether parallel columns become items, as they do on events (E3).
    """
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
    if columns and "item_id" in merged.values and "items" not in merged.values:
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
    elif body[:2] == b"--" and (form := multipart.as_form(body)) is not None:
        collect(form, merged, decode_again=False)
    elif b"=" in body:
        collect(body.decode("latin-1"), merged, decode_again=False)
    else:
        raise _refused("json_malformed", merged, "the body is neither JSON nor form data")


def _refused(code: str, merged: Merged, detail: str) -> Rejected:
    shop_id = merged.values.get("shop_id")
    return Rejected(
        code, status=400, shop_id=shop_id if type(shop_id) is str else "", detail=detail, keep_raw=True
    )


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
