"""Whether a destination runs, waits for its vendor, or is paused: kept in its ledger for everybody to see."""

from __future__ import annotations

from typing import Final

import msgspec

from collector.forwarder.health import Condition
from collector.forwarder.ledger import Ledger

FACT: Final = "condition"
DAMAGED: Final = "r_ledger"
"""The code of a pause because what had been delivered is no longer known: only a person ends it."""


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the ledger. Times are epoch seconds."""

    condition: Condition = "starting"
    code: str = ""
    told: str = ""
    since: float = 0.0
    until: float = 0.0


class Standing:
    """Pauses by ourselves stay until somebody resumes; a pause by a person is the control data's."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._look()
        ledger.when_undone(self._look)

    def _look(self) -> None:
        stored = self._ledger.fact(FACT)
        self._noted = msgspec.json.decode(stored, type=Noted) if stored else Noted()

    @property
    def noted(self) -> Noted:
        return self._noted

    @property
    def paused(self) -> bool:
        return self._noted.condition == "paused"

    def run(self, now: float) -> None:
        """It works; what is paused stays so."""
        if self._noted.condition not in ("running", "paused"):
            self._note(Noted(condition="running", since=now))

    def resume(self, now: float) -> None:
        """Whoever paused it, it goes on."""
        self._note(Noted(condition="running", since=now))

    def wait(self, told: str, now: float, until: float) -> None:
        """The vendor does not answer, or asks for quiet."""
        since = self._noted.since if self._noted.condition == "waiting" else now
        self._note(Noted(condition="waiting", code="r_unreachable", told=told, since=since, until=until))

    def pause(self, code: str, told: str, now: float) -> None:
        """Nothing is sent any more. `code` is empty where a person wants it so."""
        if not (self.paused and self._noted.code == code):
            self._note(Noted(condition="paused", code=code, told=told, since=now))

    def stop(self, now: float) -> None:
        """The process ends; a pause stays one."""
        if not self.paused:
            self._note(Noted(condition="stopped", since=now))

    def _note(self, noted: Noted) -> None:
        self._ledger.keep(FACT, msgspec.json.encode(noted).decode())
        self._noted = noted
