"""Requests sent one after the other, in an event loop of their own, and hosts that are known as a test wants."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from collector.destinations.contract import Answer, Outgoing
from collector.outgoing.sender import Sender
from collector.outgoing.webhook import Rules

NOW = datetime(2026, 3, 18, 10, 30, 0, 700_000, tzinfo=UTC)
PRIVATE = Rules(private=True)


def run(
    work: Callable[[Sender], Awaitable[None]], rules: Rules = PRIVATE, via: str = "", resolve: Any = None
) -> None:
    async def whole() -> None:
        sender = Sender(rules=rules, via=via, **({"resolve": resolve} if resolve else {}))
        try:
            await work(sender)
        finally:
            await sender.close()

    asyncio.run(whole())


def sent(
    *outgoing: Outgoing, total_s: float = 10, rules: Rules = PRIVATE, via: str = "", resolve: Any = None
) -> list[Answer]:
    """The answers to requests that are sent one after the other."""
    answers: list[Answer] = []

    async def work(sender: Sender) -> None:
        for one in outgoing:
            answers.append(await sender.send(one, connect_s=2, total_s=total_s, now=NOW))

    run(work, rules, via, resolve)
    return answers


def knows(*addresses: str) -> Callable[[str, int], Sequence[Any]]:
    """A resolver that gives these addresses one after the other, the last one ever after."""
    left = list(addresses)

    def resolve(_host: str, port: int) -> Sequence[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in address.split()]

    return resolve
