"""A page that is sent as it comes: its beginning at once, the rest when its questions are answered.

By then the browser has the style and the scripts that the beginning names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from dashboard.reply import Reply
from dashboard.there import while_there

Begin = Callable[[str], None]
"""Takes the beginning of a page, which is known to answer 200."""


class Begun(HTMLResponse):
    """Sends the beginning, and then the rest. If that fails it ends with `broken`, and the failure goes on."""

    def __init__(
        self, request: Request, beginning: str, rest: Awaitable[Reply], broken: Callable[[], Reply]
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._request = request
        self._beginning = beginning
        self._rest = rest
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(part: str | bytes, *, more: bool) -> None:
            body = part.encode() if isinstance(part, str) else part
            await send({"type": "http.response.body", "body": body, "more_body": more})

        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await tell(self._beginning, more=True)
        try:
            reply = await while_there(self._request, self._rest)
        except Exception:
            await tell(self._broken().body, more=False)
            raise
        await tell(reply.body if reply else b"", more=False)


async def begun(
    request: Request,
    work: Callable[[Begin], Awaitable[Reply]],
    whole: Callable[[Reply | None], Response],
    broken: Callable[[], Reply],
) -> Response:
    """The answer of `work`: in two parts where it begins before it is known whole, else as `whole` makes it."""
    beginning: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(work(beginning.set_result))
    try:
        either = asyncio.wait((beginning, task), return_when=asyncio.FIRST_COMPLETED)
        there = await while_there(request, either)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if beginning.done():
        return Begun(request, beginning.result(), task, broken)
    if there is None:
        task.cancel()
        return whole(None)
    return whole(await task)
