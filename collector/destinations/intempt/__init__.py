"""Intempt: batches of tracked events, fifty payloads a request (docs/wire/intempt.md §7)."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec
from msgspec import Raw

from collector.destinations import relays
from collector.destinations.answers import usual
from collector.destinations.contract import (
    Answer,
    Command,
    Context,
    Destination,
    Judgement,
    Limits,
    Mapped,
    Options,
    RawRequest,
    Request,
    Secrets,
    Sent,
    Setting,
    Undeliverable,
)
from collector.destinations.intempt import events
from collector.destinations.intempt.payload import Unsayable
from collector.event import Event

SETTINGS: Final = (
    Setting(name="base_url", kind="url", default="https://api.intempt.com", needed=True),
    Setting(name="org", needed=True),
    Setting(name="project", needed=True),
    Setting(name="source"),
    Setting(name="api_key", kind="secret", needed=True),
    Setting(name="user_id_from", kind="choice", default="user_id", choices=("user_id", "email"), rare=True),
)
_MOST_PAYLOADS: Final = 50
_DOUBTED: Final = (400, 422)
_TRIES: Final = 3
_PROJECT: Final = re.compile(r"/v1/([^/]+)/projects/([^/]+)/((?:sources/([^/]+)/)?track|consents/data)")


class _Payload(msgspec.Struct):
    name: str
    payload: Raw


def told(event: Event, context: Context) -> Mapped:
    """The event's payloads, or why there are none."""
    try:
        return events.deliverable(event, context)
    except Unsayable as why:
        return Undeliverable(code=why.code)


def packed(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    """A batch; payloads of one event and name, as an order's lines, are one entry of it."""
    if relays.is_relay(commands[0]):
        return _relay(commands[0], options, secrets)
    read = [(one.key, msgspec.json.decode(one.body, type=_Payload)) for one in commands]
    track = [
        {"name": name, "payload": [payload.payload for _, payload in entry]}
        for (_, name), entry in groupby(read, key=lambda one: (one[0], one[1].name))
    ]
    return _request(track, options, secrets)


def judged(sent: Sent, answer: Answer) -> Judgement:
    """The vendor refuses sound batches now and then: one is sent three times more before it is doubted.

    After that it is halved until the payload it will not take stands alone.
    """
    found = usual(answer)
    if answer.status not in _DOUBTED:
        return found
    if sent.tries < _TRIES:
        return Judgement(verdict="retry", text=found.text)
    return Judgement(verdict="split" if len(sent.commands) > 1 else "rejected", text=found.text)


def limits(options: Options) -> Limits:
    """Fifty payloads a request and one request at a time."""
    return Limits(commands=_MOST_PAYLOADS, lanes=1, rate=float(options["rate"]))


def probe(options: Options, secrets: Secrets) -> Request:
    """An empty batch. Proves address, project and key, and leaves nothing behind.

    It cannot prove that events are read as they are meant, nor that the source is the right one.
    """
    return _request([], options, secrets)


def relay(raw: RawRequest, options: Options) -> Command | None:
    """Events and consents of the destination's own project, to the source that they name; reads are not sent on."""
    found = _PROJECT.fullmatch(re.sub("/+", "/", raw.path).rstrip("/"))
    if raw.method != "POST" or found is None:
        return None
    org, project = unquote(found[1]), unquote(found[2])
    if (org, project) != (options["org"], options["project"]):
        return None
    source = "" if found[4] is None else f"sources/{_segment(unquote(found[4]))}/"
    place = "consents/data" if found[3] == "consents/data" else f"{source}track"
    return relays.command(raw, f"/v1/{_segment(org)}/projects/{_segment(project)}/{place}")


def _relay(made: Command, options: Options, secrets: Secrets) -> Request:
    raw = relays.relayed(made)
    return Request(
        url=f"{_base(options)}{raw.path}{'?' if raw.query else ''}{raw.query}",
        body=raw.body,
        method=raw.method,
        headers={"Content-Type": raw.content_type or "application/json"},
        secret_headers=_key(secrets),
    )


def _request(track: Sequence[Any], options: Options, secrets: Secrets) -> Request:
    path = f"/v1/{_segment(options['org'])}/projects/{_segment(options['project'])}"
    source = f"/sources/{_segment(options['source'])}" if options["source"] else ""
    return Request(
        url=f"{_base(options)}{path}{source}/track",
        body=msgspec.json.encode({"track": track}),
        headers={"Content-Type": "application/json"},
        secret_headers=_key(secrets),
    )


def _base(options: Options) -> str:
    address: str = options["base_url"]
    return address.rstrip("/")


def _segment(name: str) -> str:
    return quote(name, safe="")


def _key(secrets: Secrets) -> dict[str, str]:
    """The key `prefix.secret` as user and password."""
    prefix, _, secret = secrets["api_key"].partition(".")
    return {"Authorization": "Basic " + base64.b64encode(f"{prefix}:{secret}".encode()).decode()}


DESTINATION: Final = Destination(
    kind="intempt",
    vendor="intempt",
    settings=SETTINGS,
    map=told,
    pack=packed,
    judge=judged,
    limits=limits,
    probe=probe,
    probed=usual,
    whole_orders=True,
    carts=True,
    relay=relay,
)
