"""An order as the vendor takes it: one envelope for each product, all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from collector.destinations.contract import Options
from collector.destinations.retailrocket.values import SHORT, NoWords, short, whole
from collector.event import Event, Item, decimal_text

_PLACES: Final = Decimal("0.0000000001")
Line = tuple[int, str | None, Decimal, Decimal]
"""Product, place, unit price and quantity."""


def lines(event: Event, options: Options) -> tuple[list[dict[str, Any]], set[str]]:
    """The order's lines as bodies, and codes of what was lost; raises NoWords.

    Equal products of one place are one line, as the vendor's own code sends them. One line that cannot be
    said makes the order none, unless the options let the others go alone.
    """
    transaction = _transaction(event)
    if not event.items:
        raise NoWords("u_item_missing")
    found, lost = _read(event.items, options)
    sold, differed = _merged(found)
    if differed:
        lost.add("loss_price")
    return [_body(transaction, one) for one in sold], lost


def _transaction(event: Event) -> str:
    if not event.transaction_id:
        raise NoWords("u_transaction_missing")
    if len(event.transaction_id) > SHORT:
        raise NoWords("u_field_too_long:transaction_id")
    return event.transaction_id


def _read(items: Iterable[Item], options: Options) -> tuple[list[Line], set[str]]:
    found: list[Line] = []
    lost: set[str] = set()
    why: NoWords | None = None
    for item in items:
        try:
            found.append(_line(item, options["id_map"]))
        except NoWords as missing:
            why = why or missing
            lost.add("loss_items")
            continue
        if item.location_id and not short(item.location_id):
            lost.add("loss_location")
    if why is not None and not (found and options["order_partial"]):
        raise why
    return found, lost


def _line(item: Item, ids: Mapping[str, str]) -> Line:
    product = whole(item.item_id, ids)
    if product is None:
        raise NoWords("u_item_id_not_integer")
    if item.price is None:
        raise NoWords("u_price_missing")
    return product, short(item.location_id), Decimal(item.price), Decimal(item.quantity or 1)


def _merged(found: Iterable[Line]) -> tuple[list[Line], bool]:
    """One line for each product and place, at the price that keeps the total; and whether prices differed."""
    kept: dict[tuple[int, str | None], list[Line]] = {}
    for line in found:
        kept.setdefault(line[:2], []).append(line)
    differed = False
    sold = []
    for (product, place), same in kept.items():
        prices = {price for _, _, price, _ in same}
        quantity = sum((count for *_, count in same), Decimal(0))
        price = same[-1][2]
        if len(prices) > 1:
            differed = True
            total = sum((unit * count for _, _, unit, count in same), Decimal(0))
            price = (total / quantity).quantize(_PLACES) if quantity else price
        sold.append((product, place, price, quantity))
    return sold, differed


def _body(transaction: str, line: Line) -> dict[str, Any]:
    product, place, price, quantity = line
    body = {"productId": product, "price": _number(price), "quantity": _number(quantity)}
    return {**body, **({"stockId": place} if place else {}), "transaction": transaction}


def _number(amount: Decimal) -> msgspec.Raw:
    return msgspec.Raw(decimal_text(amount).encode())
