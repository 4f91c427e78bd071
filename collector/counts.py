"""What a collector process has taken since it began: plain numbers that cost a request nothing to speak of.

Each process tells its own in a small file, so that whoever is asked for metrics knows those of all processes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from collector.wire import Judged, Outcome

FOLDER: Final = "metrics"
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds; what took longer than the last stands in one more bucket."""
SECONDS: Final = 2.0
"""How often a process tells."""
_log = logging.getLogger(__name__)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of one process. `at` is when they were told, in epoch seconds.

    `events` are vendor, outcome and how many; `appends` how many waits for the log by duration, `seconds` their sum;
    `unstored` requests were answered that nothing can be stored now.
    """

    worker: str
    at: float
    events: tuple[tuple[str, str, int], ...] = ()
    appends: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    seconds: float = 0.0
    unstored: int = 0


class Taken:
    """Counts of one process; used by one event loop, read by any thread. `tick` gives seconds of any origin."""

    def __init__(self, tick: Callable[[], float] = time.perf_counter) -> None:
        self.tick = tick
        self.unstored = 0
        self._events: dict[tuple[str, str], int] = {}
        self._appends = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def judged(self, vendor: str, judged: Sequence[Judged]) -> None:
        """Events of a request as its sender is told of them. `vendor` is the endpoint's, never a sender's word."""
        events = self._events
        for one in judged:
            key = vendor, one.outcome
            events[key] = events.get(key, 0) + 1

    def whole(self, vendor: str, outcome: Outcome) -> None:
        """A request that has one outcome as a whole: it was refused, or could not be read."""
        key = vendor, outcome
        self._events[key] = self._events.get(key, 0) + 1

    def appended(self, seconds: float) -> None:
        """A request waited so long until what it brought was durable."""
        self._appends[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def read(self, worker: str, at: float) -> Counted:
        return Counted(
            worker=worker,
            at=at,
            events=tuple((vendor, outcome, count) for (vendor, outcome), count in [*self._events.items()]),
            appends=tuple(self._appends),
            seconds=self._seconds,
            unstored=self.unstored,
        )


class Telling:
    """Tells the counts of one process in a file of its own. `clock` gives epoch seconds."""

    def __init__(self, folder: Path, worker: str, taken: Taken, clock: Callable[[], float]) -> None:
        self._file = folder / f"{worker}.json"
        self._worker = worker
        self._taken = taken
        self._clock = clock

    async def run(self, seconds: float = SECONDS) -> None:
        """Until cancelled."""
        while True:
            await asyncio.to_thread(self.tell)
            await asyncio.sleep(seconds)

    def tell(self) -> None:
        """Write the counts of this moment; where that fails, metrics are missing and nothing else."""
        told = msgspec.json.encode(self._taken.read(self._worker, self._clock()))
        beside = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(told)
            os.replace(beside, self._file)
        except OSError as error:
            _log.debug("the counts were not told: %s", error)

    def end(self) -> None:
        """The process ends; what it counted is no longer told."""
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            _log.debug("the counts stay behind: %s", error)


def told(folder: Path, now: float, young_s: float) -> Sequence[Counted]:
    """The counts of every process that told them in the last `young_s` seconds, by worker."""
    found: list[Counted] = []
    for file in sorted(folder.glob("*.json")):
        try:
            one = msgspec.json.decode(file.read_bytes(), type=Counted)
        except (OSError, msgspec.MsgspecError):
            continue
        if now - one.at <= young_s and len(one.appends) == len(BOUNDS) + 1:
            found.append(one)
    return found
