"""Calls of the browser API, as made, to wire bodies (docs/wire/r46.md §2.4, §3.1, §5.5).

One converter follows for both, so a call and its wire form become the same event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from collector.adapters.r46.attribution import NAMES
from collector.adapters.r46.draft import Surface, Unusable
from collector.adapters.r46.unserved import KEYS, keyless
from collector.reading.values import identifier

SUBSCRIPTIONS = ("subscription", "email_subscription", "webpush_subscription")
TRIGGERS = ("subscribe_trigger", "unsubscribe_trigger")
READS = frozenset({"check", "check_trigger", "get", "status", "info", "categories", "channels"})
UNSERVED = "unserved"
"""The verb of a write that promises something nobody here will do."""
PUSH_TOKEN = "push_token"  # noqa: S105  a field's name
PURCHASE = {"products": "items", "order": "order_id", "search_segment": "segment_ab"}
_ABOVE_ITEMS = NAMES - {"from", "code"}


class Wire(NamedTuple):
    """A wire body and the surface it would have come by."""

    surface: Surface
    body: dict[str, Any]
    verb: str = ""


def keys_in(body: bytes, entries: list[Any]) -> frozenset[str]:
    """Names whose values nobody may read in a batch's raw request: what a push service hands out.

    `entries` are those of the batch that may hold any.
    """
    if not entries or (
        b"subscription" not in body and PUSH_TOKEN.encode() not in body and b"\\u00" not in body
    ):
        return frozenset()
    calls = [one.get("call") for one in entries if isinstance(one, dict)]
    keyed = any(isinstance(call, list) and call[:1] and call[0] in SUBSCRIPTIONS for call in calls)
    return KEYS if keyed else frozenset({PUSH_TOKEN})


def to_wire(call: Any) -> Wire:
    """The wire form of `[command, …arguments]`; raises Unusable for what records nothing."""
    if not isinstance(call, list) or not call or type(call[0]) is not str:
        raise Unusable("call_unknown")
    command, arguments = call[0], call[1:]
    if command == "track":
        return _track(arguments)
    action = identifier(arguments[0]) if arguments else None
    data = _object(arguments[1]) if len(arguments) > 1 else {}
    if command == "profile" and action == "set":
        return Wire("profile", data)
    if command == "segment" and action in ("add", "remove"):
        return Wire("segments", data, action)
    return _write(command, action, data)


def _write(command: str, action: str | None, data: dict[str, Any]) -> Wire:
    """Commands nobody serves here, kept as custom events with their parameters."""
    if action is not None and action not in READS:
        named = {**data, "event": f"{command}_{action}"}
        if command in SUBSCRIPTIONS:
            return Wire("write", {**keyless(data), "event": named["event"]}, UNSERVED)
        if (command, action) == ("loyalty", "join"):
            return Wire("write", named, UNSERVED)
        if (command, action) == ("nps", "review"):
            return Wire("write", named)
        if command in TRIGGERS:
            return Wire("write", {**data, "event": command, "trigger": action}, UNSERVED)
        if command == "recommend":
            return Wire("write", {"event": "tool_request", "code": action})
    raise Unusable("call_unknown")


def _track(arguments: list[Any]) -> Wire:
    event = identifier(arguments[0]) if arguments else None
    if event is None:
        raise Unusable("field_missing:event")
    data = arguments[1] if len(arguments) > 1 else None
    form = _FORMS.get(event)
    if form is None:
        return Wire("custom", _loose(event, data))
    body = form(data)
    body["event"] = event
    return Wire("push", body)


def _loose(event: str, data: Any) -> dict[str, Any]:
    """A custom event: its data, or a scalar as its value."""
    if isinstance(data, dict):
        return {**data, "event": event}
    return {"event": event} if data is None else {"event": event, "value": data}


def _object(data: Any) -> dict[str, Any]:
    return dict(data) if isinstance(data, dict) else {}


def _one(data: Any) -> dict[str, Any]:
    """A scalar or an object is one item; what names a tool belongs to the event."""
    if not isinstance(data, dict):
        return {"items": data if isinstance(data, list) else [data]}
    if isinstance(data.get("items"), list):
        return dict(data)
    above = {name: data[name] for name in _ABOVE_ITEMS & data.keys()}
    return {"items": [{name: value for name, value in data.items() if name not in above}], **above}


def _list_of(full: str) -> Callable[[Any], dict[str, Any]]:
    def form(data: Any) -> dict[str, Any]:
        if isinstance(data, list):
            return {"items": data, full: True}
        return _one(data)

    return form


def _category(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        return {"category_id": data}
    body = dict(data)
    if "id" in body:
        body.setdefault("category_id", body.pop("id"))
    return body


def _search(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        return {"search_query": data}
    body = dict(data)
    if "query" in body:
        body.setdefault("search_query", body.pop("query"))
    return body


def _purchase(data: Any) -> dict[str, Any]:
    body = _object(data)
    for name, wire in PURCHASE.items():
        if name in body:
            value = body.pop(name)
            body.setdefault(wire, value)
    return body


def _recone(data: Any) -> dict[str, Any]:
    body = _object(data)
    if "id" in body:
        body.setdefault("campaign", body.pop("id"))
    return body


_FORMS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "view": _one,
    "category": _category,
    "search": _search,
    "cart": _list_of("full_cart"),
    "remove_from_cart": _one,
    "wish": _list_of("full_wish"),
    "remove_wish": _one,
    "purchase": _purchase,
    "banner_view": _object,
    "banner_click": _object,
    "recone_view": _recone,
    "recone_click": _recone,
    "block_view": _object,
    "block_click": _object,
    "page_view": _object,
    "session_start": _object,
}
