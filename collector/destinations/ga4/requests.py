"""Requests of the Measurement Protocol, and what its answers are worth.

Whatever well-formed request it is sent, the vendor answers 2xx: also to a wrong secret, a wrong measurement
id and an event that it will ignore. So `delivered` means here that the vendor has taken the request, no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from collector.destinations.answers import MOST_TEXT, usual
from collector.destinations.contract import (
    Answer,
    Command,
    Judgement,
    Limits,
    Options,
    Request,
    Secrets,
    Sent,
)
from collector.destinations.ga4 import rules

_CONSENTS: Final = ("ad_user_data", "ad_personalization")
_PAGE: Final = (b"<html", b"<!doc")


def limits(options: Options) -> Limits:
    """25 events of one client; bytes leave room for what stands around the events."""
    return Limits(
        commands=rules.EVENTS,
        bytes=rules.BYTES - 5_000,
        lanes=4,
        rate=float(options["rate"]),
    )


def pack(commands: Sequence[Command], options: Options, secrets: Secrets) -> Request:
    """Events of one client in one request; the route says whose they are."""
    head: dict[str, Any] = msgspec.json.decode(commands[0].route)
    consent = {name: options[name] for name in _CONSENTS if options[name]}
    if consent:
        head["consent"] = consent
    head["events"] = [msgspec.Raw(command.body.encode()) for command in commands]
    return _request("mp/collect", head, options, secrets)


def probe(options: Options, secrets: Secrets) -> Request:
    """An event of no consequence to the vendor's validation server, which stores nothing.

    It proves that the address is the vendor's and that our form is what it takes. It cannot prove the secret
    or the measurement id: the vendor says that this server does not look at them. Only the vendor's realtime
    report proves those.
    """
    body = {
        "client_id": "1.1",
        "validation_behavior": "ENFORCE_RECOMMENDATIONS",
        "events": [{"name": "connection_test", "params": {}}],
    }
    return _request("debug/mp/collect", body, options, secrets)


def judge(sent: Sent, answer: Answer) -> Judgement:
    """2xx is taken, and not proven to be counted; a web page instead of an answer is a wrong address."""
    found = _usual(answer)
    if found.verdict == "delivered" and answer.body.lstrip()[:5].lower() in _PAGE:
        return replace(found, verdict="config")
    if found.verdict == "rejected" and len(sent.commands) > 1:
        return replace(found, verdict="split")
    return found


def probed(answer: Answer) -> Judgement:
    """Delivered where the validation server finds nothing wrong. A 2xx alone proves nothing."""
    found = _usual(answer)
    if found.verdict != "delivered":
        return found
    try:
        told = msgspec.json.decode(answer.body, type=_Validated)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return replace(found, verdict="config")
    if told.messages:
        return Judgement(verdict="rejected", text=_words(told.messages))
    return found


class _Message(msgspec.Struct, rename={"code": "validationCode"}):
    """One finding of the validation server."""

    code: str = ""
    description: str = ""


class _Validated(msgspec.Struct, rename={"messages": "validationMessages"}):
    messages: list[_Message]


def _words(messages: Sequence[_Message]) -> str:
    told = "; ".join(f"{one.code}: {one.description}" for one in messages)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in told).split())[:MOST_TEXT]


def _usual(answer: Answer) -> Judgement:
    """As of anybody; a redirect is a wrong address, for the vendor never redirects."""
    found = usual(answer)
    return replace(found, verdict="config") if 300 <= answer.status < 400 else found


def _request(path: str, body: Any, options: Options, secrets: Secrets) -> Request:
    query = urlencode({"measurement_id": options["measurement_id"]})
    return Request(
        url=f"{options['base_url'].rstrip('/')}/{path}?{query}",
        body=msgspec.json.encode(body),
        headers={"Content-Type": "application/json"},
        secret_query={"api_secret": secrets.get("api_secret", "")},
    )
