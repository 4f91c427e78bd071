"""Events about a product or about money. The vendor's own contract ends at product and quantity."""

from __future__ import annotations

import re

from collector.adapters.intempt.entry import ORDER_IDS, order_id_of
from collector.adapters.intempt.reader import Fields
from collector.reading.draft import Unusable
from collector.reading.lines import Line
from collector.reading.values import identifier, text
from collector.reasons import coded

_CURRENCY = re.compile(r"[A-Za-z]{3}")
_TEXTS = {"coupon": "coupon", "search_term": "search_term", "url": "page_url"}
_AMOUNT = ("value", "total")


def viewed(fields: Fields) -> None:
    _product(fields, counted=False)
    _order_id(fields)


def moved(fields: Fields) -> None:
    """Into the cart or out of it."""
    _product(fields, counted=True)
    _order_id(fields)


def ordered(fields: Fields) -> None:
    """One line of an order. All lines of an entry are of one order, whose id any of them may tell.

    Without an id the order is known by the id of the entry's first event.
    """
    _product(fields, counted=True)
    _order_id(fields)
    columns, entry = fields.draft.columns, fields.entry
    if "transaction_id" not in columns and entry.order_id is not None:
        fields.draft.id("transaction_id", entry.order_id, ORDER_IDS[0])
    columns["is_line"] = True
    columns["order_key"] = columns.get("transaction_id", entry.first_id)


def charged(fields: Fields) -> None:
    """A payment, which is no order."""
    fields.draft.columns["custom_name"] = fields.entry.name
    _money(fields, ("amount", *_AMOUNT))
    _order_id(fields)


def _product(fields: Fields, *, counted: bool) -> None:
    """The one product of the event; raises Unusable where none is named."""
    draft, data = fields.draft, fields.data
    line = Line(draft=draft)
    is_inside = identifier(data.get("productId")) is not None
    line.id("item_id", (data if is_inside else fields.payload).get("productId"), "productId")
    draft.props.pop("productId", None)
    draft.props.pop("quantity", None)
    if "item_id" not in line.fields:
        raise Unusable("field_missing:productId", strict=False)
    line.amount("price", data.get("price"), "price")
    line.quantity(data.get("quantity"), needed=counted)
    line.text("item_name", data.get("name"), "name")
    line.text("item_brand", data.get("brand"), "brand")
    if data.get("category") is not None:
        line.categories(data["category"], "category")
    item = line.item()
    if item is not None:
        draft.columns["items"] = (item,)
    _money(fields, _AMOUNT)


def _money(fields: Fields, amounts: tuple[str, ...]) -> None:
    """What a shop may say of any of these events. All of it stays among the properties too."""
    draft = fields.draft
    name, value = fields.first(amounts)
    draft.amount("value", value, name)
    for key, column in _TEXTS.items():
        draft.text(column, fields.data.get(key), key)
    currency = fields.data.get("currency")
    written = (text(currency) or "").strip()
    if _CURRENCY.fullmatch(written):
        draft.columns["currency"] = written.upper()
    elif currency is not None and currency != "":
        draft.note(coded("field_format", "currency"))


def _order_id(fields: Fields) -> None:
    fields.draft.id("transaction_id", order_id_of(fields.data), ORDER_IDS[0])
