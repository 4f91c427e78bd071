"""A stretch of the log that is read once more because somebody asked for it.

Reading goes back to the beginning of the stretch. What had not been read when that was asked is new as ever;
of what had been, only the stretch counts, and of it only what was not delivered, unless all was asked for.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from collector.forwarder.ledger import Ledger

FACT: Final = "replay"
UNSURE_S: Final = 60.0
"""Records of one worker may stand in another order than they were received in, but not by more than this."""

Phase = Literal["new", "asked", "unsure", "passed"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Events received from `since` until `until`; `again`: also what was delivered. Epoch seconds."""

    since: float
    until: float
    at: float
    again: bool = False


class Replay:
    """The last replay of one destination, if there was one."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._look()
        ledger.when_undone(self._look)

    def _look(self) -> None:
        stored = self._ledger.fact(FACT)
        self._asked = msgspec.json.decode(stored, type=Asked) if stored else None

    def begin(self, asked: Asked) -> None:
        self._ledger.keep(FACT, msgspec.json.encode(asked).decode())
        self._asked = asked

    @property
    def again(self) -> bool:
        return self._asked is not None and self._asked.again

    def phase(self, received: float, read_at: float) -> Phase:
        """What an event received then is, where everything received until `read_at` had been read before."""
        if self._asked is None or received > read_at:
            return "new"
        if self._asked.since <= received <= self._asked.until:
            return "asked"
        return "unsure" if received > read_at - UNSURE_S else "passed"

    def since(self, received: float) -> float:
        """From when the time counts that an event received then has to be delivered; 0 for its own."""
        asked = self._asked
        return asked.at if asked is not None and asked.since <= received <= asked.until else 0.0
