"""The parameters of an event in all their forms (docs/wire/yespo.md §3)."""

from __future__ import annotations

import json
from typing import Any

from collector.reading import document
from collector.reading.draft import Draft
from collector.reading.values import identifier, plain, text
from collector.reasons import coded

Params = dict[str, Any]

LONGEST_NAME = 100
_TWICE = 2
_scanner = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def take_params(draft: Draft, body: dict[str, Any]) -> Params:
    """Name to value out of `params` and its alias, of which `params` wins; empty values are absent."""
    if draft.setting.strict and body.get("params") is None and body.get("parameters") is None:
        draft.note("field_missing:params", strict=True)
    merged: Params = {}
    for field in ("parameters", "params"):
        merged.update(_pairs(draft, field, body.pop(field, None)))
    return {name: value for name, value in merged.items() if value is not None and value != ""}


def take_structured(draft: Draft, params: Params, *names: str) -> Any:
    """The object or list of the first of the names that was sent, taken out of the parameters.

    None where there is none; what cannot be read stays a property.
    """
    name = next((name for name in names if name in params), None)
    return None if name is None else decoded(draft, name, params.pop(name))


def decoded(draft: Draft, name: str, value: Any) -> Any:
    """The object or list in a value that may be JSON text, once or twice over; else None and noted."""
    sent, trailing = value, False
    for _ in range(_TWICE):
        if type(value) is not str:
            break
        value, cut = _json(value)
        trailing = trailing or cut
    if not isinstance(value, dict | list):
        draft.props[name] = plain(sent)
        draft.note(coded("json_invalid", name), strict=True)
        return None
    if trailing:
        draft.note(coded("json_trailing", name), strict=True)
    return value


def _json(written: str) -> tuple[Any, bool]:
    """The first value of the text, and whether something follows it; None for no JSON."""
    try:
        return document.parse_text(written), False
    except document.Malformed:
        pass
    begun = written.lstrip()
    try:
        _, end = _scanner.raw_decode(begun)
        return document.parse_text(begun[:end]), True
    except (ValueError, RecursionError):
        return None, False


def _pairs(draft: Draft, field: str, given: Any) -> Params:
    if given is None or given == "":
        return {}
    if type(given) is str:
        given = decoded(draft, field, given)
    if isinstance(given, dict):
        for name in given:
            _measure(draft, name)
        return dict(given)
    if isinstance(given, list):
        return _listed(draft, field, given)
    if given is not None:
        draft.props[field] = plain(given)
        draft.note(coded("field_type", field), strict=True)
    return {}


def _listed(draft: Draft, field: str, given: list[Any]) -> Params:
    """Pairs of a list; of repeated names the last counts, what is no pair is a property."""
    found: Params = {}
    others = []
    for pair in given:
        name = text(pair.get("name")) if isinstance(pair, dict) else None
        if name is None or identifier(name) is None:
            others.append(plain(pair))
            continue
        if name in found:
            draft.note(coded("field_duplicate", name))
        _measure(draft, name)
        found[name] = pair.get("value")
    if others:
        draft.props[field] = others
        draft.note(coded("field_format", field), strict=True)
    return found


def _measure(draft: Draft, name: str) -> None:
    if len(name) > LONGEST_NAME:
        draft.note(coded("field_too_long", name), strict=True)
