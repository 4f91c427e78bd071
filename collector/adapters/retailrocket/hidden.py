"""What is not kept of a request: secret keys, and the keys of a push subscription."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

import msgspec

from collector.reading import document
from collector.reading.fingerprint import as_sent

SECRETS = frozenset({"apikey", "api_key", "shop_secret"})
PUSH_KEYS = frozenset({"keys", "p256dh", "auth"})
REDACTED = "[redacted]"
_IN_TEXT = re.compile(r"(?:shop_secret|api_?key)(?:\\?[\"']|\s|%22|%3[ad]){0,8}[:=%]", re.IGNORECASE)


def without(value: Any, names: Set[str]) -> Any:
    """The value without these keys at any depth, compared without case; a text that tells one is hidden."""
    kind = type(value)
    if kind is dict:
        return {key: without(inner, names) for key, inner in value.items() if key.lower() not in names}
    if kind is list:
        return [without(one, names) for one in value]
    return REDACTED if kind is str and _IN_TEXT.search(value) else value


def may_tell(body: bytes, names: Set[str]) -> bool:
    """Whether one of the names may stand in the body. Cheap, and right in a no."""
    lowered = body.lower()
    return b"\\u00" in lowered or any(name.encode() in lowered for name in names)


def cleaned(body: bytes, names: Set[str]) -> bytes:
    """The body without what these names tell; empty where it may tell something and cannot be read."""
    if not may_tell(body, names):
        return body
    try:
        value, _ = document.parse(body.removeprefix(b"\xef\xbb\xbf").strip())
    except document.Malformed:
        return b""
    clean = without(value, names)
    return body if clean == value else msgspec.json.encode(as_sent(clean))
