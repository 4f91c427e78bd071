"""What this vendor's answers mean (docs/wire/exponea.md §7). It may refuse an event with a 200."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from collector.destinations.answers import MOST_TEXT, usual
from collector.destinations.contract import Answer, Judgement, Sent
from collector.destinations.exponea.requests import told_commands
from collector.destinations.relays import is_relay

_NOT_TOLD: Final = "the answer has no result for it"


def judge(sent: Sent, answer: Answer) -> Judgement:
    """Results by command where there are any; a batch that is refused as a whole is looked through in halves.

    A 2xx whose body is neither empty nor JSON did not come from the vendor: `config`, as is a redirect.
    """
    found = _usual(answer)
    if found.verdict == "rejected" and len(sent.commands) > 1:
        return replace(found, verdict="split")
    if found.verdict != "delivered" or not answer.body.strip():
        return found
    told = _object(answer.body)
    if told is None:
        return replace(found, verdict="config")
    results = told.get("results")
    if isinstance(results, list) and results:
        return replace(found, refused=_refused(sent, results))
    if told.get("success") is False or told.get("errors"):
        text = _complaint(told) or found.text
        return Judgement(verdict="split" if len(sent.commands) > 1 else "rejected", text=text)
    return found


def probed(answer: Answer) -> Judgement:
    """Delivered where the vendor told its time."""
    found = _usual(answer)
    if found.verdict != "delivered":
        return found
    told = _object(answer.body)
    results = told.get("results") if told else None
    if not isinstance(results, list) or not results or not isinstance(results[0], dict):
        return replace(found, verdict="config")
    if results[0].get("success") is not True:
        return Judgement(verdict="rejected", text=_complaint(results[0]) or found.text)
    return found


def _usual(answer: Answer) -> Judgement:
    found = usual(answer)
    return replace(found, verdict="config") if 300 <= answer.status < 400 else found


def _refused(sent: Sent, results: Sequence[Any]) -> Mapping[int, str]:
    """The commands that were refused. A request passed on has as many results as it has commands."""
    refused, start = {}, 0
    for place, command in enumerate(sent.commands):
        count = told_commands(command) if is_relay(command) else 1
        mine = [*results[start : start + count], *([None] * (start + count - len(results)))][:count]
        start += count
        complaints = [_result(one) for one in mine if _result(one)]
        if complaints:
            part = f"{len(complaints)} of {count}: " if count > 1 else ""
            refused[place] = (part + complaints[0])[:MOST_TEXT]
    return refused


def _result(one: Any) -> str:
    """Why one command was refused; empty where it was not."""
    if not isinstance(one, dict):
        return _NOT_TOLD
    return "" if one.get("success") is True else _complaint(one) or "refused without a word"


def _complaint(told: Mapping[str, Any]) -> str:
    """The vendor's words, be they a list, an object or a text; printable and on one line."""
    given = told.get("errors") or told.get("error") or told.get("message") or ""
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        given = "; ".join(given)
    text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line[:MOST_TEXT]


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
