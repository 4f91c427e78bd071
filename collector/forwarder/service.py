"""The forwarder of one data folder: a runner for each destination, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from collector.destinations import kinds
from collector.destinations.contract import Destination
from collector.destinations.policy import policy_of
from collector.errors import OperatorError
from collector.forwarder.again import Wanted
from collector.forwarder.figures import Figures
from collector.forwarder.health import DEAD
from collector.forwarder.intake import Terms
from collector.forwarder.line import Line
from collector.forwarder.pace import Random
from collector.forwarder.packing import Setup
from collector.forwarder.preparing import ShopFacts
from collector.forwarder.reading import ledger_file
from collector.forwarder.replay import Asked
from collector.forwarder.runner import Runner
from collector.forwarder.seeking import positions_at
from collector.forwarder.wishes import Described, Segment, Segments, Sending, SetUp, ShopKnown, Wish
from collector.log import LogReader

POLL_S: Final = 1.0
EMPTY_CART: Final = "forward.empty_cart_at_session_start"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the forwarder works with. `log` makes a reader of its own for each destination.

    `sender` is called in the forwarder's loop. `mark` is that of this installation, see `collector.loops`.
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

    def run(self, stop: threading.Event) -> None:
        """Forward until told to stop."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        self._sender = self._around.sender()
        ended = asyncio.get_running_loop().run_in_executor(None, stop.wait)
        try:
            while not ended.done():
                await self._round()
                await asyncio.wait([ended], timeout=POLL_S)
        finally:
            await asyncio.gather(*(self._end(name) for name in tuple(self._running)))
            await self._sender.close()

    async def _round(self) -> None:
        """See what was set up, changed, removed or asked for."""
        try:
            known = await asyncio.to_thread(self._around.set_up.all)
            for gone in set(self._running) - {one.destination_id for one in known}:
                await self._end(gone)
            for one in known:
                await self._follow(one)
        except Exception:
            _log.exception("what is set up to be forwarded could not be read; it is tried again")

    async def _follow(self, stored: Described) -> None:
        name = stored.destination_id
        running = self._running.get(name)
        if running is not None and running.task.done():
            _log.error("the destination %s ended and is started again", name)
            del self._running[name]
            running = None
        try:
            if running is None:
                running = await self._begin(stored)
            elif running.revision != stored.revision:
                await self._changed(running, stored)
            await self._do(running, name)
        except OperatorError as error:
            _log.error("the destination %s cannot be forwarded to: %s", name, error)

    async def _begin(self, stored: Described) -> _Running:
        around, now = self._around, self._around.clock()
        self._known(stored)
        segment = await self._segment(stored)
        line = Line(ledger_file(around.data, stored.destination_id), around.log(), around.random)
        begin = {} if line.begun else await asyncio.to_thread(positions_at, line.log, stored.start_at)
        line.open(now, begin)
        self._set_up(line, stored, segment)
        if line.standing.noted.condition != "paused":
            line.resume(now)
        self._obey(line, stored)
        runner = Runner(
            stored.destination_id,
            line,
            self._sender,
            around.figures,
            clock=around.clock,
            segment_bytes=around.segment_bytes,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(runner.run(stop))
        self._running[stored.destination_id] = running = _Running(runner, task, stop, stored.revision)
        return running

    async def _changed(self, running: _Running, stored: Described) -> None:
        """New settings; what had stopped for an error of access or address tries again."""

        def change() -> None:
            line = running.runner.line
            self._set_up(line, stored, segment)
            if line.standing.paused:
                line.resume(self._around.clock())
            self._obey(line, stored)

        segment = await self._segment(stored)
        running.revision = stored.revision
        await running.runner.between(change)

    def _obey(self, line: Line, stored: Described) -> None:
        if stored.paused:
            line.pause("", "", self._around.clock())

    def _known(self, stored: Described) -> tuple[ShopKnown, Destination]:
        shop, kind = self._around.shop(stored.shop_id), kinds().get(stored.kind)
        if shop is None or kind is None:
            raise OperatorError(f"there is no {'shop' if shop is None else 'kind'} like this any more")
        return shop, kind

    async def _segment(self, stored: Described) -> Segment | None:
        """Whether a visitor is in the destination's segment; may take as long as a question does."""
        name = str(stored.options.get("segment", ""))
        return await asyncio.to_thread(self._around.segments, stored.shop_id, name) if name else None

    def _set_up(self, line: Line, stored: Described, segment: Segment | None) -> None:
        """Give the line its settings; without its secrets it is paused."""
        around = self._around
        shop, kind = self._known(stored)
        told, secrets = "", dict[str, str]()
        try:
            secrets = dict(around.set_up.secrets(stored.destination_id))
        except OperatorError as error:
            told = str(error)
        policy = policy_of(stored.options)
        setup = Setup(kind=kind, options=stored.options, policy=policy, secrets=secrets, mark=around.mark)
        facts = ShopFacts(
            shop_id=stored.shop_id,
            currency=shop.currency,
            empty_cart_at_session_start=shop.options.get(EMPTY_CART) == "on",
        )
        line.set_up(
            setup,
            Terms(
                shop_id=stored.shop_id,
                zone=ZoneInfo(shop.timezone),
                start_at=stored.start_at,
                created_at=stored.created_at,
                facts=facts,
                segment=segment,
                marks=(around.mark,) if around.mark else (),
            ),
        )
        if told:
            line.pause("r_config", told, around.clock())

    async def _do(self, running: _Running, name: str) -> None:
        """What people asked for, oldest first."""
        for act_id, wish in await asyncio.to_thread(self._around.set_up.acts, name):
            await self._act(running.runner, wish)
            await asyncio.to_thread(self._around.set_up.done, act_id)

    async def _act(self, runner: Runner, wish: Wish) -> None:
        line, now = runner.line, self._around.clock()
        if wish.kind == "resume":
            await runner.between(lambda: line.resume(now))
        elif wish.kind in ("resend", "discard"):
            states = tuple(state for state in DEAD if state in wish.states) or DEAD
            wanted = Wanted(
                states=states, code=wish.code, event_ids=wish.event_ids, discard=wish.kind == "discard"
            )
            await runner.between(lambda: line.resend(wanted))
        elif wish.kind == "replay":
            positions = await asyncio.to_thread(positions_at, self._around.log(), wish.since)
            asked = Asked(since=wish.since, until=wish.until or now, at=now, again=wish.again)
            await runner.between(lambda: line.replay(asked, positions))

    async def _end(self, name: str) -> None:
        running = self._running.pop(name)
        running.stop.set()
        await asyncio.wait([running.task])
