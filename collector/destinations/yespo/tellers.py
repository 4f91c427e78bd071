"""What each kind of event is at the vendor: its key and the parameters that the vendor wants with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from collector.destinations.contract import Context
from collector.destinations.yespo.words import EVENT, LONGEST_NAME, Params, Unsayable, json_text, product
from collector.event import Event, Item

_FORBIDDEN: Final = re.compile(r"""[<;'\\/|"`^?!,>]""")
_VARIANT: Final = re.compile(r"r\d+v\d+", re.ASCII)
DEFAULTED: Final = "isFound_defaulted"
"""The property of a search that did not say whether it found anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One event in the vendor's words, as several where it is about several products.

    `kept` and `kept_of_items`: what of it is expressed. `taken`: names that a property must not have.
    `lines`: the products that are told, where they are not the event's. `ordered`: no other snapshot of this
    contact may overtake it.
    """

    key: str
    params: Sequence[Params]
    kept: frozenset[str] = frozenset()
    kept_of_items: frozenset[str] = EVENT.kept
    taken: frozenset[str] = frozenset()
    lines: Sequence[Item] | None = None
    losses: set[str] = field(default_factory=set)
    ordered: bool = False


Teller = Callable[[Event, Context], Said]
"""Raises Unsayable."""


def teller(event: Event, context: Context) -> Teller:
    """Who tells the event; raises Unsayable. One without words is told under a name of the shop's, if it has one."""
    found = _TELLERS.get(event.event)
    if found is None and event.event in context.options["names"]:
        return _custom
    if found is None:
        raise Unsayable("u_event_unsupported")
    return found


def _page(event: Event, context: Context) -> Said:
    if not event.page_url:
        raise Unsayable("u_event_unsupported")
    return Said(
        key="pageViewed",
        params=[{"page": json_text({"location": event.page_url})}],
        kept=frozenset({"page_url"}),
        taken=frozenset({"page", "location"}),
        kept_of_items=frozenset(),
        losses={"loss_items"} if event.items else set(),
    )


def _products(event: Event, key: str) -> Said:
    """A request for each product; all of them need a price."""
    if not event.items:
        raise Unsayable("u_item_missing")
    _need_prices(event.items)
    return Said(key=key, params=[{"product": json_text(product(item, EVENT))} for item in event.items])


def _viewed(event: Event, context: Context) -> Said:
    return _products(event, "productViewed")


def _wished(event: Event, context: Context) -> Said:
    return _products(event, "productAddedToWishlist")


def _list(event: Event, context: Context) -> Said:
    tell = {"category": _category, "recommendation": _impressions}.get(event.item_list_type or "")
    if tell is None:
        raise Unsayable("u_event_unsupported")
    return tell(event)


def _category(event: Event) -> Said:
    """The category's id, else its path in the place of one."""
    shown = event.category_id or event.category_path
    if not shown:
        raise Unsayable("u_list_id_missing")
    spoken = "category_id" if event.category_id else "category_path"
    return Said(
        key="productCategoryViewed",
        params=[{"category": json_text({"productCategoryId": shown})}],
        kept=frozenset({spoken, "item_list_type"}),
        taken=frozenset({"category"}),
        kept_of_items=frozenset(),
        losses={"loss_items"} if event.items else set(),
    )


def _impressions(event: Event) -> Said:
    """A block of recommendations, named by its variant; the products' order is that of the list."""
    block = event.item_list_id
    if not block:
        raise Unsayable("u_list_id_missing")
    if _VARIANT.fullmatch(block) is None:
        raise Unsayable("u_list_id_format")
    if not event.items:
        raise Unsayable("u_item_missing")
    implied = {"recommended_by": "recommendation", "recommended_code": block}
    kept = {"item_list_id", "item_list_type"}
    kept |= {name for name, value in implied.items() if getattr(event, name) == value}
    moved = any(item.index not in (None, place) for place, item in enumerate(event.items))
    shown = [{"productId": item.item_id} for item in event.items]
    return Said(
        key="productImpressions",
        params=[{"recomVariantId": block, "products": json_text(shown)}],
        kept=frozenset(kept),
        taken=frozenset({"recomVariantId"}),
        kept_of_items=frozenset({"index"}),
        losses={"loss_items"} if moved else set(),
    )


def _cart(event: Event, context: Context) -> Said:
    return _snapshot(event, event.items, context)


def _changed(event: Event, context: Context) -> Said:
    """The cart as it is after the change. What the change was is not told."""
    if not context.options["cart_from_deltas"] or context.cart is None:
        raise Unsayable("u_cart_state_unknown")
    return replace(_snapshot(event, context.cart, context), losses={"loss_items"} if event.items else set())


def _snapshot(event: Event, lines: Sequence[Item], context: Context) -> Said:
    """All lines of the cart, under a name that stays; a cleared cart has no lines to name."""
    cart_id = event.cart_id or context.cart_ref
    if not cart_id:
        raise Unsayable("u_cart_state_unknown")
    _need_prices(lines)
    told = json_text([product(item, EVENT, counted=True) for item in lines])
    return Said(
        key="cartUpdated",
        params=[{**({"products": told} if lines else {}), "recycleStateId": cart_id}],
        kept=frozenset({"cart_id"}),
        taken=frozenset({"recycleStateId"}),
        lines=lines,
        ordered=True,
    )


def _search(event: Event, context: Context) -> Said:
    """A search. Whether it found anything is said always: an untold one would mean that it did not."""
    if not event.search_term:
        raise Unsayable("u_event_unsupported")
    known = None if event.props.get(DEFAULTED) is True else event.search_found
    found = context.options["search_found_default"] if known is None else str(int(known))
    return Said(
        key="searchRequest",
        params=[{"search": event.search_term, "isFound": found}],
        kept=frozenset({"search_term", "search_found"}),
        taken=frozenset({"search", "isFound", DEFAULTED}),
        kept_of_items=frozenset(),
        losses={"loss_items"} if event.items else set(),
    )


def _custom(event: Event, context: Context) -> Said:
    """A shop's own event under its own name, or the one that the settings give it."""
    own = (event.custom_name or "") if event.event == "custom" else event.event
    key = context.options["names"].get(own, own)
    if not key.strip() or len(key) > LONGEST_NAME or _FORBIDDEN.search(key) or key in _KEYS:
        raise Unsayable("u_name_forbidden")
    lines = [product(item, EVENT) for item in event.items]
    return Said(key=key, params=[{"products": json_text(lines)} if lines else {}])


def _need_prices(lines: Sequence[Item]) -> None:
    if any(item.price is None for item in lines):
        raise Unsayable("u_price_missing")


_TELLERS: Final[Mapping[str, Teller]] = {
    "page_view": _page,
    "view_item": _viewed,
    "view_item_list": _list,
    "cart_update": _cart,
    "add_to_cart": _changed,
    "remove_from_cart": _changed,
    "add_to_wishlist": _wished,
    "search": _search,
    "custom": _custom,
}
_KEYS: Final = frozenset(
    {
        "pageViewed",
        "productViewed",
        "productCategoryViewed",
        "cartUpdated",
        "productImpressions",
        "productAddedToWishlist",
        "searchRequest",
    }
)
"""Keys that mean something at the vendor: an event of another meaning must not have one."""
