"""Answers as ASGI messages: their headers, and the few that belong to no adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from collector import transport
from collector.ingest import Answered
from collector.wire import Endpoint, WireReply

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

RETRY_AFTER = "2"
JSON = b"application/json"

PATH_UNKNOWN = b'{"status":"error","payload":{"message":"no such path","code":"path_unknown"}}'


def answer_headers(reply: WireReply, verdict: str) -> Headers:
    """What every answer of a tracking path carries (T10)."""
    sent: Headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", b"%d" % len(reply.body)),
        (b"x-content-type-options", b"nosniff"),
        (b"x-event-verdict", verdict.encode("latin-1", "replace")),
    ]
    if "Cache-Control" not in reply.headers:
        sent.append((b"cache-control", b"no-store"))
    if reply.headers:
        sent += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    return sent


def cors_of(reply: WireReply, headers: dict[str, str]) -> Headers:
    """T7; a page's script waits as long as it is told to, so it may read that too."""
    if "Retry-After" in reply.headers:
        return transport.cors(headers, readable=b"X-Event-Verdict, Retry-After")
    return transport.cors(headers)


def unavailable(endpoint: Endpoint) -> Answered:
    reply = endpoint.refuse("storage_unavailable", 503, "try again later")
    return Answered(_with(reply, "Retry-After", RETRY_AFTER), "rejected; codes=storage_unavailable")


def unknown_path(headers: dict[str, str]) -> Headers:
    verdict = (b"x-event-verdict", b"rejected; codes=path_unknown")
    return [(b"content-type", JSON), (b"cache-control", b"no-store"), verdict, *transport.cors(headers)]


def _with(reply: WireReply, name: str, value: str) -> WireReply:
    return WireReply(
        status=reply.status,
        body=reply.body,
        content_type=reply.content_type,
        headers={**reply.headers, name: value},
    )


def named(reply: WireReply) -> Headers:
    told = {"content-type": reply.content_type, **reply.headers}
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in told.items()]


async def send_all(send: Send, status: int, body: bytes, headers: Headers) -> None:
    if not any(name == b"content-length" for name, _ in headers):
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
