"""The collector as an ASGI application: paths in front, rules around, answers out.

Event paths are found in a dictionary before any router: a tracking request pays for
nothing it does not need. What is no path of ours goes to `fallback`, the dashboard.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector import echo, transport
from collector.errors import Rejected, Unavailable
from collector.ids import IdMaker
from collector.ingest import Answered, Ingest
from collector.log import EventLog
from collector.script import Script
from collector.wire import Adapter, Endpoint, Shops, WireReply, WireRequest

Send = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApp = Callable[[dict[str, Any], Any, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

ECHO = "/echo"
RETRY_AFTER = "2"
_JSON = b"application/json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the application is made of; everything is passed in."""

    adapters: Mapping[str, Adapter]
    shops: Shops
    log: EventLog
    script: Script
    clock: Callable[[], datetime]
    new_id: IdMaker
    body_limit: int
    fallback: AsgiApp | None = None
    fallback_posts: frozenset[str] = frozenset()  # paths that take a POST there


class Collector:
    """The ASGI callable. One per process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ingest = Ingest(parts.shops, parts.log)
        self._routes = {
            endpoint.path: endpoint for adapter in parts.adapters.values() for endpoint in adapter.endpoints
        }

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await self._elsewhere(scope, receive, send)
            return
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        endpoint = self._routes.get(path)
        if endpoint is None:
            path = transport.canonical_path(path)
            endpoint = self._routes.get(path)
        headers = transport.headers_of(scope["headers"])
        if endpoint is not None:
            await self._event(endpoint, scope, receive, send, headers)
        else:
            await self._other(path, scope, receive, send, headers)

    async def _event(
        self, endpoint: Endpoint, scope: dict[str, Any], receive: Any, send: Send, headers: dict[str, str]
    ) -> None:
        if scope["method"] == "OPTIONS":
            await _send(send, 204, b"", transport.preflight(headers))
            return
        try:
            answered = await self._answer(endpoint, scope, receive, headers)
        except Unavailable:
            answered = _unavailable(endpoint)
        except ConnectionError:
            return  # the sender left before the request was whole; there is nobody to answer
        reply = answered.reply
        sent = _answer_headers(reply, answered.verdict)
        if "origin" in headers and self._may_read(headers["origin"], answered.shop_id):
            sent += _cors_of(reply, headers)
        await _send(send, reply.status, reply.body, sent)

    def _may_read(self, origin: str, shop_id: str) -> bool:
        """Whether a page of that origin may read the answer: any, unless the shop lists its own."""
        shop = self._parts.shops.find(shop_id) if shop_id else None
        return shop is None or not shop.origins or origin in shop.origins

    async def _answer(
        self, endpoint: Endpoint, scope: dict[str, Any], receive: Any, headers: dict[str, str]
    ) -> Answered:
        method: str = scope["method"]
        allowed = endpoint.methods
        body, refusal = b"", None
        if method not in allowed:
            allow = ", ".join((*allowed, "OPTIONS"))
            refusal = Rejected("method_not_allowed", status=405, detail=f"use {allow}", allow=allow)
        elif method not in ("GET", "HEAD"):
            try:
                limit = min(self._parts.body_limit, endpoint.body_limit)
                body = await transport.read_body(receive, headers, limit)
            except Rejected as error:
                refusal = error
        request = self._request(endpoint.path, scope, headers, body)
        if refusal is not None:
            return await self._ingest.refuse(endpoint, request, refusal)
        return await self._ingest(endpoint, request)

    def _request(self, path: str, scope: dict[str, Any], headers: dict[str, str], body: bytes) -> WireRequest:
        now = self._parts.clock()
        new_id = self._parts.new_id
        return WireRequest(
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body,
            received_at=now,
            request_id=new_id(now),
            new_id=lambda: new_id(now),
        )

    async def _other(
        self, path: str, scope: dict[str, Any], receive: Any, send: Send, headers: dict[str, str]
    ) -> None:
        parts = self._parts
        if scope["method"] in ("GET", "HEAD") and (served := parts.script.serve(path, headers)) is not None:
            await _send(send, served.status, served.body, _named(served))
        elif path.startswith(ECHO + "/"):
            await self._echo(path.removeprefix(ECHO), scope, receive, send, headers)
        elif path == "/healthz":
            await _send(send, 200, b'{"status":"ok"}', [(b"content-type", _JSON)])
        elif path == "/readyz":
            await self._ready(send)
        elif parts.fallback is not None and self._is_fallback_s(scope):
            await parts.fallback(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            # The dashboard behind this port never shares an origin with anyone.
            allowed = [] if parts.fallback else transport.preflight(headers)
            await _send(send, 204, b"", allowed)
        else:
            await _send(send, 404, _PATH_UNKNOWN, _unknown_path(headers))

    def _is_fallback_s(self, scope: dict[str, Any]) -> bool:
        """Pages are read; what else is sent to no path of ours is a tracking call gone astray."""
        return scope["method"] in ("GET", "HEAD") or scope["path"] in self._parts.fallback_posts

    async def _ready(self, send: Send) -> None:
        """Can an event be stored now? Not: is the process alive."""
        try:
            await self._parts.log.probe()
        except Unavailable as error:
            _log.warning("not ready: %s", error)
            body = b'{"status":"unavailable","code":"storage_unavailable"}'
            retry = (b"retry-after", RETRY_AFTER.encode())
            await _send(send, 503, body, [(b"content-type", _JSON), retry])
            return
        await _send(send, 200, b'{"status":"ready"}', [(b"content-type", _JSON)])

    async def _echo(
        self, path: str, scope: dict[str, Any], receive: Any, send: Send, headers: dict[str, str]
    ) -> None:
        """Say what a tracking request would become; store nothing."""
        endpoint = self._routes.get(path)
        if scope["method"] == "OPTIONS":
            await _send(send, 204, b"", transport.preflight(headers))
            return
        if endpoint is None:
            await _send(send, 404, _PATH_UNKNOWN, _unknown_path(headers))
            return
        try:
            limit = min(self._parts.body_limit, endpoint.body_limit)
            body = b"" if scope["method"] == "GET" else await transport.read_body(receive, headers, limit)
            request = self._request(path, scope, headers, body)
            said = echo.of(endpoint, request, self._parts.shops)
        except Rejected as refusal:
            said = echo.refused(endpoint, refusal)
        except ConnectionError:
            return
        cache = (b"cache-control", b"no-store")
        await _send(send, 200, said, [(b"content-type", _JSON), cache, *transport.cors(headers)])

    async def _elsewhere(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        elif self._parts.fallback is not None:
            await self._parts.fallback(scope, receive, send)


_PATH_UNKNOWN = b'{"status":"error","payload":{"message":"no such path","code":"path_unknown"}}'


def _answer_headers(reply: WireReply, verdict: str) -> Headers:
    """What every answer of a tracking path carries (T10)."""
    sent: Headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", b"%d" % len(reply.body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-event-verdict", verdict.encode("latin-1", "replace")),
    ]
    if reply.headers:
        sent += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    return sent


def _cors_of(reply: WireReply, headers: dict[str, str]) -> Headers:
    """T7; a page's script waits as long as it is told to, so it may read that too."""
    if "Retry-After" in reply.headers:
        return transport.cors(headers, readable=b"X-Event-Verdict, Retry-After")
    return transport.cors(headers)


def _unavailable(endpoint: Endpoint) -> Answered:
    reply = endpoint.refuse("storage_unavailable", 503, "try again later")
    return Answered(_with(reply, "Retry-After", RETRY_AFTER), "rejected; codes=storage_unavailable")


def _unknown_path(headers: dict[str, str]) -> Headers:
    verdict = (b"x-event-verdict", b"rejected; codes=path_unknown")
    return [(b"content-type", _JSON), (b"cache-control", b"no-store"), verdict, *transport.cors(headers)]


def _with(reply: WireReply, name: str, value: str) -> WireReply:
    return WireReply(
        status=reply.status,
        body=reply.body,
        content_type=reply.content_type,
        headers={**reply.headers, name: value},
    )


def _named(reply: WireReply) -> Headers:
    named = {"content-type": reply.content_type, **reply.headers}
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()]


async def _send(send: Send, status: int, body: bytes, headers: Headers) -> None:
    if not any(name == b"content-length" for name, _ in headers):
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
