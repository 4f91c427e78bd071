"""Requests of one project or stream: one event, one customer, one click, a batch, the time."""

from __future__ import annotations

from msgspec.structs import replace

from collector import options
from collector.adapters.exponea.access import PRIVATE, VENDOR, shop_of
from collector.adapters.exponea.commands import (
    COMMANDS,
    TIME,
    Judge,
    judge_command,
    listed,
    result,
    time_result,
)
from collector.adapters.exponea.customers import judge_click, judge_customer, judge_erasure
from collector.adapters.exponea.events import judge_event
from collector.adapters.exponea.incoming import incoming, nothing_of, raw_of, read_object, seconds
from collector.adapters.exponea.limits import MOST_COMMANDS
from collector.errors import Rejected
from collector.reading import document
from collector.wire import Decode, Decoded, Judged, Shops, WireRequest

EVENT = "exponea.event"
CUSTOMER = "exponea.customer"
BATCH = "exponea.batch"
_READ = Judged(outcome="ignored", codes=("ignored_telemetry",))


MOST_ASKED = 255


def one(endpoint: str, judge: Judge) -> Decode:
    """A path whose body is what one command's data would be."""

    def decode(request: WireRequest, shops: Shops) -> Decoded:
        shop = shop_of(request, shops)
        body, notes = read_object(request, shop.shop_id)
        coming = incoming(request, shop, notes)
        return coming.decoded(endpoint, [judge(coming, body, "", 0)])

    return decode


decode_event = one(EVENT, judge_event)
decode_customer = one(CUSTOMER, judge_customer)
decode_click = one(EVENT, judge_click)


def decode_batch(request: WireRequest, shops: Shops) -> Decoded:
    """A verdict and a result for every command. The time is told and is no event."""
    shop = shop_of(request, shops)
    body, notes = read_object(request, shop.shop_id)
    commands = listed(body, shop.shop_id)
    coming = incoming(request, shop, notes)
    if coming.setting.strict and len(commands) > MOST_COMMANDS:
        raise Rejected("batch_over_limit", status=400, shop_id=shop.shop_id)
    judged: list[Judged] = []
    results = []
    for command in commands:
        if command.name == TIME:
            results.append(time_result(request, command))
            continue
        judged.append(judge_command(coming, command, COMMANDS, len(judged)))
        results.append(result(judged[-1], command))
    facts = {"results": results, "time": seconds(request)}
    return coming.decoded(BATCH, judged, store=bool(judged), facts=facts)


def decode_time(request: WireRequest, shops: Shops) -> Decoded:
    """The time of the arrival; nothing is kept."""
    return _told(request, shop_of(request, shops).shop_id, EVENT)


def decode_erasure(request: WireRequest, shops: Shops) -> Decoded:
    """A customer to be erased. Neither a robot's name nor a visitor's wish for privacy stops that."""
    shop = shop_of(request, shops, PRIVATE)
    body, notes = read_object(request, shop.shop_id)
    return Decoded(
        shop_id=shop.shop_id,
        vendor=VENDOR,
        endpoint=CUSTOMER,
        judged=[judge_erasure(incoming(request, shop, notes), body)],
        raw=raw_of(request),
    )


def decode_read(request: WireRequest, shops: Shops) -> Decoded:
    """Attributes and consents, which nobody serves here; a strict shop is told so."""
    shop = shop_of(request, shops, PRIVATE)
    if options.is_strict(shop, VENDOR):
        raise Rejected("path_unknown", status=404, shop_id=shop.shop_id)
    told = _told(request, shop.shop_id, CUSTOMER)
    return replace(told, facts={**told.facts, "asked": _asked(request)})


def _asked(request: WireRequest) -> int:
    """How many attributes were asked for: a client looks for an answer to each."""
    try:
        value, _ = document.parse(request.body.strip())
    except document.Malformed:
        return 0
    asked = value.get("attributes") if isinstance(value, dict) else None
    return min(len(asked), MOST_ASKED) if isinstance(asked, list) else 0


def decode_unknown(request: WireRequest, shops: Shops) -> Decoded:
    """A path of the vendor's that does not exist, whoever asks."""
    raise Rejected("path_unknown", status=404)


def _told(request: WireRequest, shop_id: str, endpoint: str) -> Decoded:
    return Decoded(
        shop_id=shop_id,
        vendor=VENDOR,
        endpoint=endpoint,
        judged=[_READ],
        raw=nothing_of(request),
        store=False,
        facts={"time": seconds(request)},
    )
