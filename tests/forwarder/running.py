"""Forwarders that really run: their thread, log files, control data, the real way out, and a clock that is fast.

with running(tmp_path) as shop:
    one = shop.add("webhook", url=vendor.url, secrets={"secret": "whsec"})
    shop.happens(shop.event())
    shop.settled(one)                  # everything has an outcome, else AssertionError
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from collector.control import Control
from collector.control.destinations import Stored
from collector.destinations.contract import Answer, Outgoing
from collector.errors import OperatorError
from collector.event import Event, EventName
from collector.forwarder.figures import Figures
from collector.forwarder.health import Health, Outcome
from collector.forwarder.reading import Reading, ledger_file
from collector.forwarder.service import Around, Forwarder
from collector.forwarder.wishes import Segment
from collector.log.disk import OsDisk
from collector.log.reader import SegmentReader
from collector.log.worker import claim_worker
from collector.log.writer import Limits, SegmentWriter
from collector.outgoing.sender import Sender
from collector.outgoing.webhook import Rules
from collector.record import RawRecord, Record, encode
from collector.settings import Settings
from collector.wire import Shop
from tests.server import wait_until

SHOP = "shop-1"
BEGAN = 1_795_225_600.0
LEAST_PATIENCE_S = 0.4


@dataclass(frozen=True, slots=True)
class Fast:
    """Time that begins at `BEGAN` and runs `speed` times as fast as ours."""

    speed: float
    start: float = field(default_factory=time.monotonic)

    def __call__(self) -> float:
        return BEGAN + (time.monotonic() - self.start) * self.speed


class Hurried:
    """The real way out, which waits for answers as long as the fast clock says."""

    def __init__(self, speed: float, folder: Path) -> None:
        self._speed = speed
        self._sender = Sender(rules=Rules(private=True), via="here", folder=folder)

    async def send(self, outgoing: Outgoing, *, connect_s: float, total_s: float, now: datetime) -> Answer:
        total = max(LEAST_PATIENCE_S, total_s / self._speed)
        return await self._sender.send(outgoing, connect_s=total, total_s=total, now=now)

    async def close(self) -> None:
        await self._sender.close()


@dataclass
class Running:
    """One shop's data folder and its forwarder."""

    data: Path
    control: Control
    clock: Fast
    segments: dict[str, Segment] = field(default_factory=dict)
    mark: str = "here"
    made: int = 0
    _writers: dict[str, SegmentWriter] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, *, random_seed: int = 46) -> None:
        """As a process does that starts."""
        around = Around(
            data=self.data,
            set_up=self.control.destinations,
            shop=self.control.find,
            log=lambda: SegmentReader(self.data / "log"),
            sender=lambda: Hurried(self.clock.speed, self.data / "files"),
            clock=self.clock,
            random=random.Random(random_seed).random,
            figures=Figures(),
            segments=self._segment,
            mark=self.mark,
            poll_s=0.05,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=Forwarder(around).run, args=(self._stop,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """In order, as at SIGTERM."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join(20)
            assert not self._thread.is_alive()
            self._thread = None

    def reopen(self, **settings: Any) -> None:
        """The control data with other settings of the operator."""
        self.control.close()
        self.control = _opened(self.data, **settings)

    def _segment(self, shop_id: str, name: str) -> Segment:
        if name not in self.segments:
            raise OperatorError(f"the shop has no usable segment {name!r}")
        return lambda event: self.segments[name](event)

    def add(
        self, kind: str, name: str = "", *, secrets: Mapping[str, str] | None = None, **options: Any
    ) -> Stored:
        """A destination that is sent everything; lists and mappings as they are, all else as text."""
        told = {"order_settle_s": "0", "max_age_s": "86400", "retry_budget": "10000", **options}
        return self.control.destinations.add(
            SHOP, kind, name or kind, told, secrets or {}, start_at=0.0, now=self.clock()
        )

    def event(self, name: EventName = "view_item", **columns: Any) -> Event:
        """An event of now, with an id of its own."""
        self.made += 1
        given = {"device_id": "d-1", "event_id": f"00000000-0000-7000-8000-{self.made:012d}", **columns}
        ts = given.pop("ts", None) or self.moment()
        return Event(event=name, ts=ts, **given)

    def moment(self, seconds: float = 0.0) -> datetime:
        """So many seconds from now."""
        return datetime.fromtimestamp(self.clock() + seconds, UTC)

    def happens(
        self,
        *events: Event,
        vendor: str = "rees46",
        endpoint: str = "rees46.push",
        worker: str = "w0",
        raw: RawRecord | None = None,
        **more: Any,
    ) -> Sequence[Event]:
        """One request with these events is stored by a worker; the events."""
        self.made += 1
        numbered = tuple(msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events))
        facts = {
            "shop_id": SHOP,
            "request_id": f"00000000-0000-7000-9000-{self.made:012d}",
            "received_at": self.moment(),
            **more,
        }
        record = Record(
            vendor=vendor,
            endpoint=endpoint,
            events=numbered,
            raw=raw or RawRecord(method="POST", path="/push"),
            **facts,
        )
        self._writer(worker).write([encode(record)])
        return events

    def _writer(self, name: str) -> SegmentWriter:
        if name not in self._writers:
            worker = claim_worker(self.data / "log", name=name)
            self._writers[name] = SegmentWriter(worker, OsDisk(), Limits())
        return self._writers[name]

    def file(self, one: Stored) -> Path:
        return ledger_file(self.data, one.destination_id)

    def noted(self, one: Stored, name: str) -> str | None:
        """A fact of its ledger."""
        with closing(sqlite3.connect(f"file:{self.file(one)}?mode=ro", uri=True)) as ledger:
            found = ledger.execute("select value from facts where name = ?", [name]).fetchone()
        return None if found is None else str(found[0])

    def reading(self, one: Stored) -> Reading:
        return Reading(self.file(one))

    def health(self, one: Stored) -> Health:
        return self.reading(one).health()

    def outcomes(self, one: Stored) -> dict[str, Outcome]:
        return {got.event_id: got for got in self.reading(one).outcomes(limit=1000)}

    def states(self, one: Stored) -> dict[str, str]:
        """By event id, with the code where there is one."""
        return {
            name: got.state + (f" {got.code}" if got.code else "") for name, got in self.outcomes(one).items()
        }

    def counted(self, one: Stored) -> dict[str, int]:
        """Events by state, those that are none left out."""
        return {state: count for state, count in self.health(one).counts.items() if count}

    def ended(self, one: Stored) -> int:
        return sum(self.counted(one).values())

    def settled(self, one: Stored, count: int, seconds: float = 30.0) -> dict[str, Outcome]:
        """Until so many events have an end and none waits; the outcomes."""
        self.until(lambda: self.ended(one) >= count and self.health(one).waiting == 0, one, seconds)
        found = self.outcomes(one)
        states = Counter(got.state for got in found.values())
        counted = self.counted(one)
        assert {state: n for state, n in counted.items() if state != "skipped"} == dict(states)
        return found

    def paused(self, one: Stored, code: str) -> Health:
        """Until it is paused for that."""

        def is_so() -> bool:
            with suppress(sqlite3.DatabaseError):  # a damaged one that has not been set aside yet
                health = self.health(one)
                return (health.condition, health.code) == ("paused", code)
            return False

        wait_until(is_so, 20)
        return self.health(one)

    def until(self, condition: Callable[[], Any], one: Stored, seconds: float = 20.0) -> None:
        wait_until(condition, seconds, lambda: f"{self.health(one)}")


@contextmanager
def running(folder: Path, *, speed: float = 100.0, shop: Shop | None = None) -> Iterator[Running]:
    """A shop with nothing in its log; the forwarder is started by the test and stopped at the end."""
    data = folder / "data"
    control = _opened(data)
    control.add(replace(shop or Shop(shop_id=SHOP, name="One"), shop_id=SHOP))
    found = Running(data, control, Fast(speed))
    try:
        yield found
    finally:
        found.stop()
        found.control.close()


def _opened(data: Path, **settings: Any) -> Control:
    return Control(data / "control.sqlite", settings=Settings(data=data, webhook_private=True, **settings))
