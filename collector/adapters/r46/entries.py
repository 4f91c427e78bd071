"""One entry of a batch: a call as made, or a path and its fields (docs/wire/r46.md §5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.adapters.r46 import envelope
from collector.adapters.r46.calls import Wire, to_wire
from collector.adapters.r46.draft import Surface, Unusable
from collector.reading.values import identifier, text

PATHS: dict[str, tuple[Surface, str]] = {
    "/push": ("push", ""),
    "/push/custom": ("custom", ""),
    "/profile/set": ("profile", ""),
    "/push_attributes": ("profile", ""),
    "/popup/showed": ("popup", ""),
    "/segments/add": ("segments", "add"),
    "/segments/remove": ("segments", "remove"),
    **{
        f"/track/{verb}": ("track", verb)
        for verb in ("stories", "delivered", "opened", "received", "clicked", "closed")
    },
}
_ENTRY_NAMES = envelope.NAMES | {"eid", "t", "path", "by"}


def wire_of(entry: dict[str, Any]) -> Wire:
    """The wire body of a call, or of a path and its fields; raises Unusable where it is neither."""
    if "call" in entry:
        return to_wire(entry["call"])
    path = identifier(entry.get("path"))
    known = PATHS.get(path) if path else None
    if known is None:
        raise Unusable("path_unknown" if path else "field_missing:call")
    surface, verb = known
    taken = _ENTRY_NAMES | {"code"} if entry.get("by") is not None and surface != "track" else _ENTRY_NAMES
    body = {name: value for name, value in entry.items() if name not in taken and value is not None}
    body.pop("shop_id", None)
    if isinstance(body.get("notes"), list):
        del body["notes"]
    return Wire(surface, body, verb)


def name_of(entry: Mapping[str, Any]) -> str:
    """What the sender called it, for people."""
    call = entry.get("call")
    if isinstance(call, list):
        return " ".join(one for one in call[:2] if type(one) is str)[:100]
    return (text(entry.get("path")) or "")[:100]
