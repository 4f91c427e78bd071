"""What comes back of an event that was told to the vendor's batch, read by our own inbound adapter of it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from collector.destinations.contract import Command, Request
from collector.destinations.exponea import DESTINATION
from collector.event import Event
from collector.wire import Judged, WireReply
from tests.adapters.wired import ENDPOINTS, OneShop, wire_request
from tests.destinations.cases_runner import options_of

OPTIONS = options_of(DESTINATION, {"project": "tok-7", "base_url": "https://vendor.example"})
SECRETS = {"key": "id-7", "secret": "hidden-7"}
KEY: dict[str, Any] = {
    "vendor": "exponea",
    "public": {"project_token": "tok-7"},
    "secrets": {"private_key": "id-7:hidden-7"},
}


def answered(request: Request) -> tuple[list[Judged], WireReply]:
    """The verdicts of the adapter in strict mode on a request, and what it answers."""
    parts = urlsplit(request.url)
    wire = wire_request(
        {
            "method": request.method,
            "path": parts.path,
            "query": parts.query,
            "headers": {"authorization": request.secret_headers["Authorization"]},
            "base64": base64.b64encode(request.body).decode(),
        }
    )
    endpoint = ENDPOINTS[wire.path]
    decoded = endpoint.decode(wire, OneShop({"options": {"exponea.strict": "on"}}, [KEY]))
    return list(decoded.judged), endpoint.answer(decoded)


def read_back(commands: Sequence[Command]) -> list[Event]:
    """The canonical events that the commands become; every one of them must be accepted."""
    request = DESTINATION.pack(commands, OPTIONS, SECRETS)
    assert isinstance(request, Request)
    judged, _ = answered(request)
    assert [one.outcome for one in judged] == ["accepted"] * len(commands)
    return [one.event for one in judged if one.event is not None]
