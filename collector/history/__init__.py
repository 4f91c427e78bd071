"""What is stored already, told to the few requests whose answer depends on it.

`StoreHistory` asks the store of this process; `collector.history.remote` asks the process
that owns it. A question that cannot be answered in time is answered by None, never by an error:
no tracking request may fail because of what it would have liked to know.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from collector.feeds import asked
from collector.history.cart import cart
from collector.history.counters import counters
from collector.history.device import device
from collector.history.feed import feed
from collector.history.profile import profile
from collector.history.segments import segments
from collector.history.statements import SECONDS
from collector.store import QueryTimeout, Reader, TooManyRows
from collector.wire import Ask, Shop, Told

CATCH_UP_SECONDS = 2.0
ASKING = 4
"""Questions at once: fewer than the store has cursors, so that the dashboard always finds one."""

WAITING = 16
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
Question = Callable[[Reader, Shop, Mapping[str, str], datetime], Told]
QUESTIONS: Mapping[str, Question] = {
    "cart": cart,
    "counters": counters,
    "profile": profile,
    "segments": segments,
    "device": device,
    "feed": feed,
}


class StoreHistory:
    """A `History` over the store's reader. Threads of its own: the log's must never wait for them.

    `caught_up` waits until what is durable now can be read, and says whether that was within
    so many seconds.
    """

    def __init__(
        self, reader: Reader, clock: Callable[[], datetime], caught_up: Callable[[float], bool]
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._caught_up = caught_up
        self._asking = ThreadPoolExecutor(ASKING, "r46-history")
        self._waiting = ThreadPoolExecutor(WAITING, "r46-history-wait")

    async def answer(self, shop: Shop, ask: Ask) -> Told | None:
        """The answer, or None where it cannot be told now.

        A cart is asked for when the store has caught up with the log, because a page asks right
        after it changed one, and so is a feed of one; a device that is not known is then asked
        for again.
        """
        try:
            if _is_of_cart(ask) and not await self._has_caught_up():
                return None
            told = await self._told(shop, ask)
            if ask.kind == "device" and not told["known"]:
                return await self._told(shop, ask) if await self._has_caught_up() else None
        except (QueryTimeout, TooManyRows, TimeoutError) as error:
            _log.warning("%s cannot be told now: %s", ask.kind, error)
        except Exception:  # the boundary of a question, whatever the store's engine raises
            _log.exception("%s cannot be told", ask.kind)
        else:
            return told
        return None

    def close(self) -> None:
        """Take no more questions; those that run end within their limits."""
        for threads in (self._asking, self._waiting):
            threads.shutdown(wait=False, cancel_futures=True)

    async def _has_caught_up(self) -> bool:
        limit = CATCH_UP_SECONDS
        return await _within(limit, self._waiting, lambda: self._caught_up(limit))

    async def _told(self, shop: Shop, ask: Ask) -> Told:
        now = self._clock().astimezone(UTC).replace(tzinfo=None)  # as the store has its times
        question = QUESTIONS[ask.kind]
        return await _within(SECONDS, self._asking, lambda: question(self._reader, shop, ask.params, now))


def _is_of_cart(ask: Ask) -> bool:
    return ask.kind == "cart" or (ask.kind == "feed" and asked(ask.params).feed == "recently_added_to_cart")


async def _within(seconds: float, threads: Executor, work: Callable[[], _T]) -> _T:
    """The work's result from one of the threads. Raises TimeoutError; a thread's time includes its queue."""
    async with asyncio.timeout(seconds):
        return await asyncio.get_running_loop().run_in_executor(threads, work)
