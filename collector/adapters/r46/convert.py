"""From one wire body to one canonical event: the same converter for every way in.

Order: identity, page, attribution, what the event itself means, time, the rest as
properties, currency, id. Rows V… are those of docs/wire/r46.md §6.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from collector.adapters.r46.attribution import attribute
from collector.adapters.r46.custom import RESERVED_KEYS, custom
from collector.adapters.r46.draft import Draft, Unusable
from collector.adapters.r46.events import (
    BLOCKS,
    OWN,
    RESERVED,
    STANDARD,
    Reader,
    message,
    popup,
    story,
)
from collector.adapters.r46.identity import forget, identify
from collector.adapters.r46.profile import profile, segment
from collector.adapters.r46.purchase import key_parts
from collector.event import Event
from collector.ids import keyed_id
from collector.reading.values import decimal, identifier, plain
from collector.wire import Judged, Outcome

VENDOR = "rees46"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)


def convert(draft: Draft) -> Judged:
    """The verdict on one event; nothing in the body can make this raise."""
    setting = draft.setting
    for code, status in setting.notes:
        draft.note(code, status)
    try:
        kind = _read(draft)
    except Unusable as missing:
        if missing.strict and not draft.status:
            draft.status, draft.offence = missing.strict, missing.code
        codes = (missing.code, *(code for code in draft.notes if code != missing.code))
        if setting.shop.strict:
            return _refused(draft, codes)
        return _judged(draft, "quarantined", codes)
    if setting.shop.strict and draft.status:
        others = (code for code in draft.notes if code != draft.offence)
        return _refused(draft, (draft.offence, *others))
    event = _finish(draft, kind)
    return Judged(event=event, codes=event.notes, eid=draft.eid, name=draft.name, pointer=draft.pointer)


def _judged(draft: Draft, outcome: Outcome, codes: tuple[str, ...], status: int = 0) -> Judged:
    return Judged(
        outcome=outcome,
        codes=codes,
        status=status,
        eid=draft.eid,
        name=draft.name,
        pointer=draft.pointer,
    )


def _refused(draft: Draft, codes: tuple[str, ...]) -> Judged:
    return _judged(draft, "rejected", codes, draft.status or 422)


def _read(draft: Draft) -> str:
    body = draft.body
    draft.name = _name(draft)
    identify(draft)
    if "referer" in body:
        _page(draft)
    if draft.surface not in ("profile", "segments", "write"):
        attribute(draft)
    reader = _reader(draft)
    kind = reader(draft)
    if "time" in draft.body:
        _time(draft, kind)
    if draft.body:
        _rest(draft)
    _currency(draft)
    return kind


def _name(draft: Draft) -> str:
    """The event's name: the wire's, or the surface's where its path is the name."""
    surface = draft.surface
    if surface == "profile":
        return "profile_set"
    if surface == "segments":
        return f"segment_{draft.verb}"
    if surface == "popup":
        return "popup_showed"
    if surface == "track" and draft.verb != "stories":
        return f"message_{draft.verb}"
    if surface == "init":
        return "init"
    return identifier(draft.body.pop("event", None)) or ""


def _reader(draft: Draft) -> Reader:
    """What this event is (V19, V20, V22); raises Unusable for one without a name."""
    surface, name = draft.surface, draft.name
    fixed = _SURFACES.get(surface)
    if fixed is not None:
        return fixed
    if surface == "track":
        return story if draft.verb == "stories" else message
    if not name:
        raise Unusable("field_missing:event")
    if name in BLOCKS:
        return BLOCKS[name] if "recommended_by" in draft.columns else custom
    if draft.setting.own and name in OWN:
        return OWN[name]
    if surface == "custom":
        if name in RESERVED:
            draft.note("custom_reserved_name", strict=422)
        return custom
    standard = STANDARD.get(name)
    if standard is not None:
        return standard
    if surface == "push":
        draft.note("event_unknown", strict=422)
    return custom


def _profile(draft: Draft) -> str:
    profile(draft)
    return "identify"


def _segment(draft: Draft) -> str:
    segment(draft)
    return "identify"


def _session_start(draft: Draft) -> str:
    return "session_start"


_SURFACES: dict[str, Reader] = {
    "profile": _profile,
    "segments": _segment,
    "popup": popup,
    "init": _session_start,
}


def _page(draft: Draft) -> None:
    """`referer` is the page of the event; the document's referrer is another thing."""
    url = draft.take_text("referer")
    if url is not None:
        draft.columns["page_url"] = url.partition("?")[0] if draft.anonymous else url


def _time(draft: Draft, kind: str) -> None:
    """Epoch seconds on custom events; kept as a property on others (V56)."""
    value = draft.body.pop("time")
    if value is None or value == "":
        return
    if kind != "custom":
        draft.props["time"] = plain(value)
        draft.note("time_ignored")
        return
    seconds = decimal(value)
    received = draft.setting.received_at
    if seconds is None:
        draft.note("ts_invalid")
    elif not 0 <= seconds < 10**11:
        draft.note("ts_out_of_range")
    else:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000))
        if EARLIEST <= moment <= received + AHEAD:
            draft.ts = moment
        else:
            draft.note("ts_out_of_range")


def _rest(draft: Draft) -> None:
    """What no step has taken is a property, under its own name; reserved names never are."""
    body, props = draft.body, draft.props
    if draft.surface != "write":
        for name in RESERVED_KEYS & body.keys():
            del body[name]
    for name, value in body.items():
        if value is not None and value != "":
            props[name] = plain(value)


def _currency(draft: Draft) -> None:
    """Every amount has a currency, and this protocol carries none (D4)."""
    columns = draft.columns
    if "value" not in columns and "shipping" not in columns:
        for item in columns.get("items", ()):
            if item.price is not None:
                break
        else:
            return
    columns["currency"] = draft.setting.shop.currency
    draft.note("currency_defaulted")


def _finish(draft: Draft, kind: Any) -> Event:
    if draft.anonymous:
        forget(draft)
    columns = draft.columns
    sent = draft.ts
    return Event(
        event=kind,
        event_id=_event_id(draft, kind),
        ts=sent or draft.setting.received_at,
        ts_source="client" if sent else "server",
        pointer=draft.pointer,
        vendor_event=draft.name,
        props=draft.props,
        notes=tuple(draft.notes),
        **columns,
    )


def _event_id(draft: Draft, kind: str) -> str:
    """The key of an order or of the sender's own id; else fresh, never deduplicated."""
    shop_id = draft.setting.shop.shop_id
    columns = draft.columns
    if kind == "purchase":
        if "order_id_generated" in draft.notes and not _is_somebody(columns):
            return draft.setting.new_id()
        return keyed_id(shop_id, VENDOR, *key_parts(columns))
    if draft.key:
        return keyed_id(shop_id, VENDOR, *draft.key)
    return draft.setting.new_id()


def _is_somebody(columns: dict[str, Any]) -> bool:
    return any(name in columns for name in ("device_id", "email", "phone", "user_id"))
