"""The history as a collector process knows it: asked of the engine over its unix socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h11
import msgspec

from collector.errors import OperatorError
from collector.history import CATCH_UP_SECONDS
from collector.wire import Ask, Shop, Told

PATH = "/-/ask"
SECONDS = 1.5
"""The longest that an answer may take; an unknown device's, which waits for the store, longer."""

CHUNK = 65536


class Asked(msgspec.Struct, frozen=True):
    """What goes to the engine. Its settings of the shop count, not the asking process's."""

    shop_id: str
    ask: Ask


class RemoteHistory:
    """A `History` whose store belongs to another process; without that process nothing can be told."""

    def __init__(self, socket_path: Callable[[], Path], seconds: float = SECONDS) -> None:
        self._socket_path = socket_path
        self._seconds = seconds

    async def answer(self, shop: Shop, ask: Ask) -> Told | None:
        """The engine's answer, or None where there is no engine or it takes too long."""
        body = msgspec.json.encode(Asked(shop.shop_id, ask))
        limit = self._seconds + (CATCH_UP_SECONDS if ask.kind == "device" else 0)
        try:
            async with asyncio.timeout(limit):
                return await self._exchange(body)
        except (OSError, EOFError, OperatorError, h11.RemoteProtocolError, msgspec.MsgspecError):
            return None

    async def _exchange(self, body: bytes) -> Told | None:
        reader, writer = await asyncio.open_unix_connection(str(self._socket_path()))
        try:
            wire = h11.Connection(h11.CLIENT)
            writer.write(_request(wire, body))
            await writer.drain()
            return await _answer(wire, reader)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def _request(wire: h11.Connection, body: bytes) -> bytes:
    headers = [("host", "engine"), ("connection", "close"), ("content-length", str(len(body)))]
    request = h11.Request(method="POST", target=PATH, headers=headers)
    parts = (request, h11.Data(data=body), h11.EndOfMessage())
    return b"".join(wire.send(part) or b"" for part in parts)


async def _answer(wire: h11.Connection, reader: asyncio.StreamReader) -> Told | None:
    status, body = 0, bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return msgspec.json.decode(bytes(body), type=dict[str, Any]) if status == 200 else None
        else:
            raise EOFError("the engine closed the connection")
