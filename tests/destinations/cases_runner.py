"""Recorded cases of a destination: canonical events in, exact requests or a reason out, answers and verdicts.

A file `cases/<kind>/*.json` is a list of cases:

  name          what is shown, as a sentence
  events        canonical events; `event_id` and `ts` may be left out
  options       what differs from the defaults of the destination's settings
  secrets       what differs from SECRET for each of its secrets
  context       fields of `Context`: received_at, currency, cart, before, cart_ref, session_id, order_value, names
  requests      the exact requests: method, url, headers, body (JSON) or text, and `secret` with the names of
                what is added when it is sent; [] where nothing is to be sent
  undeliverable the code, where the (only) event has no words at the vendor
  losses        codes over all events, in order of their first naming; [] where left out
  lanes         what must stay in order, one for each event
  answers       a list of {answer, judgement}: what came back for the first request, and what it means

An answer has status, headers, body (JSON) or text, fault and sent; a judgement the fields that differ from
the empty one. `tries` tells how often it was tried before.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from collector.destinations import kinds
from collector.destinations.contract import (
    Answer,
    Command,
    Context,
    Deliverable,
    Destination,
    Judgement,
    Mapped,
    Outgoing,
    Request,
    Sent,
)
from collector.destinations.policy import COMMON
from collector.event import Event, Item

CASES = Path(__file__).parent / "cases"
EVENT_ID = "01a1fd57-baac-7000-8000-000000000000"
TS = "2026-11-21T09:02:27.500000Z"
RECEIVED_AT = datetime(2026, 11, 21, 9, 2, 27, 500_000, tzinfo=UTC)
SECRET = "hush"
"""Every secret of a destination, where a case does not say another."""


class Fraction(NamedTuple):
    """A number with a fraction, as it is written: neither the text of the same signs nor 1.50 for 1.5."""

    written: str


def cases(kind: str) -> list[dict[str, Any]]:
    """All cases of a kind, file after file, each with its file's name before its own."""
    return [
        {**case, **_as_written(exact), "kind": kind, "name": f"{path.stem}: {case['name']}"}
        for path in sorted((CASES / kind).glob("*.json"))
        for case, exact in zip(
            json.loads(path.read_text()), json.loads(path.read_text(), parse_float=Fraction), strict=True
        )
    ]


def _as_written(case: Mapping[str, Any]) -> dict[str, Any]:
    """The requests of a case, numbers with a fraction as their text: 1.50 is not 1.5 on the wire."""
    return {"requests": case["requests"]} if "requests" in case else {}


def options_of(destination: Destination, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every setting with its default, but for what is given; lists become tuples."""
    settings = [one for one in (*COMMON, *destination.settings) if one.kind != "secret"]
    filled = {one.name: () if one.kind == "words" and one.default == "" else one.default for one in settings}
    given = given or {}
    typed = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    unknown = typed.keys() - filled.keys()
    assert not unknown, f"{destination.kind} has no setting {sorted(unknown)}"
    return {**filled, **typed}


def secrets_of(destination: Destination, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """A value for each secret."""
    usual = {one.name: SECRET for one in destination.settings if one.kind == "secret"}
    return {**usual, **(given or {})}


def event_of(given: Mapping[str, Any]) -> Event:
    """The event of a case; it is known by a fixed id and time where it says none."""
    return msgspec.convert({"event_id": EVENT_ID, "ts": TS, **given}, Event)


def context_of(given: Mapping[str, Any], options: Mapping[str, Any]) -> Context:
    """What the mapping may know; `names` are products' names by id."""
    names: Mapping[str, str] = given.get("names", {})
    carts: dict[str, Any] = {
        name: None if given[name] is None else msgspec.convert(given[name], tuple[Item, ...])
        for name in ("cart", "before")
        if name in given
    }
    plain = {
        name: given[name] for name in ("currency", "cart_ref", "session_id", "order_value") if name in given
    }
    received = given.get("received_at")
    return Context(
        options=options,
        received_at=msgspec.convert(received, datetime) if received else RECEIVED_AT,
        item_name=lambda item_id: names.get(item_id),
        **plain,
        **carts,
    )


def mapped(case: Mapping[str, Any]) -> list[Mapped]:
    """What the destination makes of each event of the case."""
    destination = kinds()[case["kind"]]
    options = options_of(destination, case.get("options"))
    context = context_of(case.get("context", {}), options)
    return [destination.map(event_of(one), context) for one in case["events"]]


def packed(
    destination: Destination,
    commands: Sequence[Command],
    options: Mapping[str, Any],
    secrets: Mapping[str, str],
) -> list[tuple[list[Command], Outgoing]]:
    """Requests as the forwarder cuts them: one route together, in order, what leads first, within the limit."""
    most = destination.limits(options).commands
    cut = []
    for _, same in itertools.groupby(commands, key=lambda one: one.route):
        run = list(same)
        for start in range(0, len(run), most):
            part = sorted(run[start : start + most], key=lambda one: not one.leads)
            cut.append((part, destination.pack(part, options, secrets)))
    return cut


def told(outgoing: Outgoing) -> dict[str, Any]:
    """A request in the words of a case: secrets by their names only."""
    assert isinstance(outgoing, Request), outgoing
    body: dict[str, Any] = {}
    if outgoing.body:
        try:
            body["body"] = json.loads(outgoing.body, parse_float=Fraction)
        except ValueError:
            body["text"] = outgoing.body.decode()
    secret = sorted([*outgoing.secret_headers, *outgoing.secret_query])
    return {
        "method": outgoing.method,
        "url": outgoing.url,
        "headers": dict(outgoing.headers),
        **body,
        **({"secret": secret} if secret else {}),
        **({"signed": True} if outgoing.signing else {}),
    }


def meant(request: Mapping[str, Any]) -> dict[str, Any]:
    """An expected request with what is usual filled in; numbers with a fraction are compared as they are written."""
    usual = {"method": "POST", "headers": {"Content-Type": "application/json"}}
    return {**usual, **{name: _exact(value) for name, value in request.items()}}


def _exact(value: Any) -> Any:
    """The value with its floats as they are written."""
    if isinstance(value, float):
        return Fraction(repr(value))
    if isinstance(value, dict):
        return {name: _exact(inner) for name, inner in value.items()}
    return [_exact(inner) for inner in value] if isinstance(value, list) else value


def answer_of(given: Mapping[str, Any]) -> Answer:
    """What came back: `body` is JSON, `text` bytes as they are."""
    body = json.dumps(given["body"]).encode() if "body" in given else given.get("text", "").encode()
    return Answer(
        status=given.get("status", 0),
        headers=given.get("headers", {}),
        body=body,
        fault=given.get("fault", ""),
        sent=given.get("sent", True),
        text=given.get("told", ""),
    )


def judged(judgement: Judgement) -> dict[str, Any]:
    """A verdict and what is not empty beside it; places of refused commands are texts, as JSON has it."""
    found = {one.name: getattr(judgement, one.name) for one in fields(judgement)}
    found["refused"] = {str(place): text for place, text in judgement.refused.items()}
    return {name: value for name, value in found.items() if value}


def losses(made: Sequence[Mapped]) -> list[str]:
    """Every loss once, in the order of their first naming."""
    return list(dict.fromkeys(code for one in made if isinstance(one, Deliverable) for code in one.losses))


def commands(made: Sequence[Mapped]) -> Iterator[Command]:
    """What is to be told, in order."""
    for one in made:
        if isinstance(one, Deliverable):
            yield from one.commands


def play(case: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a case, in the words of its file, and only in those it uses."""
    destination = kinds()[case["kind"]]
    options = options_of(destination, case.get("options"))
    secrets = secrets_of(destination, case.get("secrets"))
    made = mapped(case)
    shown: dict[str, Any] = {}
    refused = [one.code for one in made if not isinstance(one, Deliverable)]
    if refused:
        shown["undeliverable"] = refused[0]
    cut = packed(destination, list(commands(made)), options, secrets)
    if "requests" in case or not refused:
        shown["requests"] = [told(outgoing) for _, outgoing in cut]
    if "losses" in case or losses(made):
        shown["losses"] = losses(made)
    if "lanes" in case:
        shown["lanes"] = [one.lane for one in made if isinstance(one, Deliverable)]
    if "answers" in case:
        first = cut[0][0]
        shown["answers"] = [_judged_answer(destination, first, one) for one in case["answers"]]
    return shown


def _judged_answer(
    destination: Destination, sent: Sequence[Command], given: Mapping[str, Any]
) -> dict[str, Any]:
    answer = answer_of(given["answer"])
    found = destination.judge(Sent(commands=sent, tries=given.get("tries", 0)), answer)
    return {**given, "judgement": judged(found)}


def expected(case: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says is to come out."""
    shown = {name: case[name] for name in ("undeliverable", "losses", "lanes", "answers") if name in case}
    if "requests" in case:
        shown["requests"] = [meant(one) for one in case["requests"]]
    return shown
