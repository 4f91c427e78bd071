"""Products of an event: a list among its properties, else the one its own properties describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from collector.adapters.exponea.names import Kind, first
from collector.event import Item
from collector.reading.draft import Draft
from collector.reading.lines import Line
from collector.reading.values import decimal, identifier, plain
from collector.reasons import coded

_IDS = ("item_id", "item_variant")
_TEXTS = ("item_name", "item_brand")
_AMOUNTS = ("price", "list_price", "discount")
MOST_LEVELS = 64


class Reading(NamedTuple):
    """What the products of one event are read with."""

    draft: Draft
    kind: Kind
    names: Mapping[str, tuple[str, ...]]


def read_items(reading: Reading, properties: dict[str, Any]) -> tuple[Item, ...] | None:
    """The event's products; None where it names none, which is not the same as an empty list."""
    if reading.kind.event == "cart_update" and _is_cleared(properties):
        return ()
    listed = first(properties, reading.names["items"])
    if isinstance(listed.value, list):
        return _listed(reading, listed.value)
    if isinstance(listed.value, dict) or (type(listed.value) is str and listed.value.strip()):
        return _listed(reading, [listed.value])
    if listed.name:
        reading.draft.note(coded("field_type", listed.name))
    return _own(reading, properties)


def _is_cleared(properties: Mapping[str, Any]) -> bool:
    return decimal(properties.get("total_quantity")) == 0


def _listed(reading: Reading, listed: list[Any]) -> tuple[Item, ...] | None:
    numbered = reading.kind.event == "view_item_list"
    found = []
    for index, one in enumerate(listed):
        item = _item(reading, one, {"index": index} if numbered else {})
        if item is None:
            reading.draft.note("item_id_missing")
        else:
            found.append(item)
    return tuple(found) if found or not listed else None


def _item(reading: Reading, one: Any, fields: dict[str, Any]) -> Item | None:
    """An entry of a list: an object with the keys of an event, or an id."""
    line = Line(draft=reading.draft)
    if isinstance(one, dict):
        used = _fill(line, reading, one)
        line.rest({name: value for name, value in one.items() if name not in used})
    elif identifier(one) is not None:
        line.id("item_id", one, "item_id")
        _count(line, reading, {})
    return line.item(**fields)


def _own(reading: Reading, properties: dict[str, Any]) -> tuple[Item, ...] | None:
    """The product that the event's own properties describe. A line's total stands with its product."""
    if not first(properties, reading.names["item_id"]).name:
        return None
    line = Line(draft=reading.draft)
    _fill(line, reading, properties)
    total = properties.get("total_price")
    if reading.kind.is_line and total is not None:
        line.props["total_price"] = plain(total)
    item = line.item()
    return None if item is None else (item,)


def _fill(line: Line, reading: Reading, source: Mapping[str, Any]) -> set[str]:
    """Columns of a product from its keys; the keys that were looked at."""
    used = set()
    for column in (*_IDS, *_TEXTS, *_AMOUNTS):
        given = first(source, reading.names[column])
        if not given.name:
            continue
        used.add(given.name)
        put = line.id if column in _IDS else line.text if column in _TEXTS else line.amount
        put(column, given.value, given.name)
    return used | _categories(line, reading, source) | _count(line, reading, source)


def _count(line: Line, reading: Reading, source: Mapping[str, Any]) -> set[str]:
    given = first(source, reading.names["quantity"])
    if "item_id" in line.fields:
        line.quantity(given.value, given.name or "quantity", needed=reading.kind.counted)
    return {given.name}


def _categories(line: Line, reading: Reading, source: Mapping[str, Any]) -> set[str]:
    """The levels from the first to the first that is missing, else the one name."""
    levels = []
    for level in range(1, MOST_LEVELS + 1):
        name = f"category_level_{level}"
        if identifier(source.get(name)) is None:
            break
        levels.append(name)
    if levels:
        line.categories([source[name] for name in levels], "category_level_1")
        return set(levels)
    given = first(source, reading.names["item_category"])
    if given.name:
        line.categories(given.value, given.name)
    return {given.name}
