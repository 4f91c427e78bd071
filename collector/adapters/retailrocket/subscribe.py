"""Requests to be told of a lower price or a product's return."""

from __future__ import annotations

import re
from typing import Any

from collector.adapters.retailrocket.visit import Visit
from collector.reading.draft import Unusable
from collector.reading.lines import Line

NAMES = {
    "pricedrop": "subscribe/pricedrop",
    "backinstock": "subscribe/backinstock",
    "welcomesequence": "welcomeSequence",
}
"""The canonical name by the last part of the path."""

_INDEXED = re.compile(r"items\[(\d{1,9})\]\.(\w+)", re.ASCII | re.IGNORECASE)


def subscribe(visit: Visit) -> str:
    """Products as `items[n].ItemId` with `items[n].Price`, or one as `itemId`."""
    columns = visit.draft.columns
    columns["custom_name"] = NAMES[visit.target.lower()]
    if columns["custom_name"] == "welcomeSequence" and visit.query.get("email") is None:
        raise Unusable("field_missing:email")
    found = [line.item() for line in _lines(visit)]
    items = tuple(item for item in found if item is not None)
    if len(items) < len(found):
        visit.draft.note("item_id_missing")
    if items:
        columns["items"] = items
    return "custom"


def _lines(visit: Visit) -> list[Line]:
    rows: dict[int, dict[str, Any]] = {}
    for name, value in visit.query.pairs:
        known = _INDEXED.fullmatch(name)
        if known is not None:
            visit.used.add(name)
            rows.setdefault(int(known[1]), {})[known[2]] = value
    single = visit.take("itemId")
    lines = [_line(visit, rows[number]) for number in sorted(rows)]
    return [*lines, _line(visit, {"ItemId": single})] if single is not None else lines


def _line(visit: Visit, said: dict[str, Any]) -> Line:
    line = Line(draft=visit.draft)
    named = {name.lower(): name for name in said}
    line.id("item_id", said.pop(named.get("itemid", ""), None), "itemId")
    line.amount("price", said.pop(named.get("price", ""), None), "price")
    line.rest(said)
    return line
