"""The raw request without what must not be kept: the shop's secret, and an anonymous visitor's ids.

Where there is nothing to remove, the bytes stay as they came.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import msgspec

from collector.adapters.r46 import document
from collector.adapters.r46.fields import Literal
from collector.adapters.r46.identity import PERSONAL
from collector.wire import Raw, WireRequest

REDACTED = "[redacted]"
SECRET = "shop_secret"  # noqa: S105  a field's name
PAGES = frozenset({"page", "referer"})
_IN_TEXT = re.compile(r"(shop_secret(?:\W|%22|%3[ad])*)[^&\s\"'\\,}]+", re.IGNORECASE)
_KEPT_OF_PROFILE = ("eid", "t", "path")


def may_hold_secret(request: WireRequest) -> bool:
    """Cheap, and right unless neither name nor escapes are there."""
    body = request.body
    return SECRET in request.query.lower() or SECRET.encode() in body.lower() or b"\\u00" in body


def raw_of(request: WireRequest, *, secret: bool, anonymous: bool = False) -> Raw:
    """What is stored of the request."""
    query, body = request.query, request.body
    if secret or anonymous:
        query = _pairs(query, anonymous)
        body = _body(body, anonymous)
    if anonymous and request.path == "/profile/set":
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
    return _clean(value, anonymous=False, drop_secret=True)


def _body(body: bytes, anonymous: bool) -> bytes:
    stripped = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if stripped[:1] not in (b"{", b"["):
        return _pairs(body.decode("latin-1"), anonymous).encode("latin-1", "replace")
    try:
        value, _ = document.parse(stripped.rstrip())
    except document.Malformed:
        return b""
    cleaned = _clean(value, anonymous=anonymous, drop_secret=False)
    if cleaned == value:
        return body
    return msgspec.json.encode(_writable(cleaned))


def _clean(value: Any, *, anonymous: bool, drop_secret: bool) -> Any:
    kind = type(value)
    if kind is str:
        return _text(value, anonymous)
    if kind is list:
        if anonymous and value[:1] == ["profile"]:
            return value[:2]
        return [_clean(one, anonymous=anonymous, drop_secret=drop_secret) for one in value]
    if kind is dict:
        return _object(value, anonymous=anonymous, drop_secret=drop_secret)
    return value


def _object(value: dict[str, Any], *, anonymous: bool, drop_secret: bool) -> dict[str, Any]:
    if anonymous and value.get("path") == "/profile/set":
        value = {name: value[name] for name in _KEPT_OF_PROFILE if name in value}
    made = {}
    for name, inner in value.items():
        lowered = name.lower()
        if lowered == SECRET:
            if not drop_secret:
                made[name] = REDACTED
        elif not (anonymous and lowered in PERSONAL):
            if anonymous and lowered in PAGES and type(inner) is str:
                inner = inner.partition("?")[0]
            made[name] = _clean(inner, anonymous=anonymous, drop_secret=drop_secret)
    return made


def _text(value: str, anonymous: bool) -> str:
    if SECRET in value.lower():
        value = _IN_TEXT.sub(r"\1" + REDACTED, value)
    if anonymous and value.lstrip()[:1] in ("{", "[") and any(f'"{name}"' in value for name in PERSONAL):
        return REDACTED
    return value


def _pairs(encoded: str, anonymous: bool) -> str:
    kept = []
    for pair in encoded.split("&"):
        name, equals, value = pair.partition("=")
        known = unquote_plus(name).lower().lstrip("?").replace("]", "[").split("[")
        if SECRET in known:
            pair = f"{name}{equals}{REDACTED}"
        elif anonymous and not PERSONAL.isdisjoint(known):
            continue
        elif value:
            pair = f"{name}={_value(value, known[0], anonymous)}"
        kept.append(pair)
    return "&".join(kept)


def _value(value: str, name: str, anonymous: bool) -> str:
    sent = unquote_plus(value)
    cleaned = _text(sent, anonymous)
    if anonymous and name in PAGES:
        cleaned = cleaned.partition("?")[0]
    return value if cleaned == sent else quote_plus(cleaned)


def _writable(value: Any) -> Any:
    """Numbers as they were written, for the encoder."""
    kind = type(value)
    if kind is Literal:
        return msgspec.Raw(value.encode())
    if kind is int and not -(2**63) <= value < 2**63:
        return msgspec.Raw(str(value).encode())
    if kind is dict:
        return {name: _writable(inner) for name, inner in value.items()}
    if kind is list:
        return [_writable(inner) for inner in value]
    return value
