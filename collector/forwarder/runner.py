"""One destination at work: reads, settles, sends and takes answers, all in one loop and one thread."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from collector.destinations.contract import Answer
from collector.forwarder.figures import Figures
from collector.forwarder.ledger import is_damaged
from collector.forwarder.line import Line
from collector.forwarder.packing import Packet
from collector.forwarder.wishes import Sending

IDLE_S: Final = 0.25
BREATH_S: Final = 0.1
"""Catching up rests as long as it works, and this at most: who sends events is on the same processor."""
LEAST_S: Final = 0.005
FAULT_S: Final = 2.0
TRIM_S: Final = 600.0
LAG_S: Final = 2.0
DRAIN_S: Final = 2.0
LARGE: Final = 500
"""Commands from which on a request is made in a thread."""
BROKEN: Final = Answer(fault="cut", sent=True, text="the request broke off")
"""What is held of a request that ended in an error of ours: it may have arrived."""
_log = logging.getLogger(__name__)


class Runner:
    """`clock` gives epoch seconds. Whatever a destination does, no other one notices."""

    def __init__(
        self,
        name: str,
        line: Line,
        sender: Sending,
        figures: Figures,
        *,
        clock: Callable[[], float],
        segment_bytes: int,
    ) -> None:
        self.line = line
        self._name = name
        self._sender = sender
        self._figures = figures
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._flying: dict[asyncio.Task[None], Packet] = {}
        self._broken: list[Packet] = []
        self._landed = asyncio.Event()
        self._trim_at = 0.0
        self._lag_at = 0.0
        self._lock = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what is in flight has some moments to be answered.

        Raises sqlite3.Error where the ledger is damaged: waiting would not mend it.
        """
        try:
            await self._run(stop)
        finally:
            await self._end()

    async def _run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            try:
                async with self._lock:
                    worked = await self._turn()
            except (OSError, sqlite3.Error) as error:
                if is_damaged(error):
                    raise
                _log.error("the destination %s cannot go on now and tries again: %s", self._name, error)
                await _either(stop, self._landed, FAULT_S)
                continue
            except Exception:
                _log.exception("the destination %s broke off and tries again", self._name)
                await _either(stop, self._landed, FAULT_S)
                continue
            spent = asyncio.get_running_loop().time() - began
            await _either(stop, self._landed, min(BREATH_S, spent) if worked else self._rest())

    async def between(self, act: Callable[[], None]) -> None:
        """Do something while nothing is being read."""
        async with self._lock:
            act()
        self._landed.set()

    async def _turn(self) -> bool:
        """One round; whether there may be more to do at once."""
        line, now = self.line, self._clock()
        self._landed.clear()
        while self._broken:
            line.answered(self._broken[0], BROKEN, now)
            self._broken.pop(0)
        read = await self._read(now)
        line.settle(now)
        while (packet := line.next(self._clock())) is not None:
            self._fly(packet)
        if now >= self._trim_at:
            self._trim_at = now + (TRIM_S if line.trim(now) == 0 else LAG_S)
        if now >= self._lag_at:
            self._lag_at = now + LAG_S
            line.note_lag(await asyncio.to_thread(line.log.end), self._segment_bytes)
        return read

    async def _read(self, now: float) -> bool:
        if not self.line.has_room():
            return False
        chunks = await asyncio.to_thread(self.line.read)
        self.line.take(chunks, now)
        return bool(chunks)

    def _fly(self, packet: Packet) -> None:
        task = asyncio.create_task(self._send(packet))
        self._flying[task] = packet
        task.add_done_callback(self._down)

    async def _send(self, packet: Packet) -> None:
        began = self._clock()
        large = len(packet.commands) > LARGE
        made = await asyncio.to_thread(packet.made) if large else packet.made()
        if made is None:
            self.line.answered(packet, None, began)
            return
        limits, moment = packet.limits, datetime.fromtimestamp(began, UTC)
        answer = await self._sender.send(made, connect_s=limits.connect_s, total_s=limits.total_s, now=moment)
        ended = self._clock()
        self._figures.request(
            self._name, f"{answer.status // 100}xx" if answer.status else answer.fault, ended - began
        )
        self.line.answered(packet, answer, ended)

    def _down(self, task: asyncio.Task[None]) -> None:
        packet = self._flying.pop(task)
        error = None if task.cancelled() else task.exception()
        if task.cancelled():
            with suppress(sqlite3.Error):  # the next process finds it in flight all the same
                self.line.dispatch.abandon(packet, self._clock())
        elif error is not None:
            _log.error("a request of the destination %s broke off", self._name, exc_info=error)
            self._broken.append(packet)
        self._landed.set()

    def _rest(self) -> float:
        return min(IDLE_S, max(LEAST_S, self.line.dispatch.due(self._clock()) - self._clock()))

    async def _end(self) -> None:
        if self._flying:
            await asyncio.wait(tuple(self._flying), timeout=DRAIN_S)
        for task in tuple(self._flying):
            task.cancel()
        if self._flying:
            await asyncio.wait(tuple(self._flying))
        with suppress(sqlite3.Error):
            self.line.close(self._clock())


async def _either(first: asyncio.Event, second: asyncio.Event, seconds: float) -> None:
    """Until one of them is set, or the time has passed."""
    waits = [asyncio.create_task(first.wait()), asyncio.create_task(second.wait())]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
