"""The forwarder of one data folder: a runner for each destination, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from collector.destinations import kinds
from collector.destinations.contract import Destination
from collector.destinations.policy import policy_of
from collector.errors import OperatorError
from collector.forwarder.again import wanted_by
from collector.forwarder.condition import DAMAGED
from collector.forwarder.figures import Figures
from collector.forwarder.ledger import forget, is_damaged
from collector.forwarder.line import Line
from collector.forwarder.opening import opened, terms_of
from collector.forwarder.pace import Random
from collector.forwarder.packing import Setup
from collector.forwarder.reading import ledger_file
from collector.forwarder.replay import Asked
from collector.forwarder.runner import Runner
from collector.forwarder.seeking import positions_at
from collector.forwarder.wishes import Described, Segment, Segments, Sending, SetUp, ShopKnown, Wish
from collector.log import LogReader

POLL_S: Final = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the forwarder works with. `log` makes a reader of its own for each destination.

    `sender` is called in the forwarder's loop. `mark` is that of this installation, see `collector.loops`.
    Every `poll_s` seconds the control data are looked at.
    """

    data: Path
    set_up: SetUp
    shop: Callable[[str], ShopKnown | None]
    log: Callable[[], LogReader]
    sender: Callable[[], Sending]
    clock: Callable[[], float]
    random: Random
    figures: Figures
    segments: Segments
    mark: str = ""
    segment_bytes: int = 64 * 1024 * 1024
    poll_s: float = POLL_S


@dataclass(slots=True)
class _Running:
    runner: Runner
    task: asyncio.Task[None]
    stop: asyncio.Event
    revision: int


class Forwarder:
    """`run` in a thread; it ends when `stop` is set."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._running: dict[str, _Running] = {}
        self._damaged: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Forward until told to stop."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        self._sender = self._around.sender()
        ended = asyncio.get_running_loop().run_in_executor(None, stop.wait)
        try:
            while not ended.done():
                await self._round()
                await asyncio.wait([ended], timeout=self._around.poll_s)
        finally:
            await asyncio.gather(*(self._end(name) for name in tuple(self._running)))
            await self._sender.close()

    async def _round(self) -> None:
        """See what was set up, changed, removed or asked for."""
        try:
            known = await asyncio.to_thread(self._around.set_up.all)
        except Exception:
            _log.exception("what is set up to be forwarded could not be read; it is tried again")
            return
        for gone in set(self._running) - {one.destination_id for one in known}:
            await self._end(gone)
            forget(ledger_file(self._around.data, gone))
        for one in known:
            await self._follow(one)

    async def _follow(self, stored: Described) -> None:
        """One destination. Whatever it meets, the others are followed."""
        name = stored.destination_id
        try:
            running = self._running.get(name)
            if running is not None and running.task.done():
                self._ended(name)
                running = None
            if running is None:
                running = await self._begin(stored)
            elif running.revision != stored.revision:
                await self._changed(running, stored)
            await self._do(running, stored)
        except OperatorError as error:
            _log.error("the destination %s cannot be forwarded to: %s", name, error)
        except Exception:
            _log.exception("the destination %s cannot be forwarded to now; it is tried again", name)

    def _ended(self, name: str) -> None:
        """A runner ends by itself only where waiting mends nothing."""
        task = self._running.pop(name).task
        error = None if task.cancelled() else task.exception()
        _log.error("the destination %s ended and is started again", name, exc_info=error)
        if is_damaged(error):
            self._damaged.add(name)

    async def _begin(self, stored: Described) -> _Running:
        around, now, name = self._around, self._around.clock(), stored.destination_id
        self._known(stored)
        segment = await self._segment(stored)
        open_line = partial(opened, start_at=stored.start_at, now=now, damaged=name in self._damaged)
        line = await asyncio.to_thread(open_line, ledger_file(around.data, name), around.log(), around.random)
        self._damaged.discard(name)
        try:
            if not line.standing.paused or line.is_changed(stored.revision):
                self._mended(line, now)
            self._set_up(line, stored, segment)
        except BaseException:
            line.ledger.close()
            raise
        runner = Runner(
            name,
            line,
            self._sender,
            around.figures,
            clock=around.clock,
            segment_bytes=around.segment_bytes,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(runner.run(stop))
        self._running[name] = running = _Running(runner, task, stop, stored.revision)
        return running

    async def _changed(self, running: _Running, stored: Described) -> None:
        """New settings; what had stopped for an error of access or address tries again."""

        def change() -> None:
            line = running.runner.line
            self._mended(line, self._around.clock())
            self._set_up(line, stored, segment)

        segment = await self._segment(stored)
        await running.runner.between(change)
        running.revision = stored.revision

    def _mended(self, line: Line, now: float) -> None:
        """Go on, but not where only a person can tell whether that is right."""
        if line.standing.noted.code != DAMAGED:
            line.resume(now)

    def _known(self, stored: Described) -> tuple[ShopKnown, Destination]:
        shop, kind = self._around.shop(stored.shop_id), kinds().get(stored.kind)
        if shop is None or kind is None:
            raise OperatorError(f"there is no {'shop' if shop is None else 'kind'} like this any more")
        return shop, kind

    async def _segment(self, stored: Described) -> Segment | OperatorError | None:
        """Whether a visitor is in the destination's segment, or why that cannot be told; may take a while."""
        name = str(stored.options.get("segment", ""))
        try:
            return await asyncio.to_thread(self._around.segments, stored.shop_id, name) if name else None
        except OperatorError as error:
            return error

    def _set_up(self, line: Line, stored: Described, segment: Segment | OperatorError | None) -> None:
        """Give the line its settings; without its secrets or its segment it is paused, and if somebody wants so."""
        around = self._around
        shop, kind = self._known(stored)
        wrong, secrets = "", dict[str, str]()
        if isinstance(segment, OperatorError):
            segment, wrong = None, str(segment)
        try:
            secrets = dict(around.set_up.secrets(stored.destination_id))
        except OperatorError as error:
            wrong = str(error)
        policy = policy_of(stored.options)
        setup = Setup(kind=kind, options=stored.options, policy=policy, secrets=secrets, mark=around.mark)
        line.set_up(setup, terms_of(stored, shop, segment, around.mark))
        line.obey(stored.revision, paused=stored.paused, wrong=wrong, now=around.clock())

    async def _do(self, running: _Running, stored: Described) -> None:
        """What people asked for, oldest first."""
        set_up, name = self._around.set_up, stored.destination_id
        for act_id, wish in await asyncio.to_thread(set_up.acts, name):
            act = await self._act(running.runner.line, stored, wish)
            if act is not None:
                await running.runner.between(partial(running.runner.line.once, act_id, act))
            await asyncio.to_thread(set_up.done, act_id)

    async def _act(self, line: Line, stored: Described, wish: Wish) -> Callable[[], None] | None:
        """What to do about a wish while nothing is being read."""
        now = self._around.clock()
        if wish.kind == "resume":
            segment = await self._segment(stored)

            def resume() -> None:
                line.resume(now)
                self._set_up(line, stored, segment)

            return resume
        if wish.kind in ("resend", "discard"):
            return partial(line.resend, wanted_by(wish))
        if wish.kind == "replay":
            positions = await asyncio.to_thread(positions_at, self._around.log(), wish.since)
            asked = Asked(since=wish.since, until=wish.until or now, at=now, again=wish.again)
            return partial(line.replay, asked, positions)
        return None

    async def _end(self, name: str) -> None:
        running = self._running.pop(name)
        running.stop.set()
        await asyncio.wait([running.task])
