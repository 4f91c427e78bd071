"""A vendor made of a real socket: it keeps every request and answers as it is told.

    with recorder() as vendor:
        vendor.script("/push", status(429, {"retry-after": "2"}), silence(), ok())   # in this order, then …
        vendor.always("/push", ok(b'{"status":"success"}'))                           # … this one (else 200, empty)
        ... whatever sends to vendor.url + "/push" ...
        vendor.wait(3)                                     # until three requests have come, else AssertionError
        assert [got.json() for got in vendor.got] == [...]

It has a thread and an event loop of its own, so a test may be of any kind. The path "*" stands for every
path that has nothing of its own. An answer may also be made of the request: `always("/bulk", each_fine)`.

    status(401) ok(b"…") refusal(b'{"success":false}')   answers; a refusal is one in the body of a 200
    silence()                reads all and never answers: the sender's timeout
    held(b"…")               reads all and answers only after `vendor.release()`
    cut_unread()             hangs up at the first line, the body unread; such a request is not in `got`
    cut_after_reading()      reads all and hangs up: nobody knows whether it counted
    cut_in_answer()          hangs up in the middle of its answer
    malformed()              answers what is not HTTP
    closing(ok())            answers, then hangs up

Of each request `got` tells method, path, query, headers (lower case), body, the moment (`time.monotonic`)
and which answer was played: `vendor.answered(200)` are those that were answered so, whole.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from tests.destinations.plays import (
    Answering,
    Got,
    Play,
    closing,
    cut_after_reading,
    cut_in_answer,
    cut_unread,
    held,
    malformed,
    ok,
    refusal,
    silence,
    status,
)

__all__ = ["Got", "Play", "Recorder", "closing", "cut_after_reading", "cut_in_answer", "cut_unread"]
__all__ += ["held", "malformed", "ok", "recorder", "refusal", "silence", "status"]

PATIENCE = 10.0
"""Seconds that a test waits for what must come."""


class Recorder:
    """The server. `tls`: speaks https. Everything public may be called from any thread."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._changed = threading.Condition()
        self._got: list[Got] = []
        self._unread = 0
        self._connections = 0
        self._scripts: dict[str, deque[Answering]] = defaultdict(deque)
        self._always: dict[str, Answering] = {}
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._released = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def got(self) -> list[Got]:
        with self._changed:
            return list(self._got)

    @property
    def connections(self) -> int:
        with self._changed:
            return self._connections

    @property
    def unread(self) -> int:
        """How many requests were cut off unread."""
        with self._changed:
            return self._unread

    def answered(self, code: int) -> list[Got]:
        return [got for got in self.got if (got.played.manner, got.played.status) == ("answer", code)]

    def script(self, path: str, *plays: Answering) -> None:
        """These come next on the path, one a request, before what it `always` has."""
        with self._changed:
            self._scripts[path].extend(plays)

    def always(self, path: str, play: Answering) -> None:
        with self._changed:
            self._always[path] = play

    def release(self) -> None:
        """Let everything go that is held, now and later."""
        self._loop.call_soon_threadsafe(self._released.set)

    def wait(self, count: int, seconds: float = PATIENCE) -> list[Got]:
        """Until so many requests have been read; what was read."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self._got) >= count, seconds)
            assert came, f"{len(self._got)} requests came of {count}"
            return list(self._got)

    def hang_up(self) -> None:
        """Close every connection that is open, idle ones among them."""
        done = threading.Event()

        def close() -> None:
            for writer in list(self._open):
                writer.transport.abort()
            done.set()

        self._loop.call_soon_threadsafe(close)
        assert done.wait(PATIENCE)

    def run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._tls)
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _end(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._changed:
            self._connections += 1
            number = self._connections
        self._open.add(writer)
        task = self._loop.create_task(self._serve(reader, writer, number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer, number):
                pass
        self._open.discard(writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        """Take one request; whether the connection may be used again."""
        method, target = (await reader.readuntil(b"\r\n")).decode("latin-1").split(" ")[:2]
        path, _, query = target.partition("?")
        answering = self._next(path)
        if isinstance(answering, Play) and answering.manner == "cut_unread":
            with self._changed:
                self._unread += 1
            writer.transport.abort()
            return False
        headers = await _headers(reader)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        got = Got(method, path, query, headers, body, time.monotonic(), number)
        play = answering(got) if callable(answering) else answering
        with self._changed:
            self._got.append(replace(got, played=play))
            self._changed.notify_all()
        return await self._play(play, writer)

    def _next(self, path: str) -> Answering:
        with self._changed:
            for name in (path, "*"):
                if self._scripts[name]:
                    return self._scripts[name].popleft()
                if name in self._always:
                    return self._always[name]
        return Play()

    async def _play(self, play: Play, writer: asyncio.StreamWriter) -> bool:
        if play.manner == "silence":
            await asyncio.Event().wait()
        if play.manner == "held":
            await self._released.wait()
        if play.manner == "cut_after_reading":
            writer.transport.abort()
            return False
        writer.write(_written(play))
        await writer.drain()
        return play.manner in ("answer", "held") and not play.close


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    found: dict[str, str] = {}
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        name, _, value = line.decode("utf-8").partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _written(play: Play) -> bytes:
    if play.manner == "malformed":
        return play.body
    lengths = {"content-length": str(len(play.body))} if play.status not in (204, 304) else {}
    headers = {**lengths, **({"connection": "close"} if play.close else {}), **play.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = play.body[: len(play.body) // 2] if play.manner == "cut_in_answer" else play.body
    return f"HTTP/1.1 {play.status} Told\r\n{head}\r\n".encode() + body


@contextmanager
def recorder(tls: ssl.SSLContext | None = None) -> Iterator[Recorder]:
    """A vendor that runs until the block ends."""
    vendor, ready = Recorder(tls), threading.Event()
    thread = threading.Thread(target=vendor.run, args=(ready,), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield vendor
    finally:
        vendor.stop()
        thread.join(PATIENCE)
