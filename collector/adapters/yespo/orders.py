"""POST /api/v1/orders, v2 and v3: whole orders, new ones and later states (docs/wire/yespo.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.adapters.yespo.access import VENDOR, sender
from collector.adapters.yespo.identity import LOCATORS, identify
from collector.adapters.yespo.products import ORDERED, Manner, take_currency, take_products
from collector.adapters.yespo.replies import first_refused
from collector.errors import Rejected
from collector.event import EventName
from collector.reading.draft import Draft, Setting, Unusable, all_or_nothing, once
from collector.reading.fingerprint import fingerprint
from collector.reading.moments import iso
from collector.reading.requests import kept, read_json, screened, setting
from collector.reading.values import identifier, plain
from collector.reasons import coded
from collector.wire import Decoded, Judged, Shop, Shops, WireRequest

ENDPOINT = "yespo.orders"
PLACED = "INITIALIZED"
STATUSES = frozenset({PLACED, "IN_PROGRESS", "DELIVERED", "CANCELLED"})
_AMOUNTS: Mapping[str, str] = {"totalCost": "value", "shipping": "shipping", "taxes": "tax"}
_EMPTY = Judged(outcome="ignored", codes=("envelope_empty",))


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """A verdict for every order; strict mode stores none of them where one lacks what it needs."""
    shop = sender(request, shops)
    orders, base, notes = _orders(request, shop)
    same = setting(request, shop, VENDOR, notes)
    judged = [
        _judge(same, seq, f"{base}/{seq}" if base is not None else "", one) for seq, one in enumerate(orders)
    ]
    judged = screened(once(judged) or [_EMPTY], request, shop, browser=False)
    refused = first_refused(judged)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=ENDPOINT,
        judged=all_or_nothing(judged),
        raw=kept(request, anonymous=same.anonymous),
        facts={"refused": refused.codes[0]} if refused else {},
    )


def _orders(request: WireRequest, shop: Shop) -> tuple[list[Any], str | None, list[str]]:
    """The orders, the pointer to their list (None for a single order), and notes; raises Rejected."""
    body, notes = read_json(request, shop.shop_id)
    if isinstance(body, dict):
        listed = body.get("orders")
        if isinstance(listed, list):
            return listed, "/orders", notes
        if isinstance(listed, dict):
            return [listed], None, notes
        if "orders" not in body:
            return [body], None, notes
    elif isinstance(body, list):
        return body, "", notes
    raise Rejected("wrong_shape", status=400, shop_id=shop.shop_id, keep_raw=True)


def _judge(same: Setting, seq: int, pointer: str, order: Any) -> Judged:
    draft = Draft(setting=same, name="order", seq=seq, pointer=pointer)
    try:
        if not isinstance(order, dict):
            raise Unusable("wrong_shape")
        kind = _read(draft, order)
    except Unusable as missing:
        return draft.set_aside(missing)
    return draft.finish(kind)


def _read(draft: Draft, order: dict[str, Any]) -> EventName:
    whole, order = order, dict(order)
    number = draft.id("transaction_id", order.pop("externalOrderId", None), "externalOrderId")
    if number is None:
        raise Unusable("field_missing:externalOrderId")
    draft.columns["order_key"] = number
    status = draft.text("order_status", order.pop("status", None), "status")
    draft.key = ("orders", number, status or "", fingerprint(whole))
    _needed(draft, whole)
    identify(draft, order, LOCATORS)
    for field, column in _AMOUNTS.items():
        draft.amount(column, order.pop(field, None), field)
    take_currency(draft, order.pop("currency", None), "currency")
    _items(draft, order.pop("items", None))
    kind: EventName = "purchase" if status == PLACED else "order_status"
    if kind == "purchase":
        _date(draft, order.pop("date", None))
    for name, value in order.items():
        if value is not None and value != "":
            draft.props[name] = plain(value)
    return kind


def _needed(draft: Draft, order: dict[str, Any]) -> None:
    """What the vendor requires of every order: said in lenient mode, refused in strict mode."""
    for field in ("externalCustomerId", "totalCost", "status", "date"):
        if order.get(field) in (None, ""):
            draft.note(coded("field_missing", field), strict=True)
    if not identifier(order.get("email")) and not identifier(order.get("phone")):
        draft.note("field_missing:email", strict=True)
    status = order.get("status")
    if type(status) is str and status and status not in STATUSES:
        draft.note("field_format:status", strict=True)


def _items(draft: Draft, given: Any) -> None:
    """The order's lines; those without an id are properties, and the order stands all the same."""
    if given is None or given == "":
        return
    try:
        take_products(draft, given, Manner(ORDERED, "items", priced=True, counted=True))
    except Unusable:
        return
    if any(item.item_name is None for item in draft.columns["items"]):
        draft.note("field_missing:name", strict=True)


def _date(draft: Draft, value: Any) -> None:
    """When it was placed. The vendor allows a time without zone, which is UTC."""
    moment = iso(value, draft.setting.received_at)
    draft.ts = moment.ts
    if moment.note not in ("", "ts_no_offset"):
        draft.note(moment.note, strict=True)
        if moment.note != "ts_missing":
            draft.props["date"] = plain(value)
