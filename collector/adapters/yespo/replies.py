"""Answers (docs/wire/yespo.md §3, "Answers"): `{}` or a line of text."""

from __future__ import annotations

from collections.abc import Sequence

from collector.wire import Decoded, Judged, WireReply

OK = WireReply(body=b"{}")
NOBODY = ("shop_unknown", "shop_disabled")
"""The tracker does not tell a page that nobody listens."""


def answer(decoded: Decoded) -> WireReply:
    """Success, unless strict mode refused: then what is missing, as text."""
    said = decoded.facts.get("refused")
    return OK if said is None else _text(400, said)


def first_refused(judged: Sequence[Judged]) -> Judged | None:
    """The event for which strict mode refuses the request."""
    return next((one for one in judged if one.outcome == "rejected"), None)


def refuse(code: str, status: int, message: str) -> WireReply:
    """The reason's code as text; `{}` where the request is answered as a success all the same."""
    return OK if status == 200 else _text(status, code)


def refuse_web(code: str, status: int, message: str) -> WireReply:
    """The same for the tracker, which knows no refusal but for what cannot be read."""
    return OK if code in NOBODY else refuse(code, status, message)


def _text(status: int, said: str) -> WireReply:
    return WireReply(status=status, body=said.encode(), content_type="text/plain")
