"""The collector as an ASGI application: paths in front, rules around, answers out.

Event paths are found in a dictionary before any router: a tracking request pays for
nothing it does not need. What is no path of ours goes to `fallback`, the dashboard.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collector import echo, respond, transport
from collector.counts import Taken
from collector.errors import Rejected, Unavailable
from collector.ids import IdMaker
from collector.ingest import Answered, Ingest
from collector.log import EventLog
from collector.respond import Send, send_all
from collector.routing import Found, Routes
from collector.script import Script
from collector.wire import Adapter, Endpoint, History, Shops, WireRequest

AsgiApp = Callable[[dict[str, Any], Any, Send], Awaitable[None]]

ECHO = "/echo"
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
    history: History | None = None  # None: what is stored cannot be asked for
    installation: str = ""  # the mark of this installation, see collector.loops; "": no loop is noticed
    taken: Taken = field(default_factory=Taken)
    fallback: AsgiApp | None = None
    fallback_posts: frozenset[str] = frozenset()  # paths that take a POST there


class Collector:
    """The ASGI callable. One per process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ingest = Ingest(parts.shops, parts.log, parts.history, parts.installation, parts.taken)
        self._routes = Routes(
            endpoint for adapter in parts.adapters.values() for endpoint in adapter.endpoints
        )

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await self._elsewhere(scope, receive, send)
            return
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        found = self._routes.exact(path)
        if found is None:
            path = transport.canonical_path(path)
            found = self._routes.find(path)
        headers = transport.headers_of(scope["headers"])
        if found is not None and self._is_tracking(found.endpoint, scope):
            await self._event(found, path, scope, receive, send, headers)
        else:
            await self._other(path, scope, receive, send, headers)

    def _is_tracking(self, endpoint: Endpoint, scope: dict[str, Any]) -> bool:
        """Whether a path that may be a page of the dashboard is meant as the shop's."""
        if not endpoint.shared or self._parts.fallback is None:
            return True
        return b"shop_id=" in scope["query_string"].lower()

    async def _event(
        self,
        found: Found,
        path: str,
        scope: dict[str, Any],
        receive: Any,
        send: Send,
        headers: dict[str, str],
    ) -> None:
        endpoint = found.endpoint
        if scope["method"] == "OPTIONS":
            await send_all(send, 204, b"", transport.preflight(headers))
            return
        try:
            answered = await self._answer(found, path, scope, receive, headers)
        except Unavailable:
            self._parts.taken.unstored += 1
            answered = respond.unavailable(endpoint)
        except ConnectionError:
            return  # the sender left before the request was whole; there is nobody to answer
        reply = answered.reply
        sent = respond.answer_headers(reply, answered.verdict)
        if "origin" in headers and self._may_read(headers["origin"], answered.shop_id):
            sent += respond.cors_of(reply, headers)
        await send_all(send, reply.status, reply.body, sent)

    def _may_read(self, origin: str, shop_id: str) -> bool:
        """Whether a page of that origin may read the answer: any, unless the shop lists its own."""
        shop = self._parts.shops.find(shop_id) if shop_id else None
        return shop is None or not shop.origins or origin in shop.origins

    async def _answer(
        self, found: Found, path: str, scope: dict[str, Any], receive: Any, headers: dict[str, str]
    ) -> Answered:
        endpoint = found.endpoint
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
        request = self._request(found, path, scope, headers, body)
        if refusal is not None:
            return await self._ingest.refuse(endpoint, request, refusal)
        return await self._ingest(endpoint, request)

    def _request(
        self, found: Found, path: str, scope: dict[str, Any], headers: dict[str, str], body: bytes
    ) -> WireRequest:
        now = self._parts.clock()
        new_id = self._parts.new_id
        return WireRequest(
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            params=found.params,
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
            await send_all(send, served.status, served.body, respond.named(served))
        elif path.startswith(ECHO + "/"):
            await self._echo(path.removeprefix(ECHO), scope, receive, send, headers)
        elif path == "/healthz":
            await send_all(send, 200, b'{"status":"ok"}', [(b"content-type", respond.JSON)])
        elif path == "/readyz":
            await self._ready(send)
        elif parts.fallback is not None and self._is_fallback_s(scope):
            await parts.fallback(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            # The dashboard behind this port never shares an origin with anyone.
            allowed = [] if parts.fallback else transport.preflight(headers)
            await send_all(send, 204, b"", allowed)
        else:
            await send_all(send, 404, respond.PATH_UNKNOWN, respond.unknown_path(headers))

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
            retry = (b"retry-after", respond.RETRY_AFTER.encode())
            await send_all(send, 503, body, [(b"content-type", respond.JSON), retry])
            return
        await send_all(send, 200, b'{"status":"ready"}', [(b"content-type", respond.JSON)])

    async def _echo(
        self, path: str, scope: dict[str, Any], receive: Any, send: Send, headers: dict[str, str]
    ) -> None:
        """Say what a tracking request would become; store nothing."""
        found = self._routes.find(path)
        if scope["method"] == "OPTIONS":
            await send_all(send, 204, b"", transport.preflight(headers))
            return
        if found is None:
            await send_all(send, 404, respond.PATH_UNKNOWN, respond.unknown_path(headers))
            return
        endpoint = found.endpoint
        try:
            limit = min(self._parts.body_limit, endpoint.body_limit)
            body = b"" if scope["method"] == "GET" else await transport.read_body(receive, headers, limit)
            request = self._request(found, path, scope, headers, body)
            said = await echo.of(endpoint, request, self._parts.shops, self._parts.history)
        except Rejected as refusal:
            said = echo.refused(endpoint, refusal)
        except ConnectionError:
            return
        cache = (b"cache-control", b"no-store")
        await send_all(send, 200, said, [(b"content-type", respond.JSON), cache, *transport.cors(headers)])

    async def _elsewhere(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        elif self._parts.fallback is not None:
            await self._parts.fallback(scope, receive, send)
