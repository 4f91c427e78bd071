"""Who did it: device, session, person and arm (docs/wire/r46.md §4, V9–V18, V57)."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from collector.adapters.r46.draft import Draft
from collector.reading.values import text

LONGEST_DID = 255
_DID = re.compile(r"[A-Za-z0-9]{10}", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_STREAM = re.compile(r"[A-Za-z0-9_]{1,16}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOT_DIGIT = re.compile(r"[^0-9]", re.ASCII)

PERSONAL = frozenset(
    [
        "did",
        "ssid",
        "sid",
        "seance",
        "external_id",
        "user_id",
        "email",
        "user_email",
        "phone",
        "loyalty_id",
        "telegram_id",
        "email_hash",
        "segment",
        "fb_id",
        "vk_id",
        "yandex_id",
        "google_advertising_id",
        "apple_advertising_id",
        "ios_advertising_id",
        "android_advertising_id",
        "push_token",
        "delivery_address",
        "custom",
    ]
)
"""What an anonymous row may not keep, by wire name."""

EVENT_IDS = ("loyalty_id", "telegram_id", "email_hash")
PROFILE_IDS = (
    *EVENT_IDS,
    "fb_id",
    "vk_id",
    "yandex_id",
    "google_advertising_id",
    "apple_advertising_id",
    "push_token",
)
IDS_NAMES = {"email_hash": "email_md5"}


_JSON_OF_THEM = re.compile(r'\s*[\[{].*"(?:' + "|".join(sorted(PERSONAL)) + r')\\*"', re.DOTALL)
_WHO = frozenset({"device_id", "user_id", "email", "phone"})


def identify(draft: Draft) -> None:
    """Write the identity columns; an anonymous draft gets none and keeps nothing to make them of."""
    body = draft.body
    if draft.anonymous:
        for name in PERSONAL & body.keys():
            del body[name]
        stream(draft)
        return
    columns = draft.columns
    ids: dict[str, str] = {}
    _device(draft, columns, ids)
    _person(draft, columns, ids)
    if ids:
        columns["ids"] = ids
    known = bool(ids or columns.keys() & _WHO)
    if not known:
        draft.note("identity_missing", strict=401)
    _session(draft, columns, derived=known)
    _segment(draft, columns)
    stream(draft)


def _without(value: Any) -> Any:
    """The value without what an anonymous row may not keep, however deep, also in JSON text."""
    kind = type(value)
    if kind is dict:
        return {
            name: _without(inner)
            for name, inner in value.items()
            if name.lower() not in PERSONAL and not _is_json_of_them(inner)
        }
    if kind is list:
        return [_without(inner) for inner in value if not _is_json_of_them(inner)]
    return value


def _is_json_of_them(value: Any) -> bool:
    return type(value) is str and _JSON_OF_THEM.match(value) is not None


def forget(draft: Draft) -> None:
    """Take whatever names anybody out of the properties of an anonymous row."""
    draft.props = _without(draft.props)
    items = draft.columns.get("items")
    if items:
        draft.columns["items"] = tuple(replace(one, props=_without(one.props)) for one in items)


def _device(draft: Draft, columns: dict[str, Any], ids: dict[str, str]) -> None:
    body = draft.body
    did = draft.take_id("did") if "did" in body else None
    if did is not None and not _DID.fullmatch(did):
        did = _odd_did(draft, did)
    ssid = draft.take_id("ssid") if "ssid" in body else None
    if did is not None:
        columns["device_id"] = did
        if ssid is not None:
            ids["ssid"] = ssid
    elif ssid is not None:
        columns["device_id"] = ssid


def _odd_did(draft: Draft, did: str) -> str | None:
    """A did that is no did of ours: an external one is kept, an impossible one is not (V10)."""
    if _UUID.fullmatch(did):
        return did
    impossible = len(did) > LONGEST_DID or _CONTROL.search(did)
    if impossible or not draft.setting.shop.external_did:
        draft.note("field_format:did", strict=422)
    return None if impossible else did


def _person(draft: Draft, columns: dict[str, Any], ids: dict[str, str]) -> None:
    body = draft.body
    profile = draft.surface == "profile"
    for name in ("external_id", "user_id", "id") if profile else ("external_id", "user_id"):
        if name in body and (user_id := draft.take_id(name)):
            columns.setdefault("user_id", user_id)
    for name in PROFILE_IDS if profile else EVENT_IDS:
        if name in body and (found := draft.take_id(name)):
            ids[IDS_NAMES.get(name, name)] = found
    for name in ("email", "user_email"):
        if name in body:
            email(draft, name, columns)
    if "phone" in body:
        phone(draft, columns)


def email(draft: Draft, name: str, columns: dict[str, Any]) -> None:
    """Trimmed and lower-case, and only with an `@`; anything else is a property."""
    address = draft.take_id(name)
    if address is None:
        return
    if "@" in address:
        columns.setdefault("email", address.lower())
    else:
        draft.props["email"] = address
        draft.note("field_format:email")


def phone(draft: Draft, columns: dict[str, Any]) -> None:
    """Digits with a leading `+`; fewer than five digits identify nobody."""
    written = draft.take_id("phone")
    if written is None:
        return
    digits = _NOT_DIGIT.sub("", written)
    if len(digits) >= 5:
        columns["phone"] = "+" + digits if written.startswith("+") else digits
    else:
        draft.props["phone"] = written
        draft.note("phone_implausible")


def _session(draft: Draft, columns: dict[str, Any], *, derived: bool) -> None:
    """`sid`, else `seance`; where there is a person but no session, the loader derives one."""
    body = draft.body
    sid = draft.take_text("sid") if "sid" in body else None
    seance = draft.take_text("seance") if "seance" in body else None
    session_id = sid or seance
    if session_id is not None:
        columns["session_id"] = session_id.strip()
    elif derived:
        draft.note("sid_derived")


def _segment(draft: Draft, columns: dict[str, Any]) -> None:
    if "segment" not in draft.body:
        return
    arm = draft.take_text("segment")
    if arm in ("A", "B"):
        columns["ab_segment"] = arm
    elif arm is not None:
        draft.props["segment"] = text(arm)
        draft.note("field_format:segment", strict=422)


def stream(draft: Draft) -> None:
    """The shop's channel of that name, verbatim; an app without one writes the text `null` (E7, quirk 26)."""
    if "stream" not in draft.body:
        return
    if draft.body["stream"] == "null":
        del draft.body["stream"]
        draft.note("literal_null:stream")
        return
    found = draft.take_text("stream")
    if found is not None:
        draft.columns["stream"] = found
        if not _STREAM.fullmatch(found):
            draft.note("field_format:stream", strict=422)
