"""Sizes the vendor documents. Lenient mode notes what is larger; strict mode refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from collector.reading.draft import Draft
from collector.reading.fingerprint import as_sent
from collector.reasons import coded

KIB = 1024
EVENT_BYTES = 800 * KIB
PROPERTY_BYTES = 16 * KIB
MOST_ATTRIBUTES = 255
MOST_COMMANDS = 50
_encoder = msgspec.json.Encoder()


def measure(draft: Draft, data: Mapping[str, Any], properties: Mapping[str, Any], body_bytes: int) -> None:
    """Note an event and properties that are too large; `body_bytes` is what the whole request has."""
    if body_bytes > EVENT_BYTES and _size(data) > EVENT_BYTES:
        draft.note("field_too_long:event", strict=True)
    if body_bytes > PROPERTY_BYTES:
        for name, value in properties.items():
            if _size(value) > PROPERTY_BYTES:
                draft.note(coded("field_too_long", name), strict=True)


def count_attributes(draft: Draft, properties: Mapping[str, Any]) -> None:
    """Note a customer with too many attributes."""
    if len(properties) > MOST_ATTRIBUTES:
        draft.note("field_too_long:properties", strict=True)


def _size(value: Any) -> int:
    """Bytes of a text, or of anything else as JSON."""
    if type(value) is str:
        return len(value.encode("utf-8", "replace"))
    return len(_encoder.encode(as_sent(value)))
