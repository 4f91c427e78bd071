"""The durable log in files: many requests wait for one shared sync.

`append` only puts a record on a list; a thread of its own takes all that wait, writes
them as one group, syncs once and wakes every waiter. It does so at once when it was
idle and at least `spacing` seconds after the last time otherwise, so that load makes
groups larger and not more numerous.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from collector.errors import Unavailable
from collector.log.disk import Disk, OsDisk
from collector.log.worker import Worker
from collector.log.writer import Limits, SegmentWriter

_log = logging.getLogger(__name__)

Waiter = asyncio.Future[None]

_DEFAULT_LIMITS = Limits()


class SegmentLog:
    """An EventLog over a claimed worker; made inside the event loop that appends.

    `clock` gives seconds that never step back. Closing the log releases the worker.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        disk: Disk | None = None,
        limits: Limits = _DEFAULT_LIMITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker = worker
        self._writer = SegmentWriter(worker, disk or OsDisk(), limits)
        self._limits = limits
        self._most_records, self._most_bytes = limits.waiting_records, limits.waiting_bytes
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        # Deques because the two threads share them without a lock; their ends are atomic.
        self._waiting: deque[tuple[bytes, Waiter]] = deque()
        self._probing: deque[Waiter] = deque()
        self._held_records = self._held_bytes = 0  # touched by the event loop alone
        self._closed = False
        self._asleep = False
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._not_before = clock()
        self._failures = 0
        self._tried: tuple[float, bool] | None = None  # when we last tried to store, and if we could
        self._stopped = self._loop.create_future()
        threading.Thread(target=self._run, name=f"log-{worker.name}", daemon=True).start()

    async def append(self, record: bytes) -> None:
        """Return once `record` would survive a power cut. Raise Unavailable if it cannot.

        A caller that is cancelled meanwhile gives up the answer, not the record.
        """
        size = len(record)
        if self._closed:
            raise Unavailable("the log is closed")
        if self._held_records >= self._most_records or self._held_bytes + size > self._most_bytes:
            raise Unavailable("the log is behind")
        self._held_records += 1
        self._held_bytes += size
        done = self._loop.create_future()
        self._waiting.append((record, done))
        if self._asleep:
            self._rouse()
        await done

    async def probe(self) -> None:
        """Return if an append would succeed now; tries the disk at most once in `probe_every`."""
        if self._closed:
            raise Unavailable("the log is closed")
        if self._held_records >= self._most_records or self._held_bytes >= self._most_bytes:
            raise Unavailable("the log is behind")
        if self._tried and self._clock() - self._tried[0] < self._limits.probe_every:
            if not self._tried[1]:
                raise _cannot_store()
            return
        done = self._loop.create_future()
        self._probing.append(done)
        self._rouse()
        await done

    async def close(self) -> None:
        """Store what waits, refuse what comes later, seal, release the worker."""
        self._closed = True
        self._rouse()
        await asyncio.shield(self._stopped)

    def _rouse(self) -> None:
        self._asleep = False
        self._wake.put(None)

    def _run(self) -> None:
        """The writer thread, until closed and drained."""
        while self._await_work():
            pause = self._not_before - self._clock()
            if pause > 0:
                time.sleep(pause)
            self._not_before = self._clock() + self._limits.spacing
            self._turn()
        try:
            self._writer.close()
        except OSError as error:
            _log.error("log %s: last segment not sealed: %s", self._worker.name, error)
        self._worker.release()
        self._tell(_resolve, [self._stopped])

    def _await_work(self) -> bool:
        """True when something waits; False when nothing ever will again.

        The sleeper says that it sleeps before it looks once more, and the loop looks
        whether it sleeps after it has put work down: one of them sees the other.
        """
        while not (self._waiting or self._probing):
            if self._closed:
                # Nothing is put down after `_closed` is seen, but something may have been just before.
                return bool(self._waiting or self._probing)
            self._asleep = True
            if not (self._waiting or self._probing or self._closed):
                self._wake.get()
            self._asleep = False
        return True

    def _turn(self) -> None:
        """One group: take all that waits, store it, answer everyone."""
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        probes = [self._probing.popleft() for _ in range(len(self._probing))]
        stored = self._store(group)
        self._tell(self._settle, group, probes, stored)

    def _store(self, group: Sequence[tuple[bytes, Waiter]]) -> bool:
        """Whether the whole group is durable now; of an empty one: whether it could be."""
        try:
            if group:
                self._writer.write([record for record, _ in group])
            else:
                self._writer.probe()
        except Exception as error:  # the boundary of this thread: it must outlive any failure
            self._failures += 1
            if self._failures == 1:
                _log.exception("log %s: cannot store: %s", self._worker.name, error)
            return False
        if self._failures:
            _log.warning("log %s: stores again after %d failures", self._worker.name, self._failures)
            self._failures = 0
        return True

    def _settle(self, group: Sequence[tuple[bytes, Waiter]], probes: Sequence[Waiter], stored: bool) -> None:
        """In the event loop: wake everyone, each for himself."""
        self._tried = (self._clock(), stored)
        self._held_records -= len(group)
        self._held_bytes -= sum([len(record) for record, _ in group])
        waiters = [done for _, done in group]
        (_resolve if stored else _refuse)([*waiters, *probes])

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:  # the event loop has ended, and with it whoever waited
            _log.warning("log %s: nobody left to answer", self._worker.name)


def _cannot_store() -> Unavailable:
    return Unavailable("the log cannot store")


def _resolve(waiters: Sequence[Waiter]) -> None:
    for done in waiters:
        try:
            done.set_result(None)
        except (asyncio.InvalidStateError, RuntimeError):  # gone; its record is kept all the same
            continue


def _refuse(waiters: Sequence[Waiter]) -> None:
    for done in waiters:
        try:
            done.set_exception(_cannot_store())
        except (asyncio.InvalidStateError, RuntimeError):
            continue
