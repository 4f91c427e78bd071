"""Who did it (docs/wire/yespo.md §3, locators and keyValue)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from collector.reading.draft import Draft
from collector.reading.values import identifier, plain
from collector.reasons import coded

LONGEST_KEY = 300
_PHONE = re.compile(r"\+?[0-9]+", re.ASCII)
_DIGITS = range(10, 16)

Write = Callable[[Draft, Any, str], None]


def email(draft: Draft, value: Any, name: str) -> None:
    """An address; what is none is a property."""
    if _is_scalar(draft, value, name):
        draft.email(value, name)


def phone(draft: Draft, value: Any, name: str) -> None:
    """A number; what is none is a property."""
    if _is_scalar(draft, value, name):
        draft.phone(value, name)


def user(draft: Draft, value: Any, name: str) -> None:
    """The shop's own id of a customer."""
    draft.id("user_id", value, name)


def device(draft: Draft, value: Any, name: str) -> None:
    """The id the tracker gave a browser."""
    draft.id("device_id", value, name)


def other(draft: Draft, value: Any, name: str) -> None:
    """Any further id, under its own name."""
    found = identifier(value)
    if found is not None:
        draft.ids[name] = found
    elif value is not None and value != "":
        draft.props[name] = plain(value)
        draft.note(coded("field_type", name))


LOCATORS: Mapping[str, Write] = {
    "email": email,
    "phone": phone,
    "externalCustomerId": user,
    "contactId": other,
    "pushToken": other,
}
GENERAL: Mapping[str, Write] = {
    "externalCustomerId": user,
    "user_email": email,
    "user_phone": phone,
    "user_es_contact_id": other,
}
"""Ids in the tracker's GeneralInfo."""


def identify(draft: Draft, values: dict[str, Any], ids: Mapping[str, Write] = LOCATORS) -> None:
    """Ids are taken out of the values; the rest stays."""
    for name, write in ids.items():
        if name in values:
            write(draft, values.pop(name), name)


def take_key_value(draft: Draft, value: Any) -> None:
    """The contact named beside the parameters: an address, a number, or an id of its own."""
    found = identifier(value)
    if found is None:
        if value is not None and value != "":
            draft.props["keyValue"] = plain(value)
            draft.note("field_type:keyValue", strict=True)
        return
    if len(found) > LONGEST_KEY:
        draft.note("field_too_long:keyValue", strict=True)
    known = draft.columns
    if found in (known.get("user_id"), known.get("phone"), *draft.ids.values()):
        return
    if "@" in found:
        _or_id(draft, "email", found.lower(), found)
    elif _PHONE.fullmatch(found) and len(found) in _DIGITS:
        _or_id(draft, "phone", found, found)
    else:
        draft.ids["keyValue"] = found


def _or_id(draft: Draft, column: str, value: str, sent: str) -> None:
    """Into the column where it is free; nothing new where it is the same; else an id."""
    held = draft.columns.get(column)
    if held is None:
        draft.columns[column] = value
    elif held.lstrip("+") != value.lstrip("+"):
        draft.ids["keyValue"] = sent


def _is_scalar(draft: Draft, value: Any, name: str) -> bool:
    if value is None or identifier(value) is not None or value == "":
        return True
    draft.props[name] = plain(value)
    draft.note(coded("field_type", name))
    return False
