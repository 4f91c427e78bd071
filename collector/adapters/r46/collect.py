"""POST /collect: a batch of calls and wire bodies in one envelope (docs/wire/r46.md §5.5).

Each event is judged alone: nothing one of them holds can harm its neighbours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from collector.adapters.r46 import envelope, links, quick
from collector.adapters.r46.access import Note, read, request_notes
from collector.adapters.r46.calls import UNSERVED, Wire, keys_in
from collector.adapters.r46.convert import VENDOR, convert
from collector.adapters.r46.draft import Draft, Setting, Unusable
from collector.adapters.r46.entries import name_of, wire_of
from collector.adapters.r46.forms import Merged
from collector.adapters.r46.redact import raw_of
from collector.errors import Rejected
from collector.ids import is_keyed
from collector.reading.screen import Privacy, privacy, settle, uncounted
from collector.reading.values import boolean, plain, text
from collector.wire import Decoded, Judged, Shop, Shops, WireReply, WireRequest

ENDPOINT = "rees46.collect"
MOST_EVENTS = 100
QUICK_FROM = 3
"""Batches from this size on are worth the quick lane's preparation."""
BODY_LIMIT = 512 * 1024
"""Bytes after decompression."""

_EMPTY = Judged(outcome="ignored", codes=("envelope_empty",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is the same for all events of a request."""

    request: WireRequest
    setting: Setting
    shared: dict[str, Any]
    uncounted: tuple[str, ...]


def decode(request: WireRequest, shops: Shops) -> Decoded:
    """A verdict for every event, in their order; raises Rejected for a bad shop, JSON or size."""
    merged, shop = read(request, shops)
    events = merged.values.pop("events", None)
    if isinstance(events, list) and len(events) > MOST_EVENTS:
        raise Rejected(
            "batch_over_limit",
            status=413,
            shop_id=shop.shop_id,
            detail=f"at most {MOST_EVENTS} events a request",
        )
    batch = _batch(request, merged, shop)
    judged, hidden, keys = _judge_all(batch, events)
    found = links.judge(batch.setting, batch.shared, events, judged) if shop.url_identity else []
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=ENDPOINT,
        judged=[*judged, *found],
        raw=raw_of(request, secret=merged.secret, anonymous=hidden, hidden=keys),
        facts={"sent": len(judged)},
    )


def _batch(request: WireRequest, merged: Merged, shop: Shop) -> Batch:
    setting = Setting(
        shop=shop,
        received_at=request.received_at,
        new_id=request.new_id,
        own=True,
        notes=request_notes(merged, shop, request) + envelope.said(merged.values),
    )
    return Batch(
        request=request,
        setting=setting,
        shared=merged.values,
        uncounted=uncounted(request, browser=True),
    )


class Verdicts(NamedTuple):
    """One for each entry; whether any visitor is to stay unknown; names whose values raw may not tell."""

    judged: Sequence[Judged]
    hidden: bool
    keys: frozenset[str] = frozenset()


def _judge_all(batch: Batch, events: Any) -> Verdicts:
    private = privacy(batch.request, batch.setting.shop, batch.shared)
    hidden = private.anonymous or private.denied
    if events is None or events == []:
        return Verdicts((_EMPTY,), hidden)
    if not isinstance(events, list):
        odd = Judged(outcome="quarantined", codes=("wrong_shape",), pointer="/events")
        return Verdicts((odd,), hidden, keys_in(batch.request.body, [events]))
    judged: list[Judged] = []
    others: list[Any] = []
    lane = None
    if len(events) >= QUICK_FROM:
        events, shared = envelope.lifted(events, batch.shared)
        batch = dataclasses.replace(batch, shared=shared)
        lane = _lane(batch)
    first = 1 if batch.shared.get("lost") else 0  # the first event carries the loss
    for index, entry in enumerate(events):
        one = None
        if lane is not None and index >= first and type(entry) is dict:
            one = quick.judge(lane, index, entry)
        if one is None:
            private, one = _judge(batch, index, entry)
            hidden = hidden or private.anonymous or private.denied
            others.append(entry)
        judged.append(one)
    return Verdicts(_once(judged), hidden, keys_in(batch.request.body, others))


def _lane(batch: Batch) -> quick.Lane | None:
    """The quick lane, if what the batch says is plain; its sample is sent at the moment of arrival."""
    sent = batch.shared.get("sent")
    sample = {"eid": "sample-of-the-batch", "t": sent, "call": ["track", "page_view"]}
    _, judged = _judge(batch, 1, sample)
    shop = batch.setting.shop
    return quick.lane_of(shop.shop_id, VENDOR, shop.currency, sent, judged)


def _once(judged: list[Judged]) -> list[Judged]:
    """The second of two equal events of one request is a duplicate."""
    seen: set[str] = set()
    for index, one in enumerate(judged):
        event = one.event
        if event is None or one.outcome != "accepted" or not is_keyed(event.event_id):
            continue
        if event.event_id in seen:
            judged[index] = replace(one, outcome="duplicate", codes=("duplicate", *one.codes))
        seen.add(event.event_id)
    return judged


def _judge(batch: Batch, index: int, entry: Any) -> tuple[Privacy, Judged]:
    pointer = f"/events/{index}"
    if not isinstance(entry, dict):
        private = privacy(batch.request, batch.setting.shop, batch.shared)
        return private, _unread(batch, Unusable("wrong_shape"), pointer)
    shared = envelope.shared_by(entry, batch.shared)
    private = privacy(batch.request, batch.setting.shop, shared)
    try:
        wire = wire_of(entry)
    except Unusable as missing:
        return private, settle(_unread(batch, missing, pointer, entry), batch.uncounted, private)
    draft = _draft(batch, entry, shared, wire, private)
    draft.pointer = pointer
    draft.columns["seq"] = index
    if index == 0 and (lost := batch.shared.get("lost")):
        draft.props["lost"] = plain(lost)
    promised = wire.verb == UNSERVED and batch.setting.shop.unserved_writes == "error"
    if promised:
        draft.note("not_served")
    one = convert(draft)
    if promised and one.outcome == "accepted":
        one = replace(one, status=404)
    if one.event is not None and one.event.event == "page_view" and not batch.setting.shop.pageviews:
        return private, replace(one, outcome="ignored", event=None, codes=("pageviews_off",))
    driven = ("bot_webdriver",) if boolean(shared.get("wd")) else ()
    return private, settle(one, batch.uncounted + driven, private)


def _unread(
    batch: Batch, missing: Unusable, pointer: str, entry: Mapping[str, Any] = MappingProxyType({})
) -> Judged:
    """The verdict on what is not even an event."""
    strict = batch.setting.shop.strict
    eid = text(entry.get("eid")) or ""
    return Judged(
        outcome="rejected" if strict else "quarantined",
        status=missing.strict if strict else 0,
        codes=(missing.code,),
        pointer=pointer,
        eid=eid if envelope.EID.fullmatch(eid) else "",
        name=name_of(entry),
    )


def _draft(
    batch: Batch, entry: dict[str, Any], shared: dict[str, Any], wire: Wire, private: Privacy
) -> Draft:
    setting = batch.setting
    notes: tuple[Note, ...] = ((private.code, 0),) if private.code else ()
    notes += envelope.said(entry)
    if notes:
        setting = replace(setting, notes=setting.notes + notes)
    ids = {name: shared[name] for name in envelope.IDS if name in shared}
    is_call = "call" in entry
    by = entry.get("by")
    draft = Draft(
        setting=setting,
        surface=wire.surface,
        body={**wire.body, **ids} if is_call else {**ids, **wire.body},
        verb=wire.verb,
        called=is_call,
        anonymous=private.anonymous or private.denied,
        found_by=by,
        found_code=None if by is None else entry.get("code"),
        message=shared.get("src"),
    )
    envelope.write(draft, shared)
    envelope.write_eid(draft, entry.get("eid"))
    envelope.write_time(draft, entry.get("t"), shared.get("sent"))
    if wire.body.get("event") == "session_start" and (time_zone := text(shared.get("tz"))):
        draft.props["tz"] = time_zone
    return draft


def answer(decoded: Decoded) -> WireReply:
    """How many were accepted; a result for each event with something to say about it."""
    judged = decoded.judged[: decoded.facts["sent"]]
    results = [_result(one) for one in judged if one.codes or one.outcome != "accepted"]
    accepted = sum(1 for one in judged if one.outcome == "accepted")
    body = {"status": "success", "accepted": accepted, "results": results}
    return WireReply(body=msgspec.json.encode(body))


def _result(judged: Judged) -> dict[str, Any]:
    result: dict[str, Any] = {
        "eid": judged.eid,
        "verdict": judged.outcome,
        "codes": list(judged.codes),
    }
    if judged.status:
        result["status"] = judged.status
    return result
