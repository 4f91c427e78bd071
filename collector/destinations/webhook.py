"""Canonical events to an address of the shop's own, signed, in batches.

What its receiver gets and may answer stands in docs/destinations/webhook.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from collector.destinations.answers import usual, words
from collector.destinations.contract import (
    Answer,
    Command,
    Context,
    Deliverable,
    Destination,
    Judgement,
    Limits,
    Mapped,
    Options,
    Request,
    Secrets,
    Sent,
    Setting,
)
from collector.destinations.records import record_text
from collector.event import Event

MOST: Final = 1000
MOST_BYTES: Final = 1024 * 1024
_ROUTE: Final = "events"
_ENDING: Final = b"]}"
_BEGINNING: Final = b'{"events":['


class _Result(msgspec.Struct, frozen=True):
    success: bool = True
    error: Any = None
    event_id: str = ""


class _Told(msgspec.Struct, frozen=True):
    """What a receiver may say beside its status."""

    success: bool = True
    error: Any = None
    results: tuple[_Result, ...] = ()


def _map(event: Event, context: Context) -> Mapped:
    body = record_text(event, context)
    return Deliverable(commands=(Command(route=_ROUTE, body=body, key=event.event_id),))


def _pack(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    body = _BEGINNING + ",".join(command.body for command in commands).encode() + _ENDING
    delivery = hashlib.sha256(body).hexdigest()[:32]
    return _request(body, {"r46-delivery": delivery}, options, secrets)


def _probe(options: Options, secrets: Secrets) -> Request:
    return _request(_BEGINNING + _ENDING, {"r46-test": "1"}, options, secrets)


def _request(body: bytes, headers: Mapping[str, str], options: Options, secrets: Secrets) -> Request:
    return Request(
        url=options["url"],
        body=body,
        headers={"Content-Type": "application/json", **headers},
        signing=secrets["secret"],
    )


def _judge(sent: Sent, answer: Answer) -> Judgement:
    judgement = _probed(answer)
    told = _told(answer)
    if judgement.verdict != "delivered" or told is None:
        return judgement
    if not told.success and not told.results:
        return Judgement(verdict="rejected", text=_text(told.error))
    places = {command.key: place for place, command in enumerate(sent.commands)}
    refused = {
        places.get(one.event_id, -1) if one.event_id else place: _text(one.error)
        for place, one in enumerate(told.results)
        if not one.success
    }
    known = {place: text for place, text in refused.items() if 0 <= place < len(sent.commands)}
    return Judgement(verdict="delivered", text=judgement.text, refused=known)


def _probed(answer: Answer) -> Judgement:
    """As usual, but an address that is gone or leads elsewhere is a wrong one: nothing of the events is refused."""
    judgement = usual(answer)
    if answer.status == 410 or 300 <= answer.status < 400:
        return Judgement(verdict="config", text=judgement.text)
    return judgement


def _told(answer: Answer) -> _Told | None:
    try:
        return msgspec.json.decode(answer.body, type=_Told)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _text(error: Any) -> str:
    """A receiver's words for one refusal."""
    told = error if isinstance(error, str) else msgspec.json.encode(error).decode() if error else ""
    return words(Answer(text=told)) or "refused"


def _limits(options: Options) -> Limits:
    return Limits(commands=options["batch"], bytes=MOST_BYTES)


DESTINATION = Destination(
    kind="webhook",
    settings=(
        Setting(name="url", kind="url", needed=True, longest=2000),
        Setting(name="secret", kind="secret", needed=True),
        Setting(name="batch", kind="whole", default=100, least=1, most=MOST),
    ),
    map=_map,
    pack=_pack,
    judge=_judge,
    limits=_limits,
    probe=_probe,
    probed=_probed,
)
