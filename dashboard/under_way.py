"""What pages asked and do not wait for: the parts of a page that come later join it.

A page waits a moment for its panels and shows the rest as places to be filled. What they wait for
goes on here, under the name of whoever asks and of the address, for some seconds; a part that is
fetched takes the very answer that was begun, and never asks a second time. When all who waited
have gone, what was asked is ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from collector.store.stopping import Stop
from dashboard.answers import Sources, Tasks, begin, told
from dashboard.page import Tables
from dashboard.scope import Scope

KEPT_SECONDS: Final = 30.0
MOST: Final = 64
"""Pages of which something is under way at once; the oldest is forgotten for a new one."""


@dataclass(slots=True)
class Asked:
    """The questions of one page, begun together. `waiting` counts those who wait for answers."""

    scope: Scope
    tasks: Tasks
    stop: Stop
    waiting: int = 0

    async def wait(self, names: Iterable[str], seconds: float | None = None) -> None:
        """Until these are answered, or for so long. If the last one who waits is cancelled, all ends."""
        self.waiting += 1
        try:
            await asyncio.wait({self.tasks[name] for name in names} or _nothing(), timeout=seconds)
        except asyncio.CancelledError:
            if self.waiting == 1:
                self.end()
            raise
        finally:
            self.waiting -= 1

    def done(self, names: Iterable[str]) -> bool:
        """Whether all of these are answered."""
        return all(self.tasks[name].done() for name in names)

    def tables(self, names: Iterable[str]) -> Tables:
        """The answers of these; those under way are missing."""
        return told(self.tasks, names)

    def end(self) -> None:
        """Ask no further."""
        self.stop.strike()

    @property
    def failed(self) -> bool:
        """Whether anything was ended or is of a loop that runs no more."""
        here = asyncio.get_running_loop()
        return any(task.get_loop() is not here or task.cancelled() for task in self.tasks.values())


def ask(sources: Sources, names: Collection[str], scope: Scope, **over: Any) -> Asked:
    """Begin to ask all of these; `over` replaces parameters."""
    stop = Stop()
    mine = replace(sources, reader=sources.reader.under(stop))
    return Asked(scope=scope, tasks=begin(mine, names, scope, **over), stop=stop)


def key_of(scope: Scope) -> Hashable:
    """Stands for who asks and for the address."""
    return repr(scope.access), scope.language, scope.slug, scope.id, scope.filters, scope.kept


@dataclass(slots=True)
class UnderWay:
    """Pages that left something to come."""

    _pages: dict[Hashable, Asked] = field(default_factory=dict)

    def keep(self, asked: Asked) -> None:
        """Until it is taken away, some seconds at most."""
        key = key_of(asked.scope)
        self._pages.pop(key, None)
        while len(self._pages) >= MOST:
            del self._pages[next(iter(self._pages))]
        self._pages[key] = asked
        asyncio.get_running_loop().call_later(KEPT_SECONDS, self.forget, asked)

    def of(self, scope: Scope, names: Iterable[str]) -> Asked | None:
        """What was begun for whoever asks, if it holds these questions and was not ended."""
        found = self._pages.get(key_of(scope))
        if found is None or found.stop.struck or found.failed:
            return None
        return found if all(name in found.tasks for name in names) else None

    def pages(self) -> tuple[Asked, ...]:
        """Every one that is kept, oldest first."""
        return tuple(self._pages.values())

    def forget(self, asked: Asked) -> None:
        """Nobody joins it any more."""
        key = key_of(asked.scope)
        if self._pages.get(key) is asked:
            del self._pages[key]


def _nothing() -> set[asyncio.Future[None]]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return {done}
