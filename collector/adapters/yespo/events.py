"""POST /api/v1/event, v2 and v3: one event with an API key (docs/wire/yespo.md §3)."""

from __future__ import annotations

import re
from typing import Any

from collector import options
from collector.adapters.yespo import known
from collector.adapters.yespo.access import VENDOR, sender
from collector.adapters.yespo.identity import identify, take_key_value
from collector.adapters.yespo.known import KNOWN, refusal
from collector.adapters.yespo.parameters import take_params
from collector.adapters.yespo.replies import first_refused
from collector.adapters.yespo.window import Window
from collector.errors import Rejected
from collector.event import EventName
from collector.reading.draft import Draft, Setting, Unusable
from collector.reading.requests import kept, read_json, screened, setting
from collector.reading.values import identifier, plain
from collector.wire import Decode, Decoded, Judged, Shop, Shops, WireRequest

ENDPOINT = "yespo.event"
LONGEST_NAME = 100
_FORBIDDEN = re.compile(r"""[<;'\\/|"`^?!,>]""")


def read_object(request: WireRequest, shop: Shop) -> tuple[dict[str, Any], list[str]]:
    """The body as an object, and its notes; raises Rejected with 400."""
    body, notes = read_json(request, shop.shop_id)
    if not isinstance(body, dict):
        raise Rejected("wrong_shape", status=400, shop_id=shop.shop_id, keep_raw=True)
    return body, notes


def decoder(window: Window) -> Decode:
    """The decode function of the events' paths, which share one memory of bodies."""

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        shop = sender(request, shops)
        body, notes = read_object(request, shop)
        same = setting(request, shop, VENDOR, notes)
        seconds = options.number(shop, "yespo.dup_window_s")
        key = window.key(shop.shop_id, request.body, request.received_at, seconds)
        judged = screened([_judge(same, body, key)], request, shop, browser=False)
        refused = first_refused(judged)
        return Decoded(
            shop_id=shop.shop_id,
            vendor=VENDOR,
            endpoint=ENDPOINT,
            judged=judged,
            raw=kept(request, anonymous=same.anonymous),
            facts={"refused": refusal(refused.name, refused.codes[0])} if refused else {},
        )

    return decode


def _judge(same: Setting, body: dict[str, Any], key: tuple[str, ...]) -> Judged:
    draft = Draft(setting=same, key=key)
    try:
        kind = _read(draft, body)
    except Unusable as missing:
        return draft.set_aside(missing)
    return draft.finish(kind)


def _read(draft: Draft, body: dict[str, Any]) -> EventName:
    """The event's name; what no rule has taken is a property, parameters before fields beside them."""
    _name(draft, body.pop("eventTypeKey", None))
    params = take_params(draft, body)
    identify(draft, params)
    take_key_value(draft, body.pop("keyValue", None))
    if not draft.is_somebody():
        draft.note("identity_missing", strict=True)
    known.take_event_currency(draft, params)
    found = KNOWN.get(draft.name)
    kind = found.read(draft, params) if found else known.custom(draft, params)
    for name, value in {**body, **params}.items():
        if value is not None and value != "":
            draft.props[name] = plain(value)
    return kind


def _name(draft: Draft, value: Any) -> None:
    name = identifier(value)
    if name is None:
        raise Unusable("field_missing:eventTypeKey")
    draft.name = name
    if len(name) > LONGEST_NAME or _FORBIDDEN.search(name):
        draft.note("field_format:eventTypeKey", strict=True)
