"""Events of the shop's own (docs/wire/r46.md §3.3, V21, V55)."""

from __future__ import annotations

from typing import Any

from collector.adapters.r46.draft import Draft, Unusable
from collector.adapters.r46.identity import PERSONAL
from collector.reading import document
from collector.reading.values import plain, text

RESERVED_KEYS = frozenset(
    [
        "shop_id",
        "shop_secret",
        "did",
        "ssid",
        "seance",
        "sid",
        "segment",
        "stream",
        "event",
        "time",
        "source",
        "from",
        "code",
        "referer",
        "recommended_by",
        "recommended_code",
    ]
)
"""Never properties, whoever sends them."""


def custom(draft: Draft) -> str:
    """Any other name: known fields and the payload are properties (§3.3, V21, V55)."""
    name = draft.name
    listed = draft.setting.shop.custom_names
    if listed and name not in listed and draft.surface in ("push", "custom"):
        raise Unusable("custom_not_listed")
    body = draft.body
    value = body.get("value")
    if value is not None and type(value) is not int and not _is_integer(value) and draft.surface != "write":
        draft.note("field_format:value", strict=422)
    payload = body.pop("payload", None)
    if payload is not None:
        _payload(draft, payload)
    draft.columns["custom_name"] = name
    return "custom"


def _is_integer(value: Any) -> bool:
    written = text(value) if not isinstance(value, bool) else None
    return written is not None and written.lstrip("-").isascii() and written.lstrip("-").isdigit()


def _payload(draft: Draft, payload: Any) -> None:
    """The payload's keys become properties unless the event has them itself."""
    if type(payload) is str and payload.lstrip().startswith("{"):
        try:
            payload = document.parse_text(payload)
        except document.Malformed:
            draft.note("json_invalid:payload")
    if not isinstance(payload, dict):
        draft.props["payload"] = plain(payload)
        return
    for name, value in payload.items():
        if value is None or name in draft.body or name in RESERVED_KEYS:
            continue
        if draft.anonymous and name in PERSONAL:
            continue
        if isinstance(value, dict | list):
            draft.note("payload_nested")
        draft.props[name] = plain(value)
