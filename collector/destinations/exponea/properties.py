"""Properties of an event and of its products: fields under the vendor's names, the rest under its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from collector.destinations.exponea.names import COLUMNS, ITEM
from collector.event import DecimalText, Event, Item, decimal_text

PROPERTY_BYTES: Final = 16 * 1024
_AMOUNTS: Final = ("price", "list_price", "discount", "quantity")
_SUMS: Final = ("value", "tax", "shipping")
_encode = msgspec.json.Encoder().encode


def number(text: str) -> msgspec.Raw:
    """A decimal's text as the JSON number of exactly that text."""
    return msgspec.Raw(text.encode())


class Properties:
    """What is told of one event. What stands there first stays; what differs from it is a loss."""

    __slots__ = ("losses", "names", "values")

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.values: dict[str, Any] = {}
        self.losses: list[str] = []

    def lose(self, code: str) -> None:
        """Say once that something is not told."""
        if code not in self.losses:
            self.losses.append(code)

    def put(self, name: str, value: Any, loss: str = "loss_props") -> None:
        """A property; where the name is taken by another value, `loss` is said."""
        if name not in self.values:
            self.values[name] = value
        elif not _same(self.values[name], value):
            self.lose(loss)

    def fields(self, event: Event, *, without: Iterable[str] = ()) -> None:
        """The event's own fields, as far as it has them."""
        left_out = frozenset(without)
        for column in COLUMNS:
            value = getattr(event, column)
            if value is not None and column not in left_out:
                self.put(self.names[column], number(value) if column in _SUMS else value)

    def item(self, item: Item) -> None:
        """The one product of an event, at its top level. The page keeps the name that both may have."""
        for name, value in item_properties(item, self.names).items():
            self.put(name, value, "loss_location" if name == self.names["item_location_id"] else "loss_props")

    def listed(self, items: Sequence[Item]) -> None:
        """Products as a list, also an empty one."""
        self.put(self.names["items"], [item_properties(item, self.names) for item in items])

    def rest(self, props: Mapping[str, Any]) -> None:
        """The event's further properties. A list of products that the source had sent is there already."""
        for name, value in props.items():
            if not (name == self.names["items"] and name in self.values):
                self.put(name, value)

    def fit(self) -> None:
        """Leave out what is larger than the vendor takes of one property."""
        if len(_encode(self.values)) < PROPERTY_BYTES:
            return
        for name in [name for name, value in self.values.items() if _size(value) >= PROPERTY_BYTES]:
            del self.values[name]
            self.lose("loss_items")


def item_properties(item: Item, names: Mapping[str, str]) -> dict[str, Any]:
    """One product: its fields, its categories from the widest to the narrowest, and its own properties."""
    told: dict[str, Any] = {}
    for column in ITEM:
        value = getattr(item, "location_id" if column == "item_location_id" else column)
        if value is not None:
            told[names[column]] = number(value) if column in _AMOUNTS else value
    for level, name in enumerate(item.item_category, 1):
        told[f"{names['item_category']}{level}"] = name
    return {**told, **{name: value for name, value in item.props.items() if name not in told}}


def total(items: Sequence[Item]) -> DecimalText | None:
    """The sum of the lines, a missing quantity being one; None where a price is missing."""
    if not items or any(item.price is None for item in items):
        return None
    return decimal_text(
        sum((Decimal(one.price or 0) * Decimal(one.quantity or 1) for one in items), Decimal())
    )


def pieces(items: Sequence[Item]) -> DecimalText:
    """How many pieces the lines have."""
    return decimal_text(sum((Decimal(one.quantity or 1) for one in items), Decimal()))


def _size(value: Any) -> int:
    return len(value.encode()) if type(value) is str else len(_encode(value))


def _same(one: Any, other: Any) -> bool:
    """Whether two values say the same, be one a number and the other its text."""
    if one == other:
        return True
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return False
    try:
        return Decimal(_text(one)) == Decimal(_text(other))
    except InvalidOperation:
        return _text(one) == _text(other)


def _text(value: Any) -> str:
    return bytes(value).decode() if isinstance(value, msgspec.Raw) else str(value)
