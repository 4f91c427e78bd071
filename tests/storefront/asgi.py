"""A visitor without a browser: requests to an ASGI application, with a cookie jar."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Visitor:
    app: Starlette
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, **headers: str) -> Answer:
        return self._ask("GET", target, b"", headers)

    def post(self, target: str, form: dict[str, str], **headers: str) -> Answer:
        return self._ask("POST", target, urlencode(form).encode(), headers)

    def _ask(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        parts = urlsplit(target)
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "server": ("shop.test", 80),
            "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"shop.test")]
            + [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[dict[str, Any]] = []
        asyncio.run(self._run(scope, body, sent))
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        self._keep(found.get("set-cookie"))
        text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
        return Answer(sent[0]["status"], found, text)

    async def _run(self, scope: dict[str, Any], body: bytes, sent: list[dict[str, Any]]) -> None:
        pending = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not pending:
                await asyncio.Event().wait()  # the visitor stays connected
            return pending.pop()

        async def send(message: Any) -> None:
            sent.append(dict(message))

        await self.app(scope, receive, send)

    def _keep(self, cookie: str | None) -> None:
        if cookie:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
