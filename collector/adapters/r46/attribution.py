"""Which tool helped, and which message brought the visitor (docs/wire/r46.md §7.1, §7.3).

Attribution is what the event says; who gets the money is decided by the reports.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote

from collector.adapters.r46.draft import Draft
from collector.adapters.r46.known import CODED, MESSAGES, STOREFRONT, is_message
from collector.reading import document
from collector.reading.values import NOTHING, identifier, plain
from collector.reasons import coded

NAMES = frozenset(
    [
        "recommended_by",
        "recommended_code",
        "recommender_code",
        "recommendedBy",
        "recommendedCode",
        "source",
        "from",
        "code",
        "recommended_source",
    ]
)
"""Every wire name of this module."""


class Pair(NamedTuple):
    """A tool or message and its code, and where it stood."""

    by: str
    code: str | None
    origin: str  # "own", "source", "flat", "found", "envelope"
    at: Any = None


def attribute(draft: Draft) -> None:
    """Write recommended_by, recommended_code and the message source; take their names out of the body."""
    body = draft.body
    if draft.found_by is None and draft.message is None and NAMES.isdisjoint(body):
        return
    source = _source(draft)
    own = _own(draft)
    found = _found(draft)
    envelope = _envelope(draft)
    chosen = _chosen(draft, source, own, found, envelope)
    if chosen is not None:
        _write(draft, chosen)
        draft.attributed = chosen.origin != "envelope"
    message = next((one for one in (source, envelope) if one and is_message(one.by)), None)
    if message is not None:
        _write_message(draft, message)
    if (source is not None and (own or found)) or (message and chosen and not is_message(chosen.by)):
        draft.note("source_and_tool")
    _keep_losers(draft, chosen, own, source)


def _keep_losers(draft: Draft, chosen: Pair | None, own: Pair | None, source: Pair | None) -> None:
    """A pair that lost and stands in no other column is a property."""
    if own is not None and chosen is not own:
        draft.props["recommended_by"] = own.by
        if own.code is not None:
            draft.props["recommended_code"] = own.code
    if source is not None and chosen is not source and not is_message(source.by):
        draft.props["source"] = {"from": source.by, "code": source.code}


def is_known(draft: Draft, by: str) -> bool:
    """Whether the value is in the vendor's list or in the shop's own."""
    return by in STOREFRONT or by in MESSAGES or by in draft.setting.shop.known_tools


def _chosen(draft: Draft, source: Pair | None, own: Pair | None, *rest: Pair | None) -> Pair | None:
    """The first pair that is present, in the order of §7.1; unknown values come last."""
    found, envelope = rest
    flat = source if source is not None and source.origin == "flat" else None
    stated = source if flat is None else None
    for pair, messages in ((stated, False), (own, True), (flat, False), (found, True)):
        if pair is not None and (is_message(pair.by) if messages else False):
            return pair
        if pair is not None and is_known(draft, pair.by) and not is_message(pair.by):
            return pair
    for pair in (source, envelope):
        if pair is not None and is_message(pair.by):
            return pair
    if draft.setting.shop.strict:
        source = None  # an unknown source is ignored there (V45)
    return own or found or source or envelope


def _write(draft: Draft, pair: Pair) -> None:
    draft.columns["recommended_by"] = pair.by
    if pair.code is not None:
        draft.columns["recommended_code"] = pair.code
    elif pair.by in CODED:
        draft.note("recommended_code_missing")
    if not is_known(draft, pair.by) and not is_message(pair.by):
        draft.note("recommended_by_unknown", strict=422 if pair.origin == "own" else 0)


def _write_message(draft: Draft, message: Pair) -> None:
    draft.props["msg_from"] = message.by
    if message.code is not None:
        draft.props["msg_code"] = message.code
    if message.at is not None:
        draft.props["msg_at"] = plain(message.at)


def _own(draft: Draft) -> Pair | None:
    """`recommended_by` with its code, in today's spelling or an older one."""
    body = draft.body
    code = draft.take_text("recommended_code")
    older = _scalar(draft, "recommender_code")
    camel = _scalar(draft, "recommendedCode")
    code = code or older or camel
    by = draft.take_text("recommended_by")
    alias = body.pop("recommendedBy", None)
    if alias is not None:
        draft.note("attr_alias:recommendedBy")
        if isinstance(alias, dict):
            code = code or identifier(alias.get("code"))
            alias = alias.get("type")
        by = by or _clean(alias)
    if by is not None:
        return Pair(by, code, "own")
    if code is not None:
        draft.columns["recommended_code"] = code
        draft.attributed = True
        if not draft.name.startswith("banner_"):
            draft.note("recommended_by_missing")
    return None


def _scalar(draft: Draft, name: str) -> str | None:
    value = draft.body.pop(name, None)
    if value is None:
        return None
    draft.note(coded("attr_alias", name))
    return _clean(value)


def _clean(value: Any) -> str | None:
    found = identifier(value)
    return None if found is None or found in NOTHING else found


def _source(draft: Draft) -> Pair | None:
    """`source{from,code}`, else the flat pair (which means something else on /track)."""
    body = draft.body
    flat_from = body.pop("from", None) if draft.surface != "track" else None
    flat_code = body.pop("code", None) if draft.surface != "track" else None
    pair = _named_source(draft, "source")
    if pair is None and "recommended_source" in body:
        pair = _named_source(draft, "recommended_source")
        if pair is not None:
            draft.note("attr_alias:recommended_source")
    if pair is None and (by := _clean(flat_from)) is not None:
        draft.note("attr_alias:from")
        pair = Pair(by, _clean(flat_code), "flat")
        if not is_known(draft, by) and not is_message(by):
            draft.note("recommended_by_unknown")
    return pair


def _named_source(draft: Draft, name: str) -> Pair | None:
    value = draft.body.pop(name, None)
    if value is None:
        return None
    if type(value) is str and (not value.strip() or value in NOTHING):
        draft.note(coded("literal_null" if value.strip() else "field_empty", name), strict=422)
        return None
    parsed = _object(value)
    if parsed is None:
        draft.props[name] = plain(value)
        draft.note(coded("json_invalid", name), strict=422)
        return None
    by, code = _clean(parsed.get("from")), _clean(parsed.get("code"))
    if by is None or code is None:
        draft.props[name] = plain(parsed)
        draft.note("source_incomplete")
        return None
    if not is_known(draft, by) and not is_message(by):
        draft.note("recommended_by_unknown")
    return Pair(by, code, "source", parsed.get("at"))


def _object(value: Any) -> dict[str, Any] | None:
    """The object itself, or the one in JSON text (also percent-encoded JSON text)."""
    if type(value) is str:
        written = value if value.lstrip().startswith("{") else unquote(value)
        try:
            value = document.parse_text(written)
        except document.Malformed:
            return None
    return value if isinstance(value, dict) else None


def _found(draft: Draft) -> Pair | None:
    """The pair of the page's URL, if it is one of ours: other sites use the same parameter (§7.2).

    An order is never the page's."""
    pair = _pair(draft.found_by, draft.found_code, "found") if draft.name != "purchase" else None
    return pair if pair is not None and is_known(draft, pair.by) else None


def _envelope(draft: Draft) -> Pair | None:
    sent = draft.message if isinstance(draft.message, dict) else {}
    return _pair(sent.get("from"), sent.get("code"), "envelope", sent.get("at"))


def _pair(by: Any, code: Any, origin: str, at: Any = None) -> Pair | None:
    name = _clean(by)
    return None if name is None else Pair(name, _clean(code), origin, at)
