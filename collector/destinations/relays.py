"""A request as it was taken, on its way back to the vendor whose protocol it is (docs/wire/canonical.md D19)."""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec

from collector.destinations.contract import Command, RawRequest
from collector.destinations.pairs import is_whole

ROUTE: Final = "relay"


def command(raw: RawRequest, path: str, *, bodiless: bool = False) -> Command | None:
    """The request under the vendor's path; None where some of it was not kept. It shares a request with nothing.

    `bodiless`: it may have come without a body.
    """
    if not (raw.body or bodiless) or not is_whole(raw):
        return None
    told: dict[str, Any] = {
        "method": raw.method,
        "path": path,
        "query": raw.query.lstrip("?"),
        "content_type": raw.content_type,
    }
    try:
        told["body"] = raw.body.decode()
    except UnicodeDecodeError:
        told["base64"] = base64.b64encode(raw.body).decode()
    return Command(route=f"{ROUTE} {path}", body=msgspec.json.encode(told).decode(), alone=True)


def is_relay(made: Command) -> bool:
    """Whether the command is a request as it was taken."""
    return made.route.startswith(f"{ROUTE} ")


def relayed(made: Command) -> RawRequest:
    """The request again, byte for byte."""
    told = msgspec.json.decode(made.body)
    body = base64.b64decode(told["base64"]) if "base64" in told else told["body"].encode()
    return RawRequest(
        method=told["method"],
        path=told["path"],
        query=told["query"],
        content_type=told["content_type"],
        body=body,
    )
