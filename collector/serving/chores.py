"""Work that comes round again while the engine runs: each chore in turn, in one thread of its own.

A chore does a bounded piece of work and says whether more is waiting. What fails is logged and
tried again when its turn comes; it never keeps the other chores or the engine from going on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

REST = 2.0
"""How many times the length of a piece of work passes before the next piece of the same chore."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """`work` is done every `every_s` seconds, and sooner while it says that there is more."""

    name: str
    every_s: float
    work: Callable[[], bool]


class Chores:
    """Made with what is to be done; `run` in a thread."""

    def __init__(self, chores: Sequence[Chore], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._chores = tuple(chores)
        self._monotonic = monotonic
        self._due = [monotonic() for _ in chores]

    def run(self, stop: threading.Event) -> None:
        """Go round until told to stop."""
        while not stop.wait(max(0.0, self.rest())):
            self.step()

    def step(self) -> None:
        """Do what is due, each chore once."""
        for number, chore in enumerate(self._chores):
            began = self._monotonic()
            if began < self._due[number]:
                continue
            more = self._do(chore)
            ended = self._monotonic()
            pause = min((ended - began) * REST, chore.every_s) if more else chore.every_s
            self._due[number] = ended + pause

    def rest(self) -> float:
        """Seconds until something is due."""
        now = self._monotonic()
        return min((due - now for due in self._due), default=60.0)

    def _do(self, chore: Chore) -> bool:
        try:
            return chore.work()
        except Exception:
            _log.exception("the chore %s failed and will be tried again", chore.name)
            return False
