"""Signed customer tokens: JSON Web Tokens with HS256, and nothing else of that standard."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from collector.reading import document
from collector.reading.values import Literal, decimal


def is_signed(token: str, secrets: Iterable[str], now: datetime) -> bool:
    """Whether one of the secrets signed the token and it is in force at `now`.

    Only HS256 counts, whatever the token says of itself. `exp` and `nbf` (epoch seconds) are kept to
    where they are present; one that is no number makes the token worthless.
    """
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    sent = _bytes(signature)
    if sent is None or _object(header).get("alg") != "HS256":
        return False
    opened = False
    for secret in secrets:
        made = hmac.new(secret.encode(), signed.encode("latin-1", "replace"), hashlib.sha256).digest()
        opened |= hmac.compare_digest(made, sent)
    return opened and _in_force(_object(payload), Decimal(str(now.timestamp())))


def _in_force(claims: dict[str, Any], now: Decimal) -> bool:
    expires, begins = (_moment(claims, name) for name in ("exp", "nbf"))
    return expires is not _NEVER and begins is not _NEVER and _is_between(begins, now, expires)


def _is_between(begins: Decimal | None, now: Decimal, expires: Decimal | None) -> bool:
    return (begins is None or begins <= now) and (expires is None or now < expires)


_NEVER = Decimal("NaN")


def _moment(claims: dict[str, Any], name: str) -> Decimal | None:
    """The claim; None where it is absent, `_NEVER` where it is no number."""
    value = claims.get(name)
    if value is None:
        return None
    number = decimal(value) if type(value) in (int, Literal) else None
    return _NEVER if number is None else number


def _object(part: str) -> dict[str, Any]:
    """The JSON object of a token's part; an empty one where it is none."""
    decoded = _bytes(part)
    try:
        value = document.parse(decoded)[0] if decoded else {}
    except document.Malformed:
        return {}
    return value if isinstance(value, dict) else {}


def _bytes(part: str) -> bytes | None:
    """Base64url without padding, undone; None for anything else."""
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
