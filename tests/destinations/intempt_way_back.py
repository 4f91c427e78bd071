"""What is to come back of an event that went to Intempt and through our own adapter, before losses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from collector.destinations.contract import Context
from collector.event import DecimalText, Event, Item, decimal_text
from tests.destinations.fed import columns

GOODS = ("view_item", "add_to_cart", "remove_from_cart", "purchase")
WHO = ("device_id", "user_id", "email", "phone", "session_id", "page_view_id", "account_id", "alias", "ids")
LISTS = (
    *("item_list_id", "item_list_name", "item_list_type", "category_id", "category_path"),
    *("search_found", "promotion_id", "order_status", "cart_id"),
)
FREE = (
    *(
        *LISTS,
        "search_term",
        "transaction_id",
        "value",
        "currency",
        "tax",
        "shipping",
        "coupon",
        "payment_type",
    ),
    *("location_id", "recommended_by", "recommended_code", "ab_segment", "stream"),
    *("page_url", "page_title", "referrer", "is_full", "items"),
)
ONE = DecimalText("1")


def props(event: Event) -> dict[str, Any]:
    """Properties as they come back: null is absent, the visitor's address and number are attributes too."""
    found = {name: value for name, value in event.props.items() if value is not None}
    contact = {name: getattr(event, name) for name in ("email", "phone") if getattr(event, name)}
    return {**found, **({"user_attributes": contact} if contact else {})}


def told_of(event: Event, names: tuple[str, ...]) -> dict[str, Any]:
    """Columns that travel as properties of their own name."""
    found = {name: getattr(event, name) for name in names}
    found = {
        name: value for name, value in found.items() if value not in (None, "", ()) and value is not False
    }
    if event.search_found is False and "search_found" in names:
        found["search_found"] = False
    return {**found, **({"items": [as_told(one) for one in event.items]} if "items" in found else {})}


def as_told(item: Item) -> dict[str, Any]:
    return {
        name: value for name, value in msgspec.structs.asdict(item).items() if value not in (None, (), {})
    }


def in_data(event: Event, item: Item, *, alone: bool) -> dict[str, Any]:
    """What a shop may say of a product beside its id: it is a property as well."""
    category = item.item_category[0] if len(item.item_category) == 1 else list(item.item_category)
    found = {
        "price": item.price,
        "name": item.item_name,
        "brand": item.item_brand,
        "category": category or None,
        "currency": event.currency,
        "orderId": event.transaction_id,
        "search_term": event.search_term,
        "coupon": event.coupon,
        "url": event.page_url,
        "value": event.value if alone and event.event != "purchase" else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def around(event: Event) -> dict[str, Any]:
    """Who and when: the vendor's clock has milliseconds, and it always has the event's time."""
    found = {name: value for name, value in columns(event).items() if name in WHO}
    ts = event.ts.replace(microsecond=event.ts.microsecond // 1000 * 1000)
    once = [one for place, one in enumerate(event.alias) if one not in event.alias[:place]]
    once.sort(key=lambda one: one["type"] == "account_id")
    return {**found, "alias": tuple(once), "ts": ts, "ts_source": "client"}


def meant(event: Event, known: Context) -> list[dict[str, Any]]:
    """What is to come back of the event, before losses."""
    changed = changes(known.before, event.items) if event.event == "cart_update" else []
    if event.event in GOODS:
        counted = event.event != "view_item"
        return [goods(event, event.event, item, counted=counted, of=len(event.items)) for item in event.items]
    if changed:
        return [goods(event, kind, item, counted=True, of=same(changed, kind)) for kind, item in changed]
    if event.event == "identify":
        return [{**around(event), "event": "identify", "props": {**about(event), **told_of(event, FREE)}}]
    name = event.custom_name if event.event == "custom" else event.event
    own = {"event": "custom", "custom_name": "Quiz done" if name == "quiz_done" else name}
    return [{**around(event), **own, "props": {**props(event), **told_of(event, FREE)}}]


def about(event: Event) -> dict[str, Any]:
    """Properties of an identification are attributes of the user."""
    contact = props(event).pop("user_attributes", {})
    found = {**{name: value for name, value in event.props.items() if value is not None}, **contact}
    return {"user_attributes": found} if found else {}


def goods(event: Event, kind: str, item: Item, *, counted: bool, of: int) -> dict[str, Any]:
    alone = of == 1
    own = {"event": kind, "is_line": kind == "purchase", "value": event.value}
    for name in ("currency", "transaction_id", "search_term", "coupon", "page_url"):
        own[name] = getattr(event, name)
    for name in ("tax", "shipping", "payment_type", "location_id", "recommended_by", "recommended_code"):
        own[name] = getattr(event, name)
    for name in ("ab_segment", "stream", "page_title", "referrer"):
        own[name] = getattr(event, name)
    if event.currency is None and (item.price is not None or (alone and event.value and kind != "purchase")):
        own["currency"] = "EUR"
    line = replace(item, quantity=item.quantity or (ONE if counted else None))
    told = {**props(event), **told_of(event, LISTS), **in_data(event, item, alone=alone)}
    return {**around(event), **own, "items": (line,), "props": told}


def same(changed: list[tuple[str, Item]], kind: str) -> int:
    return sum(one == kind for one, _ in changed)


def changes(before: tuple[Item, ...] | None, after: tuple[Item, ...]) -> list[tuple[str, Item]]:
    """What left the cart and what came into it, in the order of the products' first showing."""
    if before is None:
        return []
    had, has = pieces(before), pieces(after)
    last = {item.item_id: item for item in (*before, *after)}
    found = []
    for item_id, item in last.items():
        change = has.get(item_id, Decimal()) - had.get(item_id, Decimal())
        kind = "add_to_cart" if change > 0 else "remove_from_cart"
        if change:
            found.append((kind, replace(item, quantity=decimal_text(abs(change)))))
    return sorted(found, key=lambda one: one[0], reverse=True)


def pieces(items: tuple[Item, ...]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for item in items:
        found[item.item_id] = found.get(item.item_id, Decimal()) + Decimal(item.quantity or 1)
    return found
