"""Answers: an empty object, or an object with the code of what was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from collector.wire import Decoded, Judged, WireReply

TAKEN = WireReply(body=b"{}")


def offence(judged: Sequence[Judged], *, indexed: bool = False) -> dict[str, Any]:
    """The facts for the answer: what strict mode refuses first, in a packet with its position."""
    first = next((one for one in judged if one.outcome == "rejected"), None)
    if first is None:
        return {}
    told: dict[str, Any] = {"error": first.codes[0]}
    if indexed:
        told["index"] = int(first.pointer.split("/")[1])
    return {"refused": told}


def answer(decoded: Decoded) -> WireReply:
    """Success, unless strict mode refused something of the request."""
    refused = decoded.facts.get("refused")
    if refused is None or not any(one.outcome == "rejected" for one in decoded.judged):
        return TAKEN
    return WireReply(status=400, body=msgspec.json.encode(refused))


def refuse(code: str, status: int, message: str) -> WireReply:
    """The error object; what was kept although we failed at it counts as taken."""
    if status == 200:
        return TAKEN
    return WireReply(status=status, body=msgspec.json.encode({"error": code}))
