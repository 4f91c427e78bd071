"""The raw request without what must not be kept: the shop's secret, keys of push services,
and an anonymous visitor's ids.

Where there is nothing to remove, the bytes stay as they came.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote_plus, unquote_plus

import msgspec

from collector.adapters.r46 import multipart
from collector.adapters.r46.identity import PERSONAL
from collector.reading import document
from collector.reading.fingerprint import as_sent
from collector.wire import Raw, WireRequest

REDACTED = "[redacted]"
SECRET = "shop_secret"  # noqa: S105  a field's name
PAGES = frozenset({"page", "referer"})
_IN_TEXT = re.compile(r"(shop_secret(?:\W|%22|%3[ad])*)[^&\s\"'\\,}]+", re.IGNORECASE)
_JSON_SECRET = re.compile(rb'("shop_secret"\s{0,9}:\s{0,9})"[^"\\]*"')
UNNAMED = PERSONAL | {"ios_advertising_id", "android_advertising_id", "token", "push_token"}
NAMES_SOMEBODY = (
    "/profile/set",
    "/push_attributes",
    "/segments/add",
    "/segments/remove",
    "/mobile_push_tokens",
)
"""Paths that say who somebody is: of an anonymous visitor nothing of them is kept."""
NAMING_CALLS = (["profile"], ["segment"])
_KEPT_OF_PROFILE = ("eid", "t", "path")


def holds_secret(request: WireRequest, more_than: int = 0) -> bool:
    """Whether the secret's name may stand in the request more often than that.

    Cheap, and right in a no: the name can only hide behind escapes. Names in a form that
    are escaped were found when the form was read.
    """
    query, body = request.query, request.body
    if b"\\u00" in body or (more_than and ("%" in query or b"%" in body)):
        return True
    return query.lower().count(SECRET) + body.lower().count(SECRET.encode()) > more_than


class Hiding(NamedTuple):
    """What is taken out: the names whose values go, and whether nobody may be named."""

    names: frozenset[str] = frozenset()
    anonymous: bool = False
    drop_secret: bool = False  # for values that go on, where raw only says that it was there


SECRET_ALONE = Hiding()


def raw_of(
    request: WireRequest, *, secret: bool, anonymous: bool = False, hidden: frozenset[str] = frozenset()
) -> Raw:
    """What is stored of the request; `hidden` are names of values nobody may read there."""
    query, body = request.query, request.body
    if secret or anonymous or hidden:
        hiding = Hiding(hidden, anonymous)
        query = _pairs(query, hiding)
        body = _body(body, hiding)
    if anonymous and request.path in NAMES_SOMEBODY:
        query, body = "", b""
    return Raw(
        method=request.method,
        path=request.path,
        query=query,
        content_type=request.headers.get("content-type", ""),
        body=body,
    )


def scrub(value: Any) -> Any:
    """The value without the secret: its key is gone, and texts that name it lose what follows."""
    return _clean(value, Hiding(drop_secret=True))


def conceal(value: Any, names: frozenset[str]) -> Any:
    """The value, and those names in it have lost theirs."""
    return _clean(value, Hiding(names))


def _body(body: bytes, hiding: Hiding) -> bytes:
    if hiding == SECRET_ALONE and (simply := _without_one_secret(body)) is not None:
        return simply
    stripped = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if stripped[:1] not in (b"{", b"["):
        form = multipart.as_form(stripped)
        return _pairs(body.decode("latin-1") if form is None else form, hiding).encode("latin-1", "replace")
    try:
        value, _ = document.parse(stripped.rstrip())
    except document.Malformed:
        return b""
    cleaned = _clean(value, hiding)
    if cleaned == value:
        return body
    return msgspec.json.encode(as_sent(cleaned))


def _without_one_secret(body: bytes) -> bytes | None:
    """The bytes as they came but for the value of their only secret; None where it is not that simple."""
    if b"\\u00" in body or body.lower().count(SECRET.encode()) != 1:
        return None
    cleaned, found = _JSON_SECRET.subn(rb'\1"' + REDACTED.encode() + b'"', body)
    return cleaned if found else None


def _clean(value: Any, hiding: Hiding) -> Any:
    kind = type(value)
    if kind is str:
        return _text(value, hiding)
    if kind is list:
        if hiding.anonymous and value[:1] in NAMING_CALLS:
            return value[:2]
        return [_clean(one, hiding) for one in value]
    if kind is dict:
        return _object(value, hiding)
    return value


def _object(value: dict[str, Any], hiding: Hiding) -> dict[str, Any]:
    anonymous = hiding.anonymous
    if anonymous and value.get("path") in NAMES_SOMEBODY:
        value = {name: value[name] for name in _KEPT_OF_PROFILE if name in value}
    made = {}
    for name, inner in value.items():
        lowered = name.lower()
        if lowered == SECRET:
            if not hiding.drop_secret:
                made[name] = REDACTED
        elif lowered in hiding.names:
            made[name] = REDACTED
        elif not (anonymous and lowered in UNNAMED):
            if anonymous and lowered in PAGES and type(inner) is str:
                inner = inner.partition("?")[0]
            made[name] = _clean(inner, hiding)
    return made


def _text(value: str, hiding: Hiding) -> str:
    if SECRET in value.lower():
        value = _IN_TEXT.sub(r"\1" + REDACTED, value)
    if (hiding.anonymous or hiding.names) and value.lstrip()[:1] in ("{", "["):
        names = hiding.names | UNNAMED if hiding.anonymous else hiding.names
        if any(f'"{name}"' in value for name in names):
            return REDACTED
    return value


def _pairs(encoded: str, hiding: Hiding) -> str:
    kept = []
    for pair in encoded.split("&"):
        name, equals, value = pair.partition("=")
        known = unquote_plus(name).lower().lstrip("?").replace("]", "[").split("[")
        if SECRET in known or not hiding.names.isdisjoint(known):
            pair = f"{name}{equals}{REDACTED}"
        elif hiding.anonymous and not UNNAMED.isdisjoint(known):
            continue
        elif value:
            pair = f"{name}={_value(value, known[0], hiding)}"
        kept.append(pair)
    return "&".join(kept)


def _value(value: str, name: str, hiding: Hiding) -> str:
    sent = unquote_plus(value)
    cleaned = _text(sent, hiding)
    if hiding.anonymous and name in PAGES:
        cleaned = cleaned.partition("?")[0]
    return value if cleaned == sent else quote_plus(cleaned)
