"""One event of a project to canonical columns (docs/wire/exponea.md, "Events")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from collector.adapters.exponea import limits
from collector.adapters.exponea.identity import read_ids
from collector.adapters.exponea.incoming import Incoming
from collector.adapters.exponea.names import Kind, first, kind_of, properties_of
from collector.adapters.exponea.products import Reading, read_items
from collector.reading.draft import Draft, Unusable
from collector.reading.moments import epoch
from collector.reading.values import plain, text
from collector.reasons import coded
from collector.wire import Judged

_IDS = ("item_list_id", "category_id", "transaction_id")
_TEXTS = ("category_path", "order_status", "coupon", "payment_type", "search_term", "referrer")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|/")
_CURRENCY = re.compile(r"[A-Za-z]{3}")


def customer_ids_of(data: Mapping[str, Any]) -> Any:
    """The ids under either of their names."""
    ids = data.get("customer_ids")
    return data.get("ids") if ids is None else ids


def judge_event(coming: Incoming, data: Mapping[str, Any], pointer: str, seq: int) -> Judged:
    """The verdict on one event."""
    named = data.get("event_type")
    event_type = text(data.get("type") if named is None else named) or ""
    draft = coming.draft(event_type, pointer, seq)
    properties = take_properties(draft, data.get("properties"))
    limits.measure(draft, data, properties, len(coming.request.body))
    customer_ids = customer_ids_of(data)
    read_ids(draft, customer_ids)
    if not event_type.strip():
        return draft.set_aside(Unusable("field_missing:event_type"))
    timestamp = data.get("timestamp")
    take_time(draft, timestamp)
    content = {"customer_ids": customer_ids, "event_type": event_type, "properties": data.get("properties")}
    draft.key = coming.key("event", timestamp, content)
    kind = kind_of(event_type, draft.setting.shop)
    _fill(draft, kind, properties)
    if kind.event == "custom":
        draft.columns["custom_name"] = event_type
    return draft.finish(kind.event)


def take_properties(draft: Draft, given: Any) -> dict[str, Any]:
    """The properties, all of them also kept as they came; what is no object is their `value`."""
    if isinstance(given, dict):
        draft.props.update(plain(given))
        return given
    if given is not None and given != []:
        draft.props["value"] = plain(given)
        draft.note("field_type:properties", strict=True)
    return {}


def take_time(draft: Draft, timestamp: Any) -> None:
    """Epoch seconds of any notation, or ISO text; unreadable ones are an offence."""
    moment = epoch(timestamp, draft.setting.received_at, text=True)
    draft.ts = moment.ts
    if moment.note:
        draft.note(moment.note, strict=moment.note == "ts_invalid")


def take_contact(draft: Draft, properties: Mapping[str, Any]) -> None:
    """E-mail and phone of the properties, which are newer than those of the ids."""
    names = properties_of(draft.setting.shop)
    for put, column in ((draft.email, "email"), (draft.phone, "phone")):
        given = first(properties, names[column])
        if given.name:
            put(given.value, given.name)


def _fill(draft: Draft, kind: Kind, properties: dict[str, Any]) -> None:
    names = properties_of(draft.setting.shop)
    take_contact(draft, properties)
    items = read_items(Reading(draft, kind, names), properties)
    if items:
        draft.columns["items"] = items
    for column in (*_IDS, *_TEXTS):
        given = first(properties, names[column])
        if given.name:
            put = draft.id if column in _IDS else draft.text
            put(column, given.value, given.name)
    _money(draft, kind, properties)
    _address(draft, properties)
    _of_kind(draft, kind, is_told=items is not None)


def _money(draft: Draft, kind: Kind, properties: Mapping[str, Any]) -> None:
    """The order's value, which a line does not know, and the currency."""
    names = properties_of(draft.setting.shop)
    value = first(properties, names["value"])
    if value.name and not kind.is_line:
        draft.amount("value", value.value, value.name)
    currency = first(properties, names["currency"])
    if currency.name:
        written = text(currency.value) or ""
        if _CURRENCY.fullmatch(written.strip()):
            draft.columns["currency"] = written.strip().upper()
        else:
            draft.note(coded("field_format", currency.name))


def _address(draft: Draft, properties: Mapping[str, Any]) -> None:
    """The first property that is an address: a `location` may also be a town."""
    for name in properties_of(draft.setting.shop)["page_url"]:
        address = properties.get(name)
        if type(address) is str and _ADDRESS.match(address):
            draft.columns["page_url"] = address
            return


def _of_kind(draft: Draft, kind: Kind, *, is_told: bool) -> None:
    """What the event type says beside its properties, and what it lacks.

    A cart that names no products is no snapshot of it: only an empty list is an empty cart.
    """
    columns = draft.columns
    if kind.list_type:
        columns["item_list_type"] = kind.list_type
    if kind.is_tool:
        columns["recommended_by"] = "recommendation"
        if "item_list_id" in columns:
            columns["recommended_code"] = columns["item_list_id"]
    if kind.is_line:
        columns["is_line"] = True
    if "transaction_id" in columns:
        columns["order_key"] = columns["transaction_id"]
    if kind.event == "cart_update":
        if is_told:
            columns["is_full"] = True
        else:
            draft.note("field_missing:items")
    for column in kind.needs:
        if column not in columns:
            draft.note(f"field_missing:{column}")
