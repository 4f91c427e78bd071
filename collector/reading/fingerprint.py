"""The hash by which a request without an id is recognised again (docs/wire/canonical.md §7)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from collector.reading.values import Literal

_encoder = msgspec.json.Encoder(order="sorted")


def fingerprint(value: Any) -> str:
    """Hex SHA-256 of the value as JSON: sorted keys, no whitespace, numbers as they were sent."""
    return hashlib.sha256(_encoder.encode(as_sent(value))).hexdigest()


def as_sent(value: Any) -> Any:
    """The value for a JSON encoder, numbers as they were written."""
    kind = type(value)
    if kind is Literal:
        return msgspec.Raw(value.encode())
    if kind is int and not -(2**63) <= value < 2**63:
        return msgspec.Raw(str(value).encode())
    if kind is dict:
        return {name: as_sent(inner) for name, inner in value.items()}
    if kind is list:
        return [as_sent(inner) for inner in value]
    return value
