"""Hands a request to the engine process over its unix socket, and its answer back.

With several collector processes behind one port, any of them may be asked for a
dashboard page, and only the engine can answer it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h11

CHUNK = 65536
COMMANDS = "/-/"
"""What the engine answers only to its own user on this machine, never to who comes over the network."""

PEER = b"r46-peer"
"""The header that tells the engine who asked; only a collector process sets it, whatever was sent."""

_HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"trailer"}


class EngineProxy:
    """An ASGI application that answers with what the engine answers."""

    def __init__(self, socket_path: Callable[[], Path]) -> None:
        self._socket_path = socket_path

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith(COMMANDS):
            await _plain(send, 404, b"There is no such page.\n")
            return
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket_path()))
        except OSError:
            await _unavailable(send)
            return
        try:
            await _exchange(scope, receive, send, reader, writer)
        except (OSError, h11.RemoteProtocolError, EOFError):
            pass  # the engine or the reader went away in mid-answer: the connection says so
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _exchange(
    scope: dict[str, Any],
    receive: Any,
    send: Any,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    wire = h11.Connection(h11.CLIENT)
    body = await _whole_body(receive)
    writer.write(wire.send(_request(scope, body)) or b"")
    writer.write((wire.send(h11.Data(data=body)) or b"") + (wire.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        await _answer(wire, reader, send, gone)
    finally:
        gone.cancel()


async def _answer(
    wire: h11.Connection, reader: asyncio.StreamReader, send: Any, gone: asyncio.Future[Any]
) -> None:
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            read: asyncio.Future[Any] = asyncio.ensure_future(reader.read(CHUNK))
            await asyncio.wait([read, gone], return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                read.cancel()
                return
            wire.receive_data(read.result())
        elif isinstance(event, h11.Response):
            headers = [(name, value) for name, value in event.headers if name.lower() not in _HOP_BY_HOP]
            await send({"type": "http.response.start", "status": event.status_code, "headers": headers})
        elif isinstance(event, h11.Data):
            await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
        elif isinstance(event, h11.EndOfMessage):
            await send({"type": "http.response.body", "body": b""})
            return
        elif isinstance(event, h11.ConnectionClosed):
            raise EOFError


def _request(scope: dict[str, Any], body: bytes) -> h11.Request:
    target = scope["raw_path"].partition(b"?")[0]
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    dropped = _HOP_BY_HOP | {b"content-length", PEER}
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
    headers += [(b"connection", b"close"), (b"content-length", b"%d" % len(body))]
    headers.append((PEER, str((scope.get("client") or ("unknown",))[0]).encode()))
    return h11.Request(method=scope["method"], target=target, headers=headers)


async def _whole_body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _unavailable(send: Any) -> None:
    body = b"The dashboard is starting. Try again in a moment.\n"
    await _plain(send, 503, body, (b"retry-after", b"2"))


async def _plain(send: Any, status: int, body: bytes, *more: tuple[bytes, bytes]) -> None:
    length = (b"content-length", b"%d" % len(body))
    headers = [(b"content-type", b"text/plain; charset=utf-8"), length, *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
