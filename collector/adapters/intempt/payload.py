"""One event of an entry to canonical columns: who, when, and what its name means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from collector.adapters.intempt.entry import Entry, product_of
from collector.adapters.intempt.names import kind_named
from collector.adapters.intempt.reader import Fields
from collector.reading.draft import Draft, Unusable
from collector.reading.moments import EPOCH, epoch
from collector.reading.values import decimal, plain
from collector.reasons import coded
from collector.wire import Judged

EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
LATEST = datetime(2040, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""Times of an event that count: of the years 2010 to 2040."""

_END = datetime.max.replace(tzinfo=UTC)
_IDS = {
    "userId": "user_id",
    "profileId": "device_id",
    "accountId": "account_id",
    "sessionId": "session_id",
    "pageId": "page_view_id",
}
_OTHERS = {"anotherUserId": "user_id", "anotherAccountId": "account_id"}
_WHO = ("user_id", "device_id", "account_id")
_ATTRIBUTES = {"userAttributes": "user_attributes", "accountAttributes": "account_attributes"}
_KNOWN = frozenset({*_IDS, *_OTHERS, *_ATTRIBUTES, "eventId", "timestamp", "data"})


def judge(draft: Draft, entry: Entry, index: int, payload: Any) -> Judged:
    """The verdict on one event."""
    if not isinstance(payload, dict):
        return draft.set_aside(Unusable("wrong_shape"))
    data = _object(draft, payload, "data")
    draft.props.update(_said({name: one for name, one in payload.items() if name not in _KNOWN}))
    draft.props.update(_said(data))
    read_time(draft, payload.get("timestamp"), a_second=1000, text=True)
    read_ids(draft, payload)
    _attributes(draft, payload)
    if not _is_about_somebody(draft, payload):
        draft.note("identity_missing", strict=True)
    draft.key = entry.key(payload, index)
    if not draft.key:
        draft.note("field_missing:eventId")
    kind = kind_named(entry.name)
    try:
        kind.read(Fields(draft=draft, payload=payload, data=data, entry=entry))
    except Unusable as missing:
        is_offence = draft.setting.strict and draft.offence
        return draft.finish("custom") if is_offence else draft.set_aside(missing)
    return draft.finish(kind.event)


def read_time(draft: Draft, value: Any, *, a_second: int, text: bool = False) -> None:
    """Epoch seconds or, with `a_second=1000`, milliseconds; too early is what strict mode refuses."""
    received_at = draft.setting.received_at
    moment = epoch(value, received_at, a_second=a_second, earliest=EARLIEST, latest=LATEST, text=text)
    draft.ts = moment.ts
    if moment.note:
        is_early = moment.note == "ts_out_of_range" and _is_early(value, received_at, a_second)
        draft.note(moment.note, strict=is_early)


def _is_early(value: Any, received_at: datetime, a_second: int) -> bool:
    number = decimal(value)
    if number is not None:
        return number < int((EARLIEST - EPOCH).total_seconds()) * a_second
    return epoch(value, received_at, earliest=EARLIEST, latest=_END, text=True).ts is None


def read_ids(draft: Draft, payload: Mapping[str, Any]) -> None:
    """Ids into their columns, others of the same person into `alias`. None is copied from another."""
    for name, column in _IDS.items():
        draft.id(column, payload.get(name), name)
    alias = []
    for name, kind in _OTHERS.items():
        found = draft.id("alias", payload.get(name), name)
        if found is not None:
            alias.append({"type": kind, "value": found})
    draft.columns.pop("alias", None)
    if alias:
        draft.columns["alias"] = tuple(alias)


def _is_about_somebody(draft: Draft, payload: Mapping[str, Any]) -> bool:
    """A user, a profile, an account, or a product beside the data; another account names nobody."""
    columns = draft.columns
    named = any(column in columns for column in _WHO)
    also = any(one["type"] == "user_id" for one in columns.get("alias", ()))
    return named or also or product_of({"productId": payload.get("productId")}) is not None


def _attributes(draft: Draft, payload: Mapping[str, Any]) -> None:
    """Attributes of the user and the account, kept whole; the user's may tell how to reach them."""
    for name, prop in _ATTRIBUTES.items():
        given = _object(draft, payload, name)
        if given:
            draft.props[prop] = plain(given)
        if name == "userAttributes":
            draft.email(given.get("email"))
            draft.phone(given.get("phone"))


def _object(draft: Draft, payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object of that name; another form is a property and noted, null is absent."""
    value = payload.get(name)
    if isinstance(value, dict):
        return value
    if value is not None and value != "" and value != []:
        draft.props[_ATTRIBUTES.get(name, name)] = plain(value)
        draft.note(coded("field_type", name))
    return {}


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Properties under their own names; null is absent."""
    return {name: plain(value) for name, value in values.items() if value is not None}
