"""Static segments of a device or a contact (docs/wire/r46.md §3.5, §5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from collector.history.statements import rows
from collector.store import Reader
from collector.wire import Shop, Told

_NOT_DIGIT = re.compile(r"[^0-9]", re.ASCII)


def segments(reader: Reader, shop: Shop, params: Mapping[str, str], now: datetime) -> Told:
    """Those of the e-mail or phone where one is given, else those of the device."""
    del now
    email, phone = params.get("email", "").strip().lower() or None, _phone(params.get("phone", ""))
    did = None if email or phone else params.get("did") or None
    found = rows(reader, "segments", shop=shop.shop_id, did=did, email=email, phone=phone)
    members = current(msgspec.json.decode(row["props"]) for row in found)
    return {"segments": [{"id": segment, "type": "static"} for segment in members]}


def _phone(written: str) -> str | None:
    """As events have it: digits, and a leading `+`."""
    digits = _NOT_DIGIT.sub("", written)
    return ("+" + digits if written.strip().startswith("+") else digits) or None


def current(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Added and not removed since, in the order in which they were added."""
    members: dict[str, None] = {}
    for props in calls:
        if "segment_add" in props:
            members.setdefault(str(props["segment_add"]))
        if "segment_remove" in props:
            members.pop(str(props["segment_remove"]), None)
    return list(members)
