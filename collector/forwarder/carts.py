"""What lies in a visitor's cart, from what changed it (docs/wire/canonical.md, "Cart state from deltas").

A cart is unknown until it has been told whole, because what lay in it before is not known; changes alone
make no cart.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from collector.event import Event, Item, decimal_text
from collector.forwarder.orders import key_of
from collector.ids import keyed_id

ORDERS: Final = 8
"""So many orders of a visitor are remembered, so that a later report of one empties no new cart."""

FLEETING: Final = frozenset({"yespo.web"})
"""Endpoints that give each snapshot an id of its own, which names no cart."""

Held: TypeAlias = dict[tuple[str, str], Item]


class Cart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cart after an event; JSON by msgspec.

    `items` in the order in which they came in, one entry an item and variant, mean nothing unless `known`.
    `ref` names this cart until its purchase: the vendor's id, else one made of the event that began it; it
    is empty before that. `baseline` is the event id of what made it known.
    """

    items: tuple[Item, ...] = ()
    known: bool = False
    ref: str = ""
    baseline: str = ""
    orders: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[Item, ...] | None:
        """The items, None where they are not known."""
        return self.items if self.known else None


def after(cart: Cart | None, event: Event, *, empty_at_session_start: bool, endpoint: str = "") -> Cart:
    """The cart after an event of its visitor; one that is not about carts leaves it as it is.

    `empty_at_session_start`: the shop's word that a session begins with an empty cart. A purchase empties
    the cart, once an order, and the next change begins another; it does not make an unknown cart known.
    """
    cart = cart or Cart()
    if event.event == "purchase":
        return _bought(cart, key_of(event))
    if event.event == "session_start":
        if not empty_at_session_start:
            return cart
        return replace(cart, items=(), known=True, baseline=event.event_id)
    if event.event == "cart_update" and event.is_full:
        items = tuple(_held(event.items).values())
        return replace(_begun(cart, event, endpoint), items=items, known=True, baseline=event.event_id)
    if event.event in ("add_to_cart", "remove_from_cart"):
        begun = _begun(cart, event, endpoint)
        return replace(begun, items=_changed(begun.items, event)) if begun.known else begun
    return cart


def _begun(cart: Cart, event: Event, endpoint: str) -> Cart:
    """The cart with its name: a lasting id of the vendor's counts before ours, and a new one names a new cart."""
    if event.cart_id and endpoint not in FLEETING:
        return cart if cart.ref == event.cart_id else replace(cart, ref=event.cart_id)
    return cart if cart.ref else replace(cart, ref=keyed_id("cart", event.event_id))


def _bought(cart: Cart, order: str) -> Cart:
    if order in cart.orders:
        return cart
    return replace(cart, items=(), ref="", orders=(*cart.orders, order)[-ORDERS:])


def _changed(items: Sequence[Item], event: Event) -> tuple[Item, ...]:
    held = _held(items)
    for item in event.items:
        if event.event == "add_to_cart":
            _put(held, item)
        else:
            _take(held, item, whole="remove_all" in event.notes)
    return tuple(held.values())


def _held(items: Sequence[Item]) -> Held:
    """Items by id and variant; those told twice lie there together."""
    held: Held = {}
    for item in items:
        _put(held, item)
    return held


def _put(held: Held, item: Item) -> None:
    """What is told of an item later replaces what was told of it before."""
    key = _key(item)
    before = held.get(key)
    quantity = _quantity(item) + (_quantity(before) if before else 0)
    if quantity > 0:
        held[key] = _counted(_updated(before, item) if before else item, quantity)


def _take(held: Held, item: Item, *, whole: bool) -> None:
    """An item that is named without its variant is taken from the first variant that lies there."""
    key = _key(item)
    if key not in held and item.item_variant is None:
        key = next((one for one in held if one[0] == item.item_id), key)
    before = held.get(key)
    if before is None:
        return
    left = _quantity(before) - _quantity(item)
    if whole or left <= 0:
        del held[key]
    else:
        held[key] = _counted(before, left)


def _key(item: Item) -> tuple[str, str]:
    return item.item_id, item.item_variant or ""


def _quantity(item: Item) -> Decimal:
    return Decimal(item.quantity or "1")


def _counted(item: Item, quantity: Decimal) -> Item:
    return replace(item, quantity=decimal_text(quantity))


def _updated(before: Item, item: Item) -> Item:
    told = {name: value for name in Item.__struct_fields__ if (value := getattr(item, name)) not in _EMPTY}
    return replace(before, **told)


_EMPTY: Final[tuple[object, ...]] = (None, (), {})
