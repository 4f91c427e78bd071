"""The methods of the server API: from a body to the columns that make it an event."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from collector.adapters.retailrocket.order import note_signs, order_line
from collector.adapters.retailrocket.typed import SHORT, Fields
from collector.event import Item
from collector.reading import document
from collector.reading.lines import Line
from collector.reading.values import plain

Reader = Callable[[Fields], str]
"""Writes columns, and returns the canonical event's name; raises Unusable."""


def recommendation(columns: dict[str, Any], code: str | None) -> None:
    """The columns that say that a block of recommendations was at work."""
    columns["item_list_type"] = "recommendation"
    columns["recommended_by"] = "recommendation"
    if code is not None:
        columns["item_list_id"] = columns["recommended_code"] = code


def _product(fields: Fields) -> Line:
    line = Line(draft=fields.draft)
    line.fields["item_id"] = fields.need("productId", fields.integer("productId"))
    stock = fields.word("stockId")
    if stock is not None:
        line.fields["location_id"] = stock
    return line


def _keep(fields: Fields, line: Line) -> None:
    item = line.item()
    assert item is not None, "a line without a product was set aside before"
    fields.draft.columns["items"] = (item,)


def _view(fields: Fields) -> str:
    _keep(fields, _product(fields))
    return "view_item"


def _group_view(fields: Fields) -> str:
    group = fields.expect("groupId", fields.integer("groupId"))
    stock = fields.word("stockId")
    products = fields.integers("productIds")
    if not products:
        raise fields.missing("productIds")
    fields.draft.columns["items"] = tuple(
        Item(item_id=product, item_group_id=group, location_id=stock, index=index)
        for index, product in enumerate(products)
    )
    return "view_item"


def _add_to_basket(fields: Fields) -> str:
    line = _product(fields)
    line.quantity(None)
    _keep(fields, line)
    return "add_to_cart"


def _category(name: str, column: str) -> Reader:
    def read(fields: Fields) -> str:
        found = fields.integer(name) if column == "category_id" else fields.words(name)
        fields.draft.columns[column] = fields.need(name, found)
        fields.draft.columns["item_list_type"] = "category"
        return "view_item_list"

    return read


def _order(fields: Fields) -> str:
    draft, line = fields.draft, _product(fields)
    transaction = fields.need("transaction", fields.word("transaction"))
    fields.amount(line, "price", "price")
    fields.amount(line, "quantity", "quantity")
    if "quantity" not in line.fields:
        line.quantity(None)
    note_signs(draft, line, "quantity", strict=True)
    order_line(draft, line, transaction, "api")
    return "purchase"


def _search(fields: Fields) -> str:
    fields.draft.columns["search_term"] = fields.need("searchPhrase", fields.words("searchPhrase", SHORT))
    _place(fields)
    return "search"


def _place(fields: Fields) -> None:
    """Here `stockId` is where the visitor is, not where a product lies."""
    stock = fields.word("stockId")
    if stock is not None:
        fields.draft.columns["location_id"] = stock


def _set_contact(fields: Fields) -> str:
    draft = fields.draft
    person = fields.person("contactExternalId")
    email, phone = fields.take("email"), fields.take("phone")
    if person is not None:
        draft.columns["user_id"] = person
    elif email is None and phone is None:
        raise fields.missing("contactExternalId")
    else:
        fields.expect("contactExternalId", None)
    draft.email(email)
    draft.phone(phone)
    _place(fields)
    _custom_data(fields)
    return "identify"


def _custom_data(fields: Fields) -> None:
    """The shop's own data: an object, also as JSON in a text."""
    value = fields.take("customData")
    if type(value) is str and value.lstrip()[:1] in ("{", "["):
        with contextlib.suppress(document.Malformed):
            value = document.parse_text(value)
    if value is not None:
        fields.draft.props["customData"] = plain(value)


def _welcome_sequence(fields: Fields) -> str:
    email = fields.take("email")
    if email is None:
        raise fields.missing("email")
    fields.draft.email(email)
    fields.draft.columns["custom_name"] = "welcomeSequence"
    return "custom"


def _email_click(fields: Fields) -> str:
    columns = fields.draft.columns
    columns["recommended_code"] = fields.need("mailTrackingId", fields.word("mailTrackingId", 1024))
    columns["recommended_by"] = "email"
    columns["custom_name"] = "emailClick"
    _custom_data(fields)
    return "custom"


def _block_viewed(fields: Fields) -> str:
    recommendation(fields.draft.columns, fields.need("recomBlockId", fields.word("recomBlockId")))
    return "view_item_list"


def _tap(fields: Fields) -> str:
    _recommended(fields)
    _keep(fields, _product(fields))
    return "select_item"


def _recommended_to_basket(fields: Fields) -> str:
    _recommended(fields)
    return _add_to_basket(fields)


def _recommended(fields: Fields) -> None:
    recommendation(fields.draft.columns, fields.expect("recomBlockId", fields.word("recomBlockId")))


def _promotion(event: str) -> Reader:
    def read(fields: Fields) -> str:
        found = fields.word("impressionContentId", 1024)
        fields.draft.columns["promotion_id"] = fields.need("impressionContentId", found)
        return event

    return read


METHODS: Mapping[str, Reader] = {
    "view": _view,
    "groupView": _group_view,
    "addToBasket": _add_to_basket,
    "categoryView": _category("categoryId", "category_id"),
    "categoryViewByCategoryPath": _category("categoryPath", "category_path"),
    "order": _order,
    "search": _search,
    "setContact": _set_contact,
    "welcomeSequence": _welcome_sequence,
    "emailClick": _email_click,
    "recomBlockViewed": _block_viewed,
    "recomTap": _tap,
    "recomAddToBasket": _recommended_to_basket,
    "impressionContentViewed": _promotion("view_promotion"),
    "impressionContentClicked": _promotion("select_promotion"),
}
"""Every method that carries one event, by its documented name."""

_BY_LOWER = {name.lower(): name for name in METHODS}


def method_named(written: str, *, exactly: bool) -> str | None:
    """The documented name; written in any case unless `exactly`."""
    name = _BY_LOWER.get(written.lower())
    return name if not exactly or name == written else None
