"""Sending dead letters once more: read from the log where they stand, a bounded number at a time."""

from __future__ import annotations

from itertools import groupby
from typing import Final

import msgspec

from collector.forwarder.health import DEAD, State
from collector.forwarder.intake import Intake
from collector.forwarder.ledger import Ledger
from collector.forwarder.outcomes import Outcomes
from collector.forwarder.wishes import Wish
from collector.log import Chunk, LogReader, Position

FACT: Final = "resend"
AT_ONCE: Final = 200
READ_BYTES: Final = 4 * 1024 * 1024


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which fates are taken back: those of these events, or all of these states and code. With `discard` the

    events are given up instead of being sent.

    What was asked for is done up to the fate `after`; fates after `upto` were noted later.
    """

    states: tuple[State, ...]
    code: str = ""
    event_ids: tuple[str, ...] = ()
    discard: bool = False
    after: int = 0
    upto: int = 0


def wanted_by(wish: Wish) -> Wanted:
    """What somebody asked for; without states all dead letters are meant."""
    states = tuple(state for state in DEAD if state in wish.states) or DEAD
    return Wanted(states=states, code=wish.code, event_ids=wish.event_ids, discard=wish.kind == "discard")


class Again:
    """One destination's. `step` is a transaction of its own."""

    def __init__(self, ledger: Ledger, outcomes: Outcomes, intake: Intake, log: LogReader) -> None:
        self._ledger = ledger
        self._outcomes = outcomes
        self._intake = intake
        self._log = log

    def begin(self, wanted: Wanted) -> None:
        """What was asked for before and is not done yet is given up for this."""
        upto = msgspec.structs.replace(wanted, upto=self._outcomes.newest())
        self._ledger.keep(FACT, msgspec.json.encode(upto).decode())

    def step(self, now: float) -> int:
        """Take some fates back; how many. What the log no longer has keeps its fate."""
        stored = self._ledger.fact(FACT)
        if stored is None:
            return 0
        wanted = msgspec.json.decode(stored, type=Wanted)
        dead = self._outcomes.dead(
            wanted.states, wanted.code, after=wanted.after, upto=wanted.upto, limit=AT_ONCE
        )
        some = set(wanted.event_ids)
        mine = [one for one in dead if not some or one.event_id in some]
        chunks = {
            place: self._chunk(*place)
            for place, _ in groupby(sorted((one.worker, one.position) for one in mine if not wanted.discard))
        }
        with self._ledger.transaction():
            for one in mine:
                if wanted.discard:
                    self._outcomes.give_up(one.event_id)
                else:
                    self._send(one.event_id, chunks[one.worker, one.position], now)
            last = msgspec.structs.replace(wanted, after=dead[-1].number) if dead else None
            self._ledger.keep(FACT, msgspec.json.encode(last).decode() if last else None)
        return len(mine)

    def _send(self, event_id: str, chunk: Chunk | None, now: float) -> None:
        for found in self._intake.found([chunk]) if chunk is not None else ():
            if found.event.event_id == event_id:
                self._intake.once_more(found, now)
                return

    def _chunk(self, worker: str, position: Position) -> Chunk | None:
        """The part of the log that begins there."""
        after = {**self._log.end(), worker: position}
        return next((chunk for chunk in self._log.read(after, READ_BYTES) if chunk.worker == worker), None)
