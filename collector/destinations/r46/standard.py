"""Events that the vendor knows by name: `POST /push` (docs/wire/r46.md §3.1, §3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final, NamedTuple

from collector.destinations.contract import Context, Deliverable
from collector.destinations.losing import of_items
from collector.destinations.r46.envelope import (
    LONGEST_ID,
    NoWords,
    attribution,
    deliverable,
    meant,
    number,
    tool,
    who,
)
from collector.event import DecimalText, Event, Item, decimal_text

PATH: Final = "/push"
MOST: Final = 1000
EXTRAS: Final = (
    "order_discount",
    "order_cash",
    "order_bonuses",
    "delivery_type",
    "delivery_address",
    "tax_free",
    "channel",
)
"""Properties of an order that the vendor has names for."""

_PLACES = Decimal("0.0001")


class Said(NamedTuple):
    """What an event says beside who it was: one body for each request, columns told, codes of losses."""

    bodies: list[dict[str, Any]]
    columns: set[str]
    lost: set[str]
    attributed: bool = True


def told(event: Event, context: Context) -> Deliverable:
    """The event in the vendor's words; raises NoWords."""
    said = READERS[event.event](event, context)
    shared = {**who(event, context), **(attribution(event) if said.attributed else {})}
    return deliverable(event, PATH, [{**one, **shared} for one in said.bodies], said.columns, said.lost)


def _fit(items: Sequence[Item]) -> list[Item]:
    """Those whose id the vendor does not throw away; raises NoWords where there are none."""
    fit = [
        one
        for one in items
        if meant(one.item_id) and len(one.item_id) <= LONGEST_ID and "\\" not in one.item_id
    ]
    if not fit:
        raise NoWords("u_item_missing")
    return fit


def _lines(event: Event, *, full: bool = False) -> tuple[list[dict[str, Any]], set[str]]:
    """Products with price and quantity; a `full` list may be empty, which clears it."""
    items = _fit(event.items) if event.items or not full else []
    lost = of_items(event.items, ("price", "quantity"))
    if len(items) < len(event.items):
        lost.add("loss_items")
    lines = []
    for one in items:
        quantity, is_exact = _counted(one.quantity)
        lines.append(_line(one.item_id, quantity, one.price))
        if not is_exact:
            lost.add("loss_quantity")
        if one.price is not None and number(one.price) is None:
            lost.add("loss_price")
    return lines, lost


def _line(item_id: str, quantity: int | None, price: DecimalText | None) -> dict[str, Any]:
    said = {"id": item_id, "quantity": quantity, "price": number(price)}
    return {name: value for name, value in said.items() if value is not None}


def _counted(quantity: DecimalText | None) -> tuple[int | None, bool]:
    """The quantity as the vendor counts, rounded up and within 1 … 1000, and whether that is the same."""
    if quantity is None:
        return None, True
    exact = Decimal(quantity)
    whole = min(max(int(exact.to_integral_value(ROUND_CEILING)), 1), MOST)
    return whole, whole == exact


def _view(event: Event, context: Context) -> Said:
    items = _fit(event.items)
    if len(event.items) > 1 and not context.options["expand_group_views"]:
        raise NoWords("u_event_unsupported")
    lost = of_items(event.items, ("price",))
    if len(items) < len(event.items):
        lost.add("loss_items")
    if any(one.price is not None and number(one.price) is None for one in items):
        lost.add("loss_price")
    bodies = [{"event": "view", "items": [_line(one.item_id, None, one.price)]} for one in items]
    return Said(bodies, {"items"}, lost)


def _select(event: Event, context: Context) -> Said:
    """A click on a recommended product is the view that follows, with the tool's name on it."""
    if tool(event) is None:
        raise NoWords("u_event_unsupported")
    return _view(event, context)


def _category(event: Event, context: Context) -> Said:
    if not event.category_id:
        raise NoWords("u_event_unsupported")
    return Said([{"event": "category", "category_id": event.category_id}], {"category_id"}, set())


def _search(event: Event, context: Context) -> Said:
    if not (event.search_term or "").strip():
        raise NoWords("u_event_unsupported")
    return Said([{"event": "search", "search_query": event.search_term}], {"search_term"}, set())


def _listed(name: str, flag: str = "") -> Callable[[Event, Context], Said]:
    """An event of products; `flag` marks the whole list, which may be empty."""

    def read(event: Event, context: Context) -> Said:
        full = bool(flag) and (event.is_full or event.event == "cart_update")
        lines, lost = _lines(event, full=full)
        marked = {flag: True} if full else {}
        return Said([{"event": name, **marked, "items": lines}], {"items"}, lost)

    return read


def _purchase(event: Event, context: Context) -> Said:
    if not meant(event.transaction_id):
        raise NoWords("u_transaction_missing")
    if len(event.transaction_id or "") > LONGEST_ID:
        raise NoWords("u_field_too_long:transaction_id")
    lines, lost = _sold(event.items)
    amounts = {"order_price": _total(event), "order_delivery": event.shipping}
    body: dict[str, Any] = {"event": "purchase", "order_id": event.transaction_id}
    body.update((name, raw) for name, amount in amounts.items() if (raw := number(amount)) is not None)
    body["items"] = lines
    texts = {"promocode": meant(event.coupon), "payment_type": meant(event.payment_type)}
    body.update((name, text) for name, text in texts.items() if text)
    said = {"items", "transaction_id", *(column for name, column in _COLUMNS.items() if name in body)}
    known = _properties(event.props)
    if known.keys() == event.props.keys():
        said.add("props")
    body.update(known)
    return Said([body], said, lost, attributed=False)


_COLUMNS: Final = {
    "order_price": "value",
    "order_delivery": "shipping",
    "promocode": "coupon",
    "payment_type": "payment_type",
}


def _properties(props: Mapping[str, Any]) -> dict[str, Any]:
    """What the vendor has names for, and the shop's own object."""
    known = {name: props[name] for name in EXTRAS if isinstance(props.get(name), str | int | float)}
    own = props.get("custom")
    if isinstance(own, dict) and own:
        known["custom"] = own
    return {name: value for name, value in known.items() if value != ""}


def _sold(items: Sequence[Item]) -> tuple[list[dict[str, Any]], set[str]]:
    """The lines of an order. What is not counted in pieces is one piece of the line's price, so that the
    total holds: so the vendor wants goods sold by weight."""
    lines, lost = [], of_items(items, ("price", "quantity"))
    fit = _fit(items)
    if len(fit) < len(items):
        lost.add("loss_items")
    for one in fit:
        quantity, is_exact = _counted(one.quantity)
        price = one.price
        if not is_exact:
            lost.add("loss_quantity")
            if price is not None:
                quantity, price = 1, _rounded(Decimal(price) * Decimal(one.quantity or 1))
                lost.add("loss_price")
        if price is not None and number(price) is None:
            lost.add("loss_price")
        lines.append(_line(one.item_id, quantity, price))
    return lines, lost


def _total(event: Event) -> DecimalText | None:
    """The order's value, else what its lines come to; None where a price is not known."""
    if event.value is not None:
        return event.value
    total = Decimal(0)
    for one in event.items:
        if one.price is None:
            return None
        total += Decimal(one.price) * Decimal(one.quantity or 1)
    return _rounded(total)


def _rounded(amount: Decimal) -> DecimalText:
    return decimal_text(amount.quantize(_PLACES))


READERS: Final[Mapping[str, Callable[[Event, Context], Said]]] = {
    "view_item": _view,
    "select_item": _select,
    "view_item_list": _category,
    "search": _search,
    "add_to_cart": _listed("cart"),
    "cart_update": _listed("cart", "full_cart"),
    "remove_from_cart": _listed("remove_from_cart"),
    "add_to_wishlist": _listed("wish", "full_wish"),
    "remove_from_wishlist": _listed("remove_wish"),
    "purchase": _purchase,
}
