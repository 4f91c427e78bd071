"""Parameters of one event: what fits the documented limits, and codes for what does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from collector.destinations.contract import Context, Options
from collector.destinations.ga4 import rules
from collector.destinations.losing import COLUMNS, ITEM_FIELDS
from collector.event import Event, Item

NAMES: Final[Mapping[str, str]] = {
    "transaction_id": "transaction_id",
    "currency": "currency",
    "value": "value",
    "tax": "tax",
    "shipping": "shipping",
    "coupon": "coupon",
    "payment_type": "payment_type",
    "search_term": "search_term",
    "item_list_id": "item_list_id",
    "item_list_name": "item_list_name",
    "promotion_id": "promotion_id",
    "page_url": "page_location",
    "page_title": "page_title",
    "referrer": "page_referrer",
    "order_status": "order_status",
    "category_id": "category_id",
    "category_path": "category_path",
    "item_list_type": "item_list_type",
    "search_found": "search_found",
    "recommended_by": "recommended_by",
    "recommended_code": "recommended_code",
    "location_id": "location_id",
    "ab_segment": "ab_segment",
    "stream": "stream",
    "cart_id": "cart_id",
    "page_view_id": "page_view_id",
    "account_id": "account_id",
}
"""Parameters by column, the more needed before the less: beyond 25 nothing is taken."""

_ITEM_NAMES: Final[Mapping[str, str]] = {
    "item_name": "item_name",
    "item_brand": "item_brand",
    "item_variant": "item_variant",
    "price": "price",
    "discount": "discount",
    "quantity": "quantity",
    "index": "index",
    "location_id": "location_id",
}
_ITEM_EXTRAS: Final = ("item_group_id", "list_price", "in_stock")
_AMOUNTS: Final = ("value", "tax", "shipping", "price", "list_price", "discount", "quantity")
_PRICES: Final = ("price", "list_price", "discount")
_STRUCTURE: Final = ("items", "session_id", "engagement_time_msec", "timestamp_micros")
TAKEN: Final = frozenset(
    {*NAMES.values(), *_STRUCTURE, "user_id", "client_id", "item_id", "affiliation", "debug_mode"}
)
"""Names that mean something to the vendor; an event's own property of such a name would pass for it."""

_ITEM_TAKEN: Final = frozenset(
    {
        *_ITEM_NAMES.values(),
        *_ITEM_EXTRAS,
        "item_id",
        "affiliation",
        "coupon",
        "item_list_id",
        "item_list_name",
        "promotion_id",
        "promotion_name",
        "creative_name",
        "creative_slot",
        *("item_category", "item_category2", "item_category3", "item_category4", "item_category5"),
    }
)


class Params:
    """What is told of one event, and codes of what is not."""

    __slots__ = ("losses", "most", "values")

    def __init__(self, options: Options) -> None:
        self.values: dict[str, Any] = {}
        self.losses: list[str] = []
        self.most = rules.LONG_TEXT if options["long_values"] else rules.TEXT

    def lose(self, code: str) -> None:
        """Say once that something is not told."""
        if code not in self.losses:
            self.losses.append(code)

    def put(self, name: str, value: Any, code: str) -> None:
        """A parameter, if there is room for it and it may be told; otherwise the code."""
        told = taken(name, value, self.most)
        if told is None or len(self.values) >= rules.PARAMS:
            self.lose(code)
        else:
            self.values[name] = told

    def columns(self, event: Event, *, priced: bool) -> None:
        """The event's columns. Amounts without a currency are not told: they would be taken for another's."""
        for column, name in NAMES.items():
            value = getattr(event, column)
            if value is None or value == "":
                continue
            code = COLUMNS.get(column, "loss_props")
            if column in _AMOUNTS and not priced:
                self.lose(code)
            else:
                self.put(name, msgspec.Raw(value.encode()) if column in _AMOUNTS else value, code)

    def items(self, items: Sequence[Item], context: Context, *, priced: bool) -> None:
        """Products in their order, the first 200 of them."""
        if len(items) > rules.ITEMS:
            self.lose("loss_items")
        if items:
            told = [self._item(item, context, priced=priced) for item in items[: rules.ITEMS]]
            self.values["items"] = told

    def rest(self, props: Mapping[str, Any], wanted: Sequence[str]) -> None:
        """The event's own properties, or those of them that the operator names."""
        for name, value in props.items():
            if value is None or value == "":
                continue
            if name in TAKEN or not rules.is_param_name(name) or (wanted and name not in wanted):
                self.lose("loss_props")
            else:
                self.put(name, value, "loss_props")

    def _item(self, item: Item, context: Context, *, priced: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"item_id": item.item_id}
        named = item.item_name or context.item_name(item.item_id)
        for column in (*_ITEM_NAMES, *_ITEM_EXTRAS):
            value = named if column == "item_name" else getattr(item, column)
            if value is None:
                continue
            fitting = None if column in _PRICES and not priced else self._amount(column, value)
            if fitting is not None:
                told[_ITEM_NAMES.get(column, column)] = fitting
            elif column != "item_name" or item.item_name:
                self.lose(ITEM_FIELDS[column])
        self._categories(told, item)
        self._item_props(told, item)
        return told

    def _amount(self, column: str, value: Any) -> Any:
        return taken(column, msgspec.Raw(value.encode()) if column in _AMOUNTS else value, self.most)

    def _categories(self, told: dict[str, Any], item: Item) -> None:
        if len(item.item_category) > rules.CATEGORIES:
            self.lose("loss_items")
        for level, category in enumerate(item.item_category[: rules.CATEGORIES], 1):
            fitting = taken("item_category", category, self.most)
            if fitting is None:
                self.lose("loss_items")
                return
            told["item_category" if level == 1 else f"item_category{level}"] = fitting

    def _item_props(self, told: dict[str, Any], item: Item) -> None:
        room = rules.ITEM_EXTRAS - sum(name in told for name in _ITEM_EXTRAS)
        for name, value in item.props.items():
            if value is None or value == "":
                continue
            fitting = taken(name, value, self.most)
            if fitting is None or not room or name in _ITEM_TAKEN or not rules.is_param_name(name):
                self.lose("loss_items")
                continue
            told[name] = fitting
            room -= 1


def taken(name: str, value: Any, most: int) -> Any:
    """The value as the vendor takes it: a text, or a number; None for anything else, and for a person's address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if rules.fits(name, value, most) and not rules.names_somebody(value) else None
    return value if isinstance(value, int | float | msgspec.Raw) else None
