"""Retail Rocket's server API: packets of `visitorEvents` (docs/wire/retailrocket.md §9)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from collector.destinations import pairs, relays
from collector.destinations.answers import usual
from collector.destinations.contract import (
    Answer,
    Command,
    Destination,
    Judgement,
    Limits,
    Options,
    RawRequest,
    Request,
    Secrets,
    Sent,
    Setting,
)
from collector.destinations.retailrocket.envelopes import ROUTE, map_event

SETTINGS = (
    Setting(name="base_url", kind="url", default="https://apptracking.retailrocket.net/1.0/", needed=True),
    Setting(name="partner_id", needed=True, longest=64),
    Setting(name="api_key", kind="secret", needed=True),
    Setting(name="expand_group_views", kind="switch", default=False),
    Setting(name="order_partial", kind="switch", default=False),
    Setting(name="user_as_visitor", kind="switch", default=False),
    Setting(name="id_map", kind="pairs", default={}, rare=True),
    Setting(name="web_url", kind="url", default="https://tracking.retailrocket.net", rare=True),
    Setting(name="batch_events", kind="whole", default=100, least=1, most=1000, rare=True),
    Setting(name="batch_kib", kind="whole", default=256, least=16, most=4096, rare=True),
    Setting(name="lanes", kind="whole", default=8, least=1, most=64, rare=True),
)
RATE: Final = 45
"""Requests a second; the vendor takes 50 of a shop."""

_JSON = {"Content-Type": "application/json"}
_SERVER = re.compile(r"/1\.0/([A-Za-z]+)", re.ASCII)
_WEB = re.compile(
    r"/1\.0/(event/(?!webpushsubscription/)[A-Za-z]+|partner)/([^/]+)((?:/[^/]+)*)", re.ASCII | re.IGNORECASE
)
_CREDENTIALS = frozenset({"apikey", "partnerid"})


def pack(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    """One packet of everything in its order; the key goes into the query when it is sent."""
    if relays.is_relay(commands[0]):
        (one,) = commands
        return _again(relays.relayed(one), options, secrets)
    envelopes = [raw for one in commands for raw in msgspec.json.decode(one.body, type=list[msgspec.Raw])]
    return _server(options, secrets, ROUTE, msgspec.json.encode(envelopes))


def _server(options: Options, secrets: Secrets, method: str, body: bytes, query: str = "") -> Request:
    base = str(options["base_url"]).rstrip("/")
    partner = f"partnerId={quote(options['partner_id'], safe='')}"
    return Request(
        url=f"{base}/{method}?{partner}{'&' if query else ''}{query}",
        body=body,
        headers=_JSON,
        secret_query={"apiKey": secrets["api_key"]},
    )


def _again(raw: RawRequest, options: Options, secrets: Secrets) -> Request:
    """A raw request: to the server API with key and partner put back, or to the browser code's own address."""
    server = _SERVER.fullmatch(raw.path)
    if server:
        query = pairs.without_pairs(raw.query, _CREDENTIALS)
        return _server(options, secrets, server[1], raw.body, query)
    web = _WEB.fullmatch(raw.path)
    assert web is not None, "relay takes no other path"
    base, partner = str(options["web_url"]).rstrip("/"), quote(options["partner_id"], safe="")
    return Request(
        method=raw.method,
        url=f"{base}/1.0/{web[1]}/{partner}{_quoted(web[3])}{'?' if raw.query else ''}{raw.query}",
        body=raw.body,
        headers={"Content-Type": raw.content_type} if raw.content_type and raw.body else {},
    )


def _quoted(path: str) -> str:
    """The path as it was sent: a slash inside a segment is kept as `%2F`, all else decoded."""
    return "/".join(quote(segment.replace("%2F", "/"), safe="") for segment in path.split("/"))


def relay(raw: RawRequest, options: Options) -> Command | None:
    """Calls of the server API and of the browser code as they came.

    Not a push subscription, whose keys are not kept, nor what is no tracking (a product's data, timing).
    """
    if _SERVER.fullmatch(raw.path):
        return relays.command(raw, raw.path) if raw.method == "POST" else None
    upwards = {".", ".."} & set(raw.path.replace("%2F", "/").split("/"))
    if raw.method in ("GET", "POST") and _WEB.fullmatch(raw.path) and not upwards:
        return relays.command(raw, raw.path, bodiless=raw.method == "GET")
    return None


def judge(sent: Sent, answer: Answer) -> Judgement:
    """As usual; but of a packet that is refused nobody says which event is wrong, so it is split."""
    found = usual(answer)
    if found.verdict == "rejected" and len(sent.commands) > 1:
        return Judgement(verdict="split", text=found.text)
    return found


def limits(options: Options) -> Limits:
    """Packets; a visitor has one in flight, and the next goes only after its answer."""
    return Limits(
        commands=options["batch_events"],
        bytes=options["batch_kib"] * 1024,
        lanes=options["lanes"],
        rate=float(options["rate"] or RATE),
    )


def probe(options: Options, secrets: Secrets) -> Request:
    """Send a packet without events, which changes nothing.

    Proves that the address answers and takes the partner id with this key. It cannot prove that the
    products' and categories' numbers are those of the vendor's catalogue.
    """
    return _server(options, secrets, ROUTE, b"[]")


def probed(answer: Answer) -> Judgement:
    """As events are judged."""
    return usual(answer)


DESTINATION = Destination(
    kind="retailrocket",
    settings=SETTINGS,
    map=map_event,
    pack=pack,
    judge=judge,
    limits=limits,
    probe=probe,
    probed=probed,
    vendor="retailrocket",
    whole_orders=True,
    carts=True,
    relay=relay,
)
