"""POST /sync/orders: states of orders, told by the shop's own server (docs/wire/r46.md §5.1).

The only path that needs the shop's secret. Each order is judged alone. `value.total` is the
order's value and `value.delivery` its shipping; what else stands in `value` becomes properties
with the names it has on a purchase (`order_discount`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from collector.adapters.r46.access import may_use, read, shop_notes
from collector.adapters.r46.convert import VENDOR
from collector.adapters.r46.draft import Draft, Setting, Unusable
from collector.adapters.r46.identity import IDS_NAMES, email, phone
from collector.adapters.r46.items import take_items
from collector.adapters.r46.purchase import LONGEST_ORDER_ID, amount
from collector.adapters.r46.redact import raw_of
from collector.adapters.r46.reply import SUCCESS, refuse
from collector.errors import Rejected
from collector.event import Event
from collector.ids import keyed_id
from collector.reading.fingerprint import fingerprint
from collector.reading.screen import OPEN, settle, uncounted
from collector.reading.values import NOTHING, identifier, plain
from collector.wire import Decoded, Judged, Shops, WireReply, WireRequest

ENDPOINT = "rees46.orders"
MOST_ORDERS = 5000
_AMOUNTS = {"total": "value", "delivery": "shipping"}
_IDS = {"loyalty_id": "loyalty_id", "loyalty_card": "loyalty_id", "telegram_id": "telegram_id"}
_TEXTS = {"promocode": "coupon", "payment_type": "payment_type", "location_id": "location_id"}
_EMPTY = Judged(outcome="ignored", codes=("envelope_empty",))


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """A verdict for every order, in their order; raises Rejected without the secret, or for too many."""
    try:
        merged, shop = read(request, shops, columns=False)
    except Rejected as refusal:
        refusal.keep_raw = False  # such bodies hold the secret
        raise
    if not any(may_use(secret, shop) for secret in merged.secrets):
        needed = "" if merged.secrets else "this path needs the shop's shop_secret"
        raise Rejected("auth_invalid", status=401, shop_id=shop.shop_id, detail=needed)
    orders = merged.values.get("orders")
    if isinstance(orders, list) and len(orders) > MOST_ORDERS:
        most = f"at most {MOST_ORDERS} orders a request"
        raise Rejected("batch_over_limit", status=413, shop_id=shop.shop_id, detail=most)
    notes = shop_notes(merged, shop)
    if "origin" in request.headers:
        notes += (("secret_exposed", 0),)
    setting = Setting(
        shop=shop, received_at=request.received_at, new_id=request.new_id, own=True, notes=notes
    )
    codes = uncounted(request, browser=False)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=ENDPOINT,
        judged=[settle(one, codes, OPEN) for one in _judge_all(setting, orders)],
        raw=raw_of(request, secret=True),
    )


def _judge_all(setting: Setting, orders: Any) -> Sequence[Judged]:
    if orders == []:
        return (_EMPTY,)
    if isinstance(orders, dict):
        return (_judge(setting, "/orders", 0, orders),)
    if not isinstance(orders, list):
        draft = Draft(setting=setting, surface="write", body={}, name="orders")
        return (_unusable(draft, Unusable("wrong_shape" if orders else "field_missing:orders")),)
    seen: set[str] = set()
    judged = []
    for index, order in enumerate(orders):
        one = _judge(setting, f"/orders/{index}", index, order)
        event_id = one.event.event_id if one.event else ""
        if event_id in seen:
            one = replace(one, outcome="duplicate", codes=("duplicate", *one.codes))
        elif event_id:
            seen.add(event_id)
        judged.append(one)
    return judged


def _judge(setting: Setting, pointer: str, seq: int, order: Any) -> Judged:
    draft = Draft(setting=setting, surface="write", body={}, name="order", pointer=pointer)
    for code, strict in setting.notes:
        draft.note(code, strict)
    draft.columns["seq"] = seq
    try:
        if not isinstance(order, dict):
            raise Unusable("wrong_shape")
        draft.body = dict(order)
        order_id, status = _need(draft, "id"), _need(draft, "status")
        if len(order_id) > LONGEST_ORDER_ID:
            raise Unusable("field_too_long:id")
        _read(draft)
    except Unusable as missing:
        return _unusable(draft, missing)
    if setting.shop.strict and draft.status:
        return _unusable(draft, Unusable(draft.offence, draft.status))
    key = keyed_id(setting.shop.shop_id, VENDOR, "orders", order_id, status, fingerprint(order))
    return _accepted(draft, key, order_id, status)


def _need(draft: Draft, name: str) -> str:
    found = identifier(draft.body.pop(name, None))
    if found is None or found in NOTHING:
        raise Unusable(f"field_missing:{name}")
    return found


def _unusable(draft: Draft, missing: Unusable) -> Judged:
    strict = draft.setting.shop.strict
    others = (code for code in draft.notes if code != missing.code)
    return Judged(
        outcome="rejected" if strict else "quarantined",
        codes=(missing.code, *others),
        status=missing.strict if strict else 0,
        pointer=draft.pointer,
        name=draft.name,
    )


def _read(draft: Draft) -> None:
    """Who, how much, what; the rest becomes properties under its own name."""
    body, columns = draft.body, draft.columns
    _who(draft)
    _value(draft)
    columns["items"] = take_items(draft, quantity=True)
    for name, column in _TEXTS.items():
        if name in body and (found := draft.take_text(name, strict=0)) is not None:
            columns[column] = found
    for name, value in body.items():
        if value is not None and value != "":
            draft.props[name] = plain(value)
    if "value" in columns or "shipping" in columns or any(item.price for item in columns["items"]):
        columns["currency"] = draft.setting.shop.currency
        draft.note("currency_defaulted")


def _who(draft: Draft) -> None:
    """The order's person, as far as told; a server has no session to tell."""
    body, columns = draft.body, draft.columns
    ids: dict[str, str] = {}
    if did := draft.take_id("did"):
        columns["device_id"] = did
    for name in ("external_id", "user_id"):
        if user_id := draft.take_id(name):
            columns.setdefault("user_id", user_id)
    for name, kept in _IDS.items():
        if found := draft.take_id(name):
            ids.setdefault(IDS_NAMES.get(kept, kept), found)
    if ids:
        columns["ids"] = ids
    if "email" in body:
        email(draft, "email", columns)
    if "phone" in body:
        phone(draft, columns)


def _value(draft: Draft) -> None:
    given = draft.body.pop("value", None)
    parts = given if isinstance(given, dict) else {"total": given}
    for name, value in parts.items():
        if name in _AMOUNTS:
            draft.body[f"value.{name}"] = value
            amount(draft, f"value.{name}", _AMOUNTS[name])
        elif value is not None and value != "":
            draft.props[f"order_{name}"] = plain(value)


def _accepted(draft: Draft, event_id: str, order_id: str, status: str) -> Judged:
    event = Event(
        event="order_status",
        event_id=event_id,
        ts=draft.setting.received_at,
        pointer=draft.pointer,
        vendor_event=draft.name,
        transaction_id=order_id,
        order_key=order_id,
        order_status=status,
        props=draft.props,
        notes=tuple(draft.notes),
        **draft.columns,
    )
    return Judged(event=event, codes=event.notes, name=draft.name, pointer=draft.pointer)


def answer(decoded: Decoded) -> WireReply:
    """Success where anything was taken; the first offence where a strict shop refused all of it."""
    first = decoded.judged[0]
    if all(one.outcome == "rejected" for one in decoded.judged):
        return refuse(first.codes[0], first.status, "")
    return SUCCESS
