"""Who may speak for a shop (docs/wire/canonical.md T3, D15). Never judged leniently."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple

from collector.wire import Key


class Authorization(NamedTuple):
    """The header's scheme in lower case and what follows it."""

    scheme: str
    rest: str


class Basic(NamedTuple):
    """User and password; either may be empty."""

    user: str
    password: str


def authorization(header: str | None) -> Authorization | None:
    """The Authorization header; None where there is none."""
    if not header or not header.strip():
        return None
    scheme, _, rest = header.strip().partition(" ")
    return Authorization(scheme.lower(), rest.strip())


def basic(rest: str) -> Basic | None:
    """What `Basic` carries, split at the first colon; missing padding is forgiven. None if unreadable."""
    try:
        decoded = base64.b64decode(rest + "=" * (-len(rest) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = decoded.decode("utf-8", "replace").partition(":")
    return Basic(user, password) if colon else None


def digest(secret: str) -> str:
    """The hash under which a secret is stored and found."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def opens(key: Key, name: str, secret: str) -> bool:
    """Whether the secret is the key's one of that name; in a time that tells nothing."""
    stored = key.hashes.get(name, "")
    return hmac.compare_digest(digest(secret), stored or "0" * 64)
