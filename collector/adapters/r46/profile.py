"""Profiles and segments: attributes of a person (docs/wire/r46.md §3.4, V57)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from collector.adapters.r46.draft import Draft, Unusable
from collector.reading import document
from collector.reading.values import plain
from collector.reasons import coded

_BIRTHDAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def profile(draft: Draft) -> None:
    """Every field but the ids becomes a property; empty ones are skipped."""
    payload = draft.body.pop("payload", None)
    if isinstance(payload, dict):
        draft.body = {**payload, **draft.body}
    elif payload is not None:
        draft.body["payload"] = payload
    for name, value in draft.body.items():
        if value in ("", [], {}):
            draft.note(coded("field_empty", name))
        elif value is not None:
            draft.props[name] = plain(_decoded(draft, name, value))
    draft.body = {}
    _check(draft, "gender", lambda value: value in ("m", "f"))
    _check(draft, "birthday", _is_day)


def segment(draft: Draft) -> None:
    """`segment add` and `remove`: one property, on the person or device; raises Unusable without an id."""
    found = draft.take_id("segment_id")
    if found is None:
        raise Unusable("field_missing:segment_id")
    draft.props[f"segment_{draft.verb}"] = found


def _decoded(draft: Draft, name: str, value: Any) -> Any:
    """A list or object that came as JSON text is read."""
    if type(value) is not str or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        inner = document.parse_text(value)
    except document.Malformed:
        return value
    draft.note(coded("json_decoded", name))
    return inner


def _check(draft: Draft, name: str, is_right: Any) -> None:
    if name in draft.props and not is_right(draft.props[name]):
        draft.note(f"field_format:{name}")


def _is_day(value: object) -> bool:
    if type(value) is not str or not _BIRTHDAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
