"""The history as another process asks for it: whatever the engine does, no error comes of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from collector.errors import OperatorError
from collector.history.remote import RemoteHistory
from collector.wire import Ask, Told
from tests.history.world import DID, SHOP

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ASKED = Ask("cart", {"did": DID})


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for a socket's address."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def saying(answer: bytes) -> Answering:
    """An engine that reads one question and says this."""

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}}}")
        writer.write(answer)
        writer.close()

    return answering


def asked_of(place: Path, engine: Answering, seconds: float = 10.0) -> Told | None:
    async def ask() -> Told | None:
        address = place / "engine.sock"
        server = await asyncio.start_unix_server(engine, str(address))
        async with server:
            return await RemoteHistory(lambda: address, seconds).answer(SHOP, ASKED)

    return asyncio.run(ask())


def test_the_engine_s_answer_is_the_answer_however_it_is_cut(place: Path) -> None:
    async def engine(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readuntil(b"}}}")
        questions.append(head.split(b"\r\n")[0] + b" " + body)
        for byte in b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"items":[]}':
            writer.write(bytes([byte]))
            await writer.drain()
        writer.close()

    questions: list[bytes] = []
    assert asked_of(place, engine) == {"items": []}
    asked = b'{"shop_id":"shop-1","ask":{"kind":"cart","params":{"did":"AH5aEvmlqn"}}}'
    assert questions == [b"POST /-/ask HTTP/1.1 " + asked]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    ],
    ids=["nothing", "noise", "no answer", "an error", "half an answer", "no JSON", "another shape"],
)
def test_what_is_no_answer_is_none(place: Path, answer: bytes) -> None:
    assert asked_of(place, saying(answer)) is None


def test_a_silent_engine_is_not_waited_for(place: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    assert asked_of(place, silent, seconds=0.05) is None


def test_without_an_engine_nothing_can_be_told(place: Path) -> None:
    def nowhere() -> Path:
        raise OperatorError("no engine is announced")

    for address in (nowhere, lambda: place / "nobody.sock"):
        assert asyncio.run(RemoteHistory(address).answer(SHOP, ASKED)) is None
