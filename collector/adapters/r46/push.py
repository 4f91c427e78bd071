"""The POST paths of one event each: /push and its like (docs/wire/r46.md §5.1, §3.5).

What differs between them is a `Manner`; all of them end in the same converter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from collector.adapters.r46.access import Note, read, request_notes
from collector.adapters.r46.convert import VENDOR, convert
from collector.adapters.r46.draft import Draft, Setting, Surface, Unusable
from collector.adapters.r46.redact import raw_of
from collector.reading.screen import Privacy, privacy, settle, uncounted
from collector.reading.values import identifier
from collector.wire import Ask, Decode, Decoded, Judged, Outcome, Shop, Shops, Told, WireRequest

Body = Callable[[dict[str, Any], Mapping[str, str]], dict[str, Any]]
"""From what was sent, and the named parts of the path, to a wire body; raises Unusable."""

NOT_SERVED: Note = ("not_served", 0)
ASKED = ("gpc", "consent")
"""What an event says of its visitor's wish is no property of an event that follows it."""
_TOLD = ({"unserved": False}, {"unserved": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one path is read.

    `name` is what people call its event, where the path does not share its surface's name.
    `ids` are the fields that identify and are secret at once: out of the body they become the
    event's ids of the name given. `hidden` are the names whose values the raw request loses.
    `unserved`: recorded, but what it asks for will not happen.
    """

    surface: Surface
    endpoint: str
    verb: str = ""
    name: str = ""
    body: Body | None = None
    ids: tuple[tuple[str, str], ...] = ()
    hidden: frozenset[str] = frozenset()
    unserved: bool = False


def decoder(manner: Manner) -> Decode:
    """The decode function of one path."""

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        return one(request, shops, manner)

    return decode


def one(request: WireRequest, shops: Shops, manner: Manner) -> Decoded:
    """The one event of the request, read in that manner; raises Rejected for a bad shop or body."""
    merged, shop = read(request, shops, columns=manner.surface in ("push", "custom"))
    private = privacy(request, shop, {} if manner.surface == "profile" else merged.values)
    if private.code:
        merged.values = {name: value for name, value in merged.values.items() if name not in ASKED}
    hidden = private.anonymous or private.denied
    unserved = manner.unserved and shop.unserved_writes == "error"
    notes = request_notes(merged, shop, request)
    if private.code:
        notes += ((private.code, 0),)
    if unserved:
        notes += (NOT_SERVED,)
    setting = Setting(shop=shop, received_at=request.received_at, new_id=request.new_id, notes=notes)
    judged = _judge(setting, merged.values, request.params, manner, hidden=hidden)
    judged = settle(judged, uncounted(request, browser=False), private)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=manner.endpoint,
        judged=(judged,),
        raw=raw_of(request, secret=merged.secret, anonymous=hidden, hidden=manner.hidden),
        facts=_TOLD[unserved],
        ask=asked(shop, judged, private),
    )


def _judge(
    setting: Setting, values: dict[str, Any], params: Mapping[str, str], manner: Manner, *, hidden: bool
) -> Judged:
    try:
        body = manner.body(values, params) if manner.body else values
    except Unusable as missing:
        strict = setting.shop.strict
        outcome: Outcome = "rejected" if strict else "quarantined"
        return Judged(
            outcome=outcome, codes=(missing.code,), status=missing.strict if strict else 0, name=manner.name
        )
    ids = {name: found for field, name in manner.ids if (found := identifier(body.pop(field, None)))}
    judged = convert(
        Draft(setting=setting, surface=manner.surface, body=body, verb=manner.verb, anonymous=hidden)
    )
    if manner.name:
        judged = replace(judged, name=manner.name)
    event = judged.event
    if not ids or hidden or event is None:
        return judged
    event = replace(event, vendor_event=judged.name, ids={**event.ids, **ids})
    return replace(judged, event=event)


def asked(shop: Shop, judged: Judged, private: Privacy) -> Ask | None:
    """Strict shops refuse devices that nobody made (V11), so it has to be asked whether it is known."""
    event = judged.event
    if not shop.strict or private.code or event is None or judged.outcome != "accepted":
        return None
    return Ask("device", {"did": event.device_id}) if event.device_id else None


def informed(decoded: Decoded, told: Told | None) -> Decoded:
    """The event of a device that is not known is refused; where it cannot be told, it passes (V11)."""
    if told is None or told["known"]:
        return decoded
    first = decoded.judged[0]
    refused = replace(first, outcome="rejected", event=None, codes=("device_new", *first.codes), status=404)
    return replace(decoded, judged=(refused,))


def attributes(values: dict[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
    """/push_attributes: the profile stands in `attributes`, or beside the ids as in /profile/set."""
    inner = values.pop("attributes", None)
    if isinstance(inner, dict):
        return {**inner, **values}
    return values if inner is None else {**values, "attributes": inner}
