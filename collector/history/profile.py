"""What a device was told to be, as far as anyone may know it (docs/wire/r46.md §3.4, §5.1).

Whoever knows a did may ask: contacts, ids and the documented attributes of a person never
leave, except the gender.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from collector.history.statements import rows
from collector.history.visitor import visitor
from collector.store import Reader
from collector.wire import Shop, Told

PERSON = frozenset(
    [
        "first_name",
        "last_name",
        "middle_name",
        "gender",
        "birthday",
        "age",
        "location",
        "kids",
        "auto",
        "segment",
        "segment_add",
        "segment_remove",
    ]
)
CONTACTS = frozenset(
    [
        "id",
        "external_id",
        "user_id",
        "email",
        "user_email",
        "email_hash",
        "email_md5",
        "phone",
        "loyalty_id",
        "telegram_id",
        "fb_id",
        "vk_id",
        "yandex_id",
        "google_advertising_id",
        "apple_advertising_id",
        "push_token",
        "token",
        "did",
        "ssid",
        "sid",
        "seance",
    ]
)
_ADDRESS = re.compile(r"[^\s@]@[^\s@]")
_EMPTY: tuple[object, ...] = (None, "", [], {})


def profile(reader: Reader, shop: Shop, params: Mapping[str, str], now: datetime) -> Told:
    """Properties of all profile calls of the device, later ones first; empty ones are skipped."""
    del now
    who = {"shop": shop.shop_id, "did": params.get("did", "")}
    (met,) = rows(reader, "acquaintance", **who, visitor=visitor(reader, shop, who["did"]))
    calls = rows(reader, "profile", **who)
    props = merged(reversed(calls))
    gender = props.get("gender")
    return {
        "known": met["sessions"] > 0,
        "gender": gender if gender in ("m", "f") else None,
        "bought_something": met["orders"] > 0,
        "has_email": any(call["email"] is not None for call in calls),
        "custom_properties": {name: value for name, value in props.items() if _may_leave(name, value)},
    }


def merged(calls: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Properties of the calls in order. Another e-mail is another person: theirs begin anew (§3.4)."""
    props: dict[str, Any] = {}
    known_as: str | None = None
    for call in calls:
        email = call["email"]
        if email is not None:
            if known_as not in (None, email):
                props = {}
            known_as = email
        told = msgspec.json.decode(call["props"] or b"{}")
        props.update({name: value for name, value in told.items() if value not in _EMPTY})
    return props


def _may_leave(name: str, value: object) -> bool:
    """A property of the shop's own making that holds no e-mail address anywhere."""
    key = name.lower()
    if key in PERSON or key in CONTACTS or key.startswith("loyalty_"):
        return False
    return _ADDRESS.search(msgspec.json.encode({name: value}).decode()) is None
