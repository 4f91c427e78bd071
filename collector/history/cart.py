"""What is in a device's cart now (docs/wire/r46.md §5.6; docs/wire/canonical.md §8, "Cart state")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from collector.history.statements import rows
from collector.history.visitor import visitor
from collector.store import Reader
from collector.wire import Shop, Told

KEPT = timedelta(days=30)
"""Older changes of a cart are forgotten: nobody still expects what lies in it."""


def cart(reader: Reader, shop: Shop, params: Mapping[str, str], now: datetime) -> Told:
    """The last snapshot with what was added and removed since; a purchase empties it.

    Without any snapshot the additions alone make the cart.
    """
    whose = visitor(reader, shop, params.get("did", ""))
    changes = rows(reader, "cart", shop=shop.shop_id, visitor=whose, since=now - KEPT)
    held = state(changes)
    return {"items": [{"uniqid": item, "quantity": _number(held[item])} for item in held]}


def state(changes: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Quantities above zero by item, in the order in which the items came into the cart."""
    held: dict[str, Decimal] = {}
    for change in changes:
        item, quantity = change["item_id"], change["quantity"]
        if item is None:
            held = {}
        elif change["kind"] in ("add", "snapshot"):
            held[item] = held.get(item, Decimal(0)) + quantity
        else:
            left = held.get(item, Decimal(0)) - quantity
            if change["kind"] == "remove_all" or left <= 0:
                held.pop(item, None)
            else:
                held[item] = left
    return {item: quantity for item, quantity in held.items() if quantity > 0}


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
