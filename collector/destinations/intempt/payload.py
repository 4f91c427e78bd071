"""What every event of the vendor has: ids, time, attributes (docs/wire/intempt.md §7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from collector.destinations.contract import Options
from collector.event import DecimalText, Event

EARLIEST: Final = 2010
LATEST: Final = 2040
"""Years, both included: an earlier time is refused and a later one replaced."""

ATTRIBUTES: Final[Mapping[str, str]] = {
    "user_attributes": "userAttributes",
    "account_attributes": "accountAttributes",
}
_ALIAS: Final[Mapping[str, str]] = {"user_id": "anotherUserId", "account_id": "anotherAccountId"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CONTACT: Final = ("email", "phone")

Fields = dict[str, Any]


class Unsayable(Exception):
    """The vendor has no words for the event. `code`: why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def number(text: DecimalText) -> msgspec.Raw:
    """An exact JSON number."""
    return msgspec.Raw(text.encode())


def ids_and_time(event: Event, options: Options) -> Fields:
    """Who and when, ids always as texts; raises Unsayable without any id or with a time beyond the range."""
    users = {"email": event.email}.get(options["user_id_from"], event.user_id)
    ids = {
        "userId": users,
        "profileId": event.device_id,
        "accountId": event.account_id,
        "sessionId": event.session_id,
        "pageId": event.page_view_id,
        **_aliases(event),
    }
    if not any(ids[name] for name in ("userId", "profileId", "accountId")):
        raise Unsayable("u_identity_missing")
    if not EARLIEST <= event.ts.astimezone(UTC).year <= LATEST:
        raise Unsayable("u_ts_out_of_range")
    told = {name: value for name, value in ids.items() if value}
    return {"timestamp": (event.ts - _EPOCH) // timedelta(milliseconds=1), **told}


def line_id(event: Event, place: int) -> str:
    """The id of one of an event's lines: distinct for each, the same whenever it is told."""
    return str(uuid5(UUID(event.event_id), str(place + 1)))


def attributes(event: Event) -> Fields:
    """What is known of user and account, the address and number of the visitor among it."""
    told: Fields = {}
    for prop, name in ATTRIBUTES.items():
        given = event.props.get(prop)
        if isinstance(given, dict) and given:
            told[name] = dict(given)
    contact = {name: getattr(event, name) for name in _CONTACT if getattr(event, name)}
    if contact:
        told["userAttributes"] = {**told.get("userAttributes", {}), **contact}
    return told


def own_props(event: Event) -> Fields:
    """The event's properties but for the attributes, null ones left out."""
    return {
        name: value
        for name, value in event.props.items()
        if value is not None and not (name in ATTRIBUTES and isinstance(value, dict))
    }


def unplaced_ids(event: Event, options: Options) -> set[str]:
    """The loss of ids that the vendor has no place for."""
    told = _aliases(event)
    placed = {(kind, told[name]) for kind, name in _ALIAS.items() if name in told}
    others = any((one.get("type"), one.get("value")) not in placed for one in event.alias)
    hidden = options["user_id_from"] == "email" and event.user_id
    return {"loss_identity"} if others or hidden or event.ids else set()


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same, numbers however they are written."""
    left, right = _plain(one), _plain(other)
    if left == right:
        return True
    try:
        return Decimal(left) == Decimal(right)
    except InvalidOperation:
        return False


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _aliases(event: Event) -> dict[str, str]:
    """The first other id of each sort; more of them have no place."""
    told: dict[str, str] = {}
    for one in event.alias:
        name = _ALIAS.get(one.get("type", ""))
        if name and one.get("value"):
            told.setdefault(name, one["value"])
    return told
