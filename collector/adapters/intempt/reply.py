"""Answers as this vendor's clients expect them (docs/wire/intempt.md, "Answers")."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.wire import Decoded, Judged, Refuse, WireReply

CREATED = WireReply(status=201)
EMPTY = WireReply()
PRODUCTS = WireReply(body=b'{"products":[]}')
CHOICES = WireReply(body=b'{"choices":[]}')
MOST_ERRORS = 50
_SILENT = frozenset({401, 429})


def tracked(decoded: Decoded) -> WireReply:
    """Of a batch: created and not a byte more, or why all of it was refused."""
    return _errors(decoded) or CREATED


def consented(decoded: Decoded) -> WireReply:
    return _errors(decoded) or EMPTY


def products(decoded: Decoded) -> WireReply:
    """Of a feed that nobody serves here."""
    return PRODUCTS


def choices(decoded: Decoded) -> WireReply:
    """Of an experiment that nobody runs here."""
    return CHOICES


def refusing(success: WireReply) -> Refuse:
    """The answer to a request that is refused as a whole; `success` is that of the path."""

    def refuse(code: str, status: int, message: str) -> WireReply:
        if code == "adapter_failed":
            return success
        if status in _SILENT:
            return WireReply(status=status)
        # clients halve a batch that is too large, whichever way it is
        return _written([code if status != 413 else "batch_over_limit"], status)

    return refuse


def offences(judged: Sequence[Judged]) -> list[str]:
    """What strict mode refuses a request for: the place in the batch, and the reason."""
    refused = [one for one in judged if one.outcome == "rejected"]
    return [_said(one) for one in refused[:MOST_ERRORS]]


def _said(judged: Judged) -> str:
    place = judged.pointer.removeprefix("/track")
    return f"{place}: {judged.codes[0]}" if place else judged.codes[0]


def _errors(decoded: Decoded) -> WireReply | None:
    messages = decoded.facts["offences"]
    return _written(messages, 400) if messages else None


def _written(messages: Sequence[str], status: int) -> WireReply:
    body = msgspec.json.encode({"errors": [{"message": message} for message in messages]})
    return WireReply(status=status, body=body)
