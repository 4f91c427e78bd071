"""Purchases (docs/wire/r46.md §3.2, V31, V50–V54)."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any

from collector.adapters.r46.draft import Draft, Unusable
from collector.adapters.r46.items import amount_text, take_items
from collector.event import DecimalText, Item
from collector.reading import document
from collector.reading.values import NOTHING, decimal, fits, identifier, plain, with_point

LONGEST_ORDER_ID = 1024
DOCUMENTED_ORDER_ID = 255
AMOUNTS = {"order_price": "value", "order_delivery": "shipping"}
TEXTS = {"promocode": "coupon", "payment_type": "payment_type"}


def purchase(draft: Draft) -> None:
    """Write the order's columns; raises Unusable where neither lines nor number nor total are known."""
    body, columns = draft.body, draft.columns
    items = take_items(draft, quantity=True)
    order_id = _order_id(draft)
    for name, column in AMOUNTS.items():
        if name in body:
            amount(draft, name, column)
    if not items:
        draft.note("items_empty", strict=422)
        if order_id is None and "value" not in columns:
            raise Unusable("items_empty")
    for name, column in TEXTS.items():
        if name in body and (found := draft.take_text(name, strict=0)) is not None:
            columns[column] = found
    _custom(draft)
    if draft.attributed:
        draft.note("attr_on_purchase")
    if order_id is None:
        order_id = _generated(draft, items)
        draft.note("order_id_generated")
    columns["items"] = items
    columns["transaction_id"] = columns["order_key"] = order_id


def key_parts(columns: dict[str, Any]) -> tuple[str, str, str, str]:
    """What makes two purchases one event: order, lines and value."""
    lines = sorted(line_text(item).encode() for item in columns.get("items", ()))
    return "purchase", columns["order_key"], b";".join(lines).decode(), columns.get("value", "")


def line_text(item: Item) -> str:
    """`item_id|quantity|price` in canonical decimals; absent is empty."""
    return f"{item.item_id}|{item.quantity or ''}|{item.price or ''}"


def generated_order_id(
    shop_id: str, who: str, session_id: str, items: tuple[Item, ...], value: DecimalText | None
) -> str:
    """`auto-` and 20 hex digits of what a reloaded thank-you page would send again."""
    lines = sorted(line_text(item).encode() for item in items)
    parts = [shop_id.encode(), who.encode(), session_id.encode(), *lines, (value or "").encode()]
    return "auto-" + hashlib.sha256(b"\x1f".join(parts)).hexdigest()[:20]


def _generated(draft: Draft, items: tuple[Item, ...]) -> str:
    columns = draft.columns
    names = ("device_id", "email", "phone", "user_id")
    who = next((columns[name] for name in names if name in columns), None)
    if who is None:
        return "auto-" + hashlib.sha256(draft.setting.new_id().encode()).hexdigest()[:20]
    session_id = columns.get("session_id", "")
    return generated_order_id(draft.setting.shop.shop_id, who, session_id, items, columns.get("value"))


def _order_id(draft: Draft) -> str | None:
    value = draft.body.pop("order_id", None)
    order_id = identifier(value)
    if order_id is None or order_id in NOTHING:
        if order_id is not None:
            draft.note("literal_null:order_id")
        return None
    if len(order_id) > DOCUMENTED_ORDER_ID:
        draft.note("field_too_long:order_id", strict=422)
        if len(order_id) > LONGEST_ORDER_ID:
            draft.props["order_id"] = order_id
            return None
    return order_id


def amount(draft: Draft, name: str, column: str) -> None:
    """An amount of the order: not a number or negative is absent and kept as a property (V53)."""
    value = draft.body.pop(name, None)
    if value is None or value == "":
        return
    pointed = with_point(value)
    if pointed is not None:
        draft.note(f"decimal_comma:{name}")
    number = decimal(pointed or value)
    if number is None or number < 0 or not fits(number):
        draft.props[name] = plain(value)
        draft.note(f"field_format:{name}")
    else:
        draft.columns[column] = amount_text(draft, number, name)


def _custom(draft: Draft) -> None:
    """An object of the shop's own, also as JSON text (E8)."""
    value = draft.body.pop("custom", None)
    if value is None:
        return
    if type(value) is str and value.lstrip().startswith("{"):
        with contextlib.suppress(document.Malformed):
            value = document.parse_text(value)
            draft.note("json_decoded:custom")
    draft.props["custom"] = plain(value)
    if not isinstance(value, dict) or not value:
        draft.note("field_format:custom")
