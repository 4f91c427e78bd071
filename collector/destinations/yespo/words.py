"""Values in the vendor's forms: parameters are texts, numbers inside structures are numbers as written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from collector.destinations.losing import UNCODED
from collector.event import DecimalText, Event, Item, decimal_text
from collector.reasons import coded

LONGEST_NAME: Final = 100
_ONE: Final = DecimalText("1")
_PRODUCT: Final = frozenset(
    {
        "productId",
        "productKey",
        "product_key",
        "product_id",
        "externalItemId",
        "price",
        "cost",
        "quantity",
        "name",
        "category",
        "discount",
        "isInStock",
    }
)
"""What a product's own properties may not be called."""

_CURRENCIES: Final = ("currency", "price_currency_code")
_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)

Params = dict[str, str]


class Unsayable(Exception):
    """The vendor has no words for the event. `code`: why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Manner(NamedTuple):
    """How a surface calls a product's fields. `kept`: fields of an item that it has a place for."""

    id: str
    price: str
    kept: frozenset[str]


EVENT: Final = Manner(
    "productId",
    "price",
    frozenset({"item_name", "item_category", "price", "discount", "quantity", "in_stock", "props"}),
)
ORDER: Final = Manner(
    "externalItemId", "cost", frozenset({"item_name", "item_category", "price", "quantity", "props"})
)


def number(text: DecimalText) -> msgspec.Raw:
    """An exact JSON number."""
    return msgspec.Raw(text.encode())


def json_text(value: Any) -> str:
    """The value as JSON."""
    return msgspec.json.encode(value).decode()


def text_of(value: Any) -> str:
    """Any value as the text of a parameter: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json_text(value)


def product(item: Item, manner: Manner, *, counted: bool = False) -> dict[str, Any]:
    """One product of an event or order. `counted`: one piece where no quantity is known."""
    told: dict[str, Any] = {manner.id: item.item_id}
    if item.item_name is not None:
        told["name"] = item.item_name
    quantity = item.quantity or (_ONE if counted else None)
    if quantity is not None:
        told["quantity"] = number(quantity)
    if item.price is not None:
        told[manner.price] = number(item.price)
    if "discount" in manner.kept and item.discount is not None:
        told["discount"] = number(item.discount)
    if "in_stock" in manner.kept and item.in_stock is not None:
        told["isInStock"] = int(item.in_stock)
    if item.item_category:
        told["category"] = item.item_category[0] if len(item.item_category) == 1 else item.item_category
    return {**told, **{name: one for name, one in present(item.props).items() if name not in _PRODUCT}}


def hidden(items: Iterable[Item]) -> set[str]:
    """The loss of products' properties whose names the vendor has for something else."""
    return {"loss_items"} if any(_PRODUCT & present(item.props).keys() for item in items) else set()


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are there: null and an empty text are not."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def one_currency(event: Event, lines: Sequence[Item], shop: str) -> str:
    """The currency of the event's amounts, else "" for an event without any; raises Unsayable for several."""
    currency = event.currency or (shop if any(item.price is not None for item in lines) else "")
    own = {
        item.props.get(name) for item in lines for name in _CURRENCIES if _is_currency(item.props.get(name))
    }
    if own - {currency}:
        raise Unsayable("u_mixed_currency")
    return currency


def _is_currency(value: Any) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def total(items: Iterable[Item]) -> DecimalText | None:
    """What the lines cost together; None where there is none, or a price is not known."""
    lines = [(item.price, item.quantity or _ONE) for item in items]
    if not lines or any(price is None for price, _ in lines):
        return None
    return decimal_text(sum((Decimal(price or 0) * Decimal(pieces) for price, pieces in lines), Decimal()))


def carried(event: Event, kept: Iterable[str]) -> Params:
    """Columns that no word of the vendor's is for, under their own names."""
    spoken = set(kept)
    held = {name: getattr(event, name) for name in UNCODED if name not in spoken}
    return {name: text_of(value) for name, value in present(held).items()}


def free(props: Mapping[str, Any], taken: Iterable[str]) -> Params:
    """The event's properties as parameters, but for taken names; raises Unsayable for an impossible name."""
    spoken = set(taken)
    told = {name: text_of(value) for name, value in present(props).items() if name not in spoken}
    for name in told:
        if not name.strip():
            raise Unsayable("u_name_forbidden")
        if len(name) > LONGEST_NAME:
            raise Unsayable(coded("u_field_too_long", name))
    return told
