"""The one way out of forwarding: a request or a file is sent once, and what became of it is an Answer.

Nothing is tried again here, no redirect followed, no cookie kept, no proxy taken from the environment; of
secrets nothing is told. What was not answered says whether the vendor may have read it all the same.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final

import aiohttp

import collector
from collector.destinations.contract import Answer, Outgoing, Request, Write
from collector.outgoing.asking import EXPECTED, Progress, answered, headers_of, once, unanswered, watched
from collector.outgoing.bucket import is_bucket, signed
from collector.outgoing.folder import write
from collector.outgoing.reach import Forbidden, Gate, Resolver, system_addresses, target
from collector.outgoing.webhook import Resolve, Rules

AGENT: Final = f"r46-collector/{collector.__version__}"
VIA: Final = "r46-via"
"""The header that tells which installation sent a request, so that it is not sent on in a circle."""
THREADS: Final = 4
LARGE: Final = 512 * 1024


class Sender:
    """Sends what destinations make. Belongs to one event loop, which must be the one that closes it.

    `via` is the id of this installation. `folder` is the only one that files may be written below, None for
    none. `rules` and `resolve` decide about hosts, those of buckets among them.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        via: str = "",
        folder: Path | None = None,
        resolve: Resolve = system_addresses,
    ) -> None:
        self._rules = rules
        self._via = {VIA: via} if via else {}
        self._folder = folder
        self._resolve = resolve
        self._names = ThreadPoolExecutor(THREADS, "names")
        self._writers = ThreadPoolExecutor(THREADS, "files")
        self._session: aiohttp.ClientSession | None = None

    async def send(self, outgoing: Outgoing, *, connect_s: float, total_s: float, now: datetime) -> Answer:
        """Send it once; never raises for what a vendor, a host or a file system does."""
        if isinstance(outgoing, Write) and not is_bucket(outgoing.place):
            return await self._written(outgoing, total_s)
        times = aiohttp.ClientTimeout(total=total_s, connect=connect_s, sock_connect=connect_s)
        progress = Progress()
        try:
            request = await self._signed(outgoing) if isinstance(outgoing, Write) else outgoing
            return await self._asked(request, times, now, progress)
        except EXPECTED as error:
            return unanswered(error, progress)

    async def close(self) -> None:
        """Close every connection. What is still being written is finished, what waits for it is not."""
        if self._session is not None:
            await self._session.close()
        self._names.shutdown(wait=False, cancel_futures=True)
        self._writers.shutdown(wait=False, cancel_futures=True)

    async def _asked(
        self, request: Request, times: aiohttp.ClientTimeout, now: datetime, progress: Progress
    ) -> Answer:
        url = target(request.url, request.secret_query, self._rules)
        large = len(request.body) > LARGE  # the client warns of large bytes, and takes them as a file
        async with self._client().request(
            request.method,
            url,
            data=io.BytesIO(request.body) if large else request.body,
            headers=headers_of(request, now, AGENT, self._via),
            timeout=times,
            allow_redirects=False,
            trace_request_ctx=progress,
        ) as response:
            return await answered(request, response)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=Resolver(self._rules, self._resolve, self._names),
                socket_factory=Gate(self._rules),
                ssl=self._rules.context or ssl.create_default_context(),
                use_dns_cache=False,
                limit=0,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                skip_auto_headers=("content-type",),
                trace_configs=[watched()],
                middlewares=(once,),
            )
        return self._session

    async def _signed(self, told: Write) -> Request:
        return await asyncio.get_running_loop().run_in_executor(self._writers, signed, told)

    async def _written(self, told: Write, total_s: float) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(total_s):
                return await loop.run_in_executor(self._writers, _stored, self._folder, told)
        except TimeoutError:
            return Answer(fault="storage", sent=True, text="the file could not be written in time")


def _stored(allowed: Path | None, told: Write) -> Answer:
    try:
        write(allowed, told.place, told.name, told.body)
    except Forbidden as error:
        return Answer(fault="forbidden", text=str(error))
    except OSError as error:
        return Answer(fault="storage", sent=True, text=f"the file was not written: {error.strerror}")
    return Answer(status=200, sent=True)
