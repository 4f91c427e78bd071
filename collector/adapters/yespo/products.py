"""Products with prices such as `"754 USD"` (docs/wire/yespo.md §3 and §4, value rules)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from collector.event import Item
from collector.reading.draft import Draft, Unusable
from collector.reading.lines import Line
from collector.reading.values import boolean, identifier, plain, text
from collector.reasons import coded

_PRICE = re.compile(r"\s*(-?\d+(?:[.,]\d+)?)\s*([A-Za-z]{3})?\s*", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_STOCK = frozenset({"0", "1", "true", "false"})


class Words(NamedTuple):
    """How a surface calls the fields of a product; of ids and prices the first one that is there counts."""

    ids: tuple[str, ...]
    prices: tuple[str, ...]
    currency: str = ""


API = Words(ids=("productId", "productKey", "product_key", "product_id"), prices=("price",))
WEB = Words(
    ids=("productKey", "product_key", "product_id", "productId"),
    prices=("price", "unit_price"),
    currency="price_currency_code",
)
ORDERED = Words(ids=("externalItemId",), prices=("cost",))


class Manner(NamedTuple):
    """What the event needs of its products. `name`: under which lines without an id are kept."""

    words: Words
    name: str = "products"
    priced: bool = False
    counted: bool = False
    numbered: bool = False


class Product(msgspec.Struct, kw_only=True):
    """A line and the currency it is written in, with the name of where that stood."""

    line: Line
    currency: str = ""
    stood: str = ""


def take_products(draft: Draft, given: Any, manner: Manner) -> None:
    """The event's items, of a list or of one product; raises Unusable where none of several can be used."""
    products, others = [], []
    lines = given if isinstance(given, list) else [] if given is None else [given]
    items: list[tuple[Product, int]] = []
    for index, sent in enumerate(lines):
        product = _product(draft, dict(sent), manner) if isinstance(sent, dict) else None
        if product is None:
            others.append(plain(sent))
        else:
            products.append(product)
            items.append((product, index))
    if others:
        draft.props[manner.name] = others
        draft.note(coded("field_missing", manner.words.ids[0]), strict=True)
        if not products:
            raise Unusable(coded("field_missing", manner.words.ids[0]))
    _settle_currency(draft, products)
    made = [_item(product, index if manner.numbered else None) for product, index in items]
    draft.columns["items"] = tuple(one for one in made if one is not None)


def need_product(draft: Draft, words: Words) -> None:
    """Raises Unusable for an event that is about a product and names none."""
    if not draft.columns.get("items"):
        raise Unusable(coded("field_missing", words.ids[0]))


def take_currency(draft: Draft, value: Any, name: str) -> None:
    """The event's currency as a code of three letters; anything else is a property and noted."""
    code = _code(value)
    if code:
        draft.columns["currency"] = code
    elif value is not None and value != "":
        draft.props[name] = plain(value)
        draft.note(coded("field_format", name))


def _item(product: Product, index: int | None) -> Item | None:
    return product.line.item() if index is None else product.line.item(index=index)


def _product(draft: Draft, sent: dict[str, Any], manner: Manner) -> Product | None:
    words = manner.words
    line = Line(draft=draft)
    name = next((name for name in words.ids if identifier(sent.get(name)) is not None), None)
    if name is None or line.id("item_id", sent.pop(name), name) is None:
        return None
    product = Product(line=line)
    _price(product, sent, manner)
    if words.currency:
        _line_currency(product, sent.pop(words.currency, None), words.currency)
    line.quantity(sent.pop("quantity", None), needed=manner.counted)
    if manner.counted and "quantity_defaulted" in draft.notes:
        draft.note("quantity_defaulted", strict=True)
    line.text("item_name", sent.pop("name", None), "name")
    line.amount("discount", sent.pop("discount", None), "discount")
    _stock(line, sent.pop("isInStock", None))
    if (category := sent.pop("category", None)) is not None:
        line.categories(category, "category")
    line.rest(sent)
    return product


def _price(product: Product, sent: dict[str, Any], manner: Manner) -> None:
    """The amount, and the currency behind it where there is one."""
    line, prices = product.line, manner.words.prices
    name = next((name for name in prices if sent.get(name) not in (None, "")), prices[0])
    value = sent.pop(name, None)
    found = _PRICE.fullmatch(value) if type(value) is str else None
    if found is not None and found[2]:
        product.currency, product.stood = found[2].upper(), "currency"
        value = found[1]
    line.amount("price", value, name)
    if manner.priced and "price" not in line.fields:
        absent = value is None or value == ""
        line.draft.note(coded("field_missing" if absent else "field_format", name), strict=True)


def _line_currency(product: Product, value: Any, name: str) -> None:
    code = _code(value)
    if code:
        product.currency, product.stood = code, name
    elif value is not None and value != "":
        product.line.props[name] = plain(value)
        product.line.draft.note(coded("field_format", name))


def _stock(line: Line, value: Any) -> None:
    """Yes or no where it is 0 or 1; anything else is a property and noted."""
    if value is None or value == "":
        return
    written = text(value)
    if written is not None and written.strip().lower() in _STOCK:
        line.fields["in_stock"] = boolean(value)
        return
    line.props["isInStock"] = plain(value)
    line.draft.note("field_format:isInStock", strict=True)


def _settle_currency(draft: Draft, products: list[Product]) -> None:
    """The event's currency is its own, else its first line's; a line of another one says so itself."""
    event = draft.columns.get("currency")
    for product in products:
        if not product.currency:
            continue
        if event is None:
            event = draft.columns["currency"] = product.currency
        elif product.currency != event:
            product.line.props[product.stood] = product.currency
            draft.note("field_format:currency")


def _code(value: Any) -> str:
    return value.strip().upper() if type(value) is str and _CURRENCY.fullmatch(value.strip()) else ""
