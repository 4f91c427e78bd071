"""Work for a request, as long as somebody waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from starlette.requests import Request

MOST_MESSAGES: Final = 3
"""A request without a body has one; a connection that tells more than these is not listened to."""
Answer = TypeVar("Answer")


async def while_there(request: Request, work: Awaitable[Answer]) -> Answer | None:
    """The answer of `work`; None, and the work is cancelled, when whoever asked has gone.

    For requests without a body.
    """
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait((task,))
        return None
    finally:
        watch.cancel()
        task.cancel()


async def _gone(request: Request) -> None:
    """Until the connection is closed."""
    for _ in range(MOST_MESSAGES):
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return
    await asyncio.Event().wait()
