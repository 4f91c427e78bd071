"""From a canonical event to envelopes of a packet (docs/wire/retailrocket.md §9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from collector.destinations import baskets, losing
from collector.destinations.contract import Command, Context, Deliverable, Mapped, Undeliverable
from collector.destinations.retailrocket import orders
from collector.destinations.retailrocket.values import NoWords, person, short, telephone, visitor, whole
from collector.event import Event, Item

ROUTE: Final = "visitorEvents"
_ONE = Decimal(1)


class Said(NamedTuple):
    """Method and body of each envelope, the columns they tell, and codes of what is lost in them."""

    envelopes: list[tuple[str, dict[str, Any]]]
    columns: set[str]
    lost: set[str]


def map_event(event: Event, context: Context) -> Mapped:
    """One command of all the event's envelopes, so that they stay in one packet, in the visitor's lane."""
    reader = READERS.get(event.event)
    if reader is None:
        return Undeliverable(code="u_event_unsupported")
    try:
        session = visitor(event, context.options)
        said = reader(event, context)
    except NoWords as why:
        return Undeliverable(code=why.code)
    moment = event.ts.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    told = [
        {method: {"sessionExternalId": session, **body, "timestamp": moment}}
        for method, body in said.envelopes
    ]
    columns = said.columns | {"device_id"}
    lost = said.lost | losing.of_event(event, columns) | losing.of_rest(event, columns)
    command = Command(route=ROUTE, body=msgspec.json.encode(told).decode())
    return Deliverable(commands=(command,), losses=losing.in_order(lost), lane=session)


def _products(items: Sequence[Item], ids: Mapping[str, str]) -> tuple[list[tuple[int, Item]], set[str]]:
    """Those whose id is a number, and a loss for the others; raises NoWords where none is left."""
    if not items:
        raise NoWords("u_item_missing")
    found = [(number, one) for one in items if (number := whole(one.item_id, ids)) is not None]
    if not found:
        raise NoWords("u_item_id_not_integer")
    return found, {"loss_items"} if len(found) < len(items) else set()


def _placed(place: str | None) -> dict[str, str]:
    return {"stockId": place} if place and short(place) else {}


def _place_lost(items: Iterable[Item]) -> set[str]:
    return {"loss_location" for one in items if one.location_id and not short(one.location_id)}


def _view(event: Event, context: Context) -> Said:
    options = context.options
    found, lost = _products(event.items, options["id_map"])
    groups = {one.item_group_id for one in event.items}
    group = whole(groups.pop(), options["id_map"]) if len(groups) == 1 else None
    if len(event.items) > 1 and group is not None:
        return _group(group, found, lost | _of_group(event.items))
    if len(event.items) > 1 and not options["expand_group_views"]:
        raise NoWords("u_group_id_missing")
    lost |= losing.of_items(event.items, ("location_id",)) | _place_lost(event.items)
    views = [("view", {"productId": number, **_placed(one.location_id)}) for number, one in found]
    return Said(views, {"items"}, lost)


def _of_group(items: Sequence[Item]) -> set[str]:
    """What a group's view cannot tell of its products; their order it can."""
    in_order = all(one.index in (None, place) for place, one in enumerate(items))
    kept = ("location_id", "item_group_id", *(("index",) if in_order else ()))
    return losing.of_items(items, kept)


def _group(group: int, found: list[tuple[int, Item]], lost: set[str]) -> Said:
    """A group's view has one place for all its products."""
    places = {one.location_id for _, one in found}
    place = short(places.pop()) if len(places) == 1 else None
    if any(one.location_id and one.location_id != place for _, one in found):
        lost.add("loss_location")
    body = {"groupId": group, "productIds": [number for number, _ in found], **_placed(place)}
    return Said([("groupView", body)], {"items"}, lost)


def _add(event: Event, context: Context) -> Said:
    """One envelope for each product, whatever the quantity."""
    found, lost = _products(event.items, context.options["id_map"])
    lost |= losing.of_items(event.items, ("location_id", "quantity")) | _place_lost(event.items)
    if any(one.quantity is not None and Decimal(one.quantity) != _ONE for one in event.items):
        lost.add("loss_quantity")
    code = short(event.recommended_code)
    method, block = ("recomAddToBasket", {"recomBlockId": code}) if code else ("addToBasket", {})
    bodies = [(method, {"productId": one, **block, **_placed(item.location_id)}) for one, item in found]
    return Said(bodies, {"items", *(_attributed(event, code) if code else ())}, lost)


def _attributed(event: Event, block: str) -> set[str]:
    """Which columns a block's id tells: it stands for `recommendation`, and for nothing else."""
    said = {name for name in ("item_list_id", "recommended_code") if getattr(event, name) == block}
    return said | ({"recommended_by"} if event.recommended_by == "recommendation" else set())


def _cart(event: Event, context: Context) -> Said:
    """What has come into the cart since it was last known; what has left it is lost."""
    if context.before is None:
        raise NoWords("u_cart_state_unknown")
    added, removed = baskets.difference(context.before, event.items)
    if not added:
        raise NoWords("u_event_unsupported")
    said = _add(msgspec.structs.replace(event, items=tuple(added)), context)
    if removed:
        said.lost.add("loss_items")
    return said


def _list(event: Event, context: Context) -> Said:
    if event.item_list_type == "category":
        return _category(event, context)
    if event.item_list_type != "recommendation":
        raise NoWords("u_event_unsupported")
    named = [one for one in (event.item_list_id, event.recommended_code) if one]
    if not named:
        raise NoWords("u_list_id_missing")
    block = next((one for one in named if short(one)), None)
    if block is None:
        raise NoWords("u_field_too_long:item_list_id")
    return Said([("recomBlockViewed", {"recomBlockId": block})], _attributed(event, block), set())


def _category(event: Event, context: Context) -> Said:
    number = whole(event.category_id, context.options["id_map"])
    if number is not None:
        return Said([("categoryView", {"categoryId": number})], {"category_id"}, set())
    if event.category_path:
        body = {"categoryPath": event.category_path}
        return Said([("categoryViewByCategoryPath", body)], {"category_path"}, set())
    raise NoWords("u_item_id_not_integer")


def _select(event: Event, context: Context) -> Said:
    if not event.recommended_code:
        raise NoWords("u_list_id_missing")
    if not short(event.recommended_code):
        raise NoWords("u_field_too_long:recommended_code")
    found, lost = _products(event.items, context.options["id_map"])
    lost |= losing.of_items(event.items, ("location_id",)) | _place_lost(event.items)
    block = {"recomBlockId": event.recommended_code}
    taps = [("recomTap", {"productId": one, **block, **_placed(item.location_id)}) for one, item in found]
    return Said(taps, {"items", *_attributed(event, event.recommended_code)}, lost)


def _search(event: Event, context: Context) -> Said:
    if not (event.search_term or "").strip():
        raise NoWords("u_event_unsupported")
    if not short(event.search_term):
        raise NoWords("u_field_too_long:search_term")
    body = {"searchPhrase": event.search_term, **_placed(event.location_id)}
    return Said([("search", body)], {"search_term", *_here(event)}, set())


def _here(event: Event) -> tuple[str, ...]:
    return ("location_id",) if short(event.location_id) else ()


def _purchase(event: Event, context: Context) -> Said:
    bodies, lost = orders.lines(event, context.options)
    lost |= losing.of_items(event.items, ("price", "quantity", "location_id"))
    return Said([("order", body) for body in bodies], {"items", "transaction_id"}, lost)


def _identify(event: Event, context: Context) -> Said:
    if not event.user_id:
        raise NoWords("u_identity_missing")
    phone = telephone(event.phone)
    told = {"email": event.email, "phone": phone, "customData": _custom_data(event.props)}
    body = {"contactExternalId": person(event.user_id), **{name: one for name, one in told.items() if one}}
    said = {"user_id", "email", "props", *_here(event), *(("phone",) if phone else ())}
    return Said([("setContact", {**body, **_placed(event.location_id)})], said, set())


def _custom_data(props: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties as an object; what came as `customData` goes as such."""
    own = props.get("customData")
    return own if isinstance(own, dict) and len(props) == 1 else props


def _promotion(method: str) -> Callable[[Event, Context], Said]:
    def read(event: Event, context: Context) -> Said:
        if not event.promotion_id:
            raise NoWords("u_list_id_missing")
        return Said([(method, {"impressionContentId": event.promotion_id})], {"promotion_id"}, set())

    return read


def _custom(event: Event, context: Context) -> Said:
    name = context.options["names"].get(event.custom_name, event.custom_name)
    if name == "welcomeSequence":
        if not event.email:
            raise NoWords("u_contact_missing")
        return Said([(name, {"email": event.email})], {"email"}, set())
    if name != "emailClick":
        raise NoWords("u_event_unsupported")
    if not event.recommended_code:
        raise NoWords("u_list_id_missing")
    data = _custom_data(event.props)
    body = {"mailTrackingId": event.recommended_code, **({"customData": data} if data else {})}
    said = {"recommended_code", "props", *(("recommended_by",) if event.recommended_by == "email" else ())}
    return Said([(name, body)], said, set())


READERS: Final[Mapping[str, Callable[[Event, Context], Said]]] = {
    "view_item": _view,
    "add_to_cart": _add,
    "cart_update": _cart,
    "view_item_list": _list,
    "select_item": _select,
    "search": _search,
    "purchase": _purchase,
    "identify": _identify,
    "view_promotion": _promotion("impressionContentViewed"),
    "select_promotion": _promotion("impressionContentClicked"),
    "custom": _custom,
}
