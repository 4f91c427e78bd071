"""Answers of the JSON paths: one success, one error shape (docs/wire/r46.md §5.2)."""

from __future__ import annotations

import msgspec

from collector import reasons
from collector.wire import Decoded, WireReply

REFUSED = {"device_new": "no device has this did; GET /init makes one"}
"""What is said of a refusal where the code's explanation speaks of an event that was kept."""
SUCCESS = WireReply(body=b'{"status":"success"}')


def answer(decoded: Decoded) -> WireReply:
    """Success, unless strict mode refused the one event of the request."""
    first = decoded.judged[0]
    if first.outcome == "rejected":
        return refuse(first.codes[0], first.status, "")
    return SUCCESS


def refuse(code: str, status: int, message: str) -> WireReply:
    """The error shape; `status` stays text in it, because a client takes a number for its own failure."""
    said = message or REFUSED.get(code) or reasons.explain(code).explanation
    body = {"status": "error", "payload": {"message": said, "code": code}}
    return WireReply(status=status, body=msgspec.json.encode(body))
