"""One destination: its ledger, its reading half, its sending half and what people ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from collector.destinations.contract import Answer, Judgement
from collector.forwarder.again import Again, Wanted
from collector.forwarder.condition import DAMAGED, Standing
from collector.forwarder.dispatch import Dispatch
from collector.forwarder.found import received_until
from collector.forwarder.intake import Intake
from collector.forwarder.ledger import Ledger
from collector.forwarder.outcomes import Outcomes
from collector.forwarder.pace import Random
from collector.forwarder.packing import Packet, Setup
from collector.forwarder.replay import Asked
from collector.forwarder.terms import Terms
from collector.forwarder.waiting import Lanes
from collector.log import Chunk, LogReader, Position, Positions

LEAST_WINDOW: Final = 2_000
WINDOW_BYTES: Final = 64 * 1024 * 1024
"""What waits at most: no more is read while more than this has no outcome. The log itself is the queue."""
READ_BYTES: Final = 128 * 1024


class Line:
    """Used by one thread at a time. `log` is a reader of its own; times are epoch seconds."""

    def __init__(self, file: Path, log: LogReader, random: Random) -> None:
        self.ledger = Ledger(file)
        self.log = log
        self._read_upto = 0.0
        try:
            self._know(random)
        except BaseException:
            self.ledger.close()
            raise

    def _know(self, random: Random) -> None:
        self._lanes = Lanes(self.ledger)
        self._outcomes = Outcomes(self.ledger)
        self.standing = Standing(self.ledger)
        self.intake = Intake(self.ledger, self._lanes, self._outcomes)
        self.dispatch = Dispatch(self.ledger, self._lanes, self._outcomes, self.standing, random)
        self._again = Again(self.ledger, self._outcomes, self.intake, self.log)

    def open(self, now: float, begin: Positions, read_at: float = 0.0) -> None:
        """Go on where the last process stopped, or begin at these positions. What was in flight is marked.

        `read_at`: what stands before them had been received by then, and somebody has seen to it.
        """
        with self.ledger.transaction():
            self._lanes.recover(now)
            if not self.ledger.positions() and self.ledger.fact("begun") is None:
                for worker, position in begin.items():
                    self.ledger.move(worker, position, read_at)
            self.ledger.keep("begun", "1")

    def set_up(self, setup: Setup, terms: Terms) -> None:
        """New settings are obeyed at once."""
        self._setup = setup
        self._blind = bool(setup.policy.segment) and terms.segment is None
        with self.ledger.transaction():
            self._lanes.spread(setup.limits.lanes)
        self.intake.set_up(setup, terms)
        self.dispatch.set_up(setup)

    @property
    def begun(self) -> bool:
        """Whether it has been opened before."""
        return self.ledger.fact("begun") is not None

    def has_room(self) -> bool:
        """Whether more may be read: not while nobody can tell who is in the destination's segment."""
        rows, size = self._lanes.size()
        return (
            not self._blind
            and rows < max(LEAST_WINDOW, 2 * self._setup.limits.commands)
            and size < WINDOW_BYTES
        )

    def read(self) -> Sequence[Chunk]:
        """What the log has after the last position; blocks for a read."""
        return list(self.log.read(self.ledger.positions(), READ_BYTES))

    def take(self, chunks: Sequence[Chunk], now: float) -> int:
        """Take in what was read; nothing read means that the log's end is reached."""
        if not chunks:
            self._read_upto = now
            return 0
        count = self.intake.take(chunks, now)
        last = {chunk.worker: received_until(chunk) for chunk in chunks}
        self._read_upto = max(self._read_upto, min(last.values()))
        return count

    def settle(self, now: float) -> int:
        """Send whole orders whose lines have settled, and a part of what was asked for again.

        Only up to the moment that every worker's log has been read to: the others may hold more lines.
        """
        count = self.intake.settle(self._read_upto, now)
        return count + (self._again.step(now) if self.has_room() else 0)

    def note_lag(self, ends: Mapping[str, Position], segment_bytes: int) -> None:
        """How far behind the log's end reading is, about."""
        behind = sum(
            _between(at, end, segment_bytes)
            for worker, end in ends.items()
            for at in [self.ledger.positions().get(worker, Position(1, 0))]
        )
        self.ledger.keep("behind_bytes", str(behind))

    def next(self, now: float) -> Packet | None:
        return self.dispatch.next(now)

    def answered(self, packet: Packet, answer: Answer | None, now: float) -> Judgement:
        return self.dispatch.answered(packet, answer, now)

    def pause(self, code: str, told: str, now: float) -> None:
        """Nothing is sent any more; what was asked already is still answered."""
        self.standing.pause(code, told, now)

    def resume(self, now: float) -> None:
        """Go on at once."""
        self.standing.resume(now)
        self.dispatch.again()

    def is_changed(self, revision: int) -> bool:
        """Whether the settings are others than those it last worked with."""
        return self.ledger.fact("revision") not in (None, str(revision))

    def obey(self, revision: int, *, paused: bool, wrong: str, now: float) -> None:
        """Pause where a person wants it so, or where something is `wrong` with the settings."""
        if wrong and self.standing.noted.code != DAMAGED:
            self.pause("r_config", wrong, now)
        elif paused and not self.standing.paused:
            self.pause("", "", now)
        self.ledger.keep("revision", str(revision))

    def once(self, act_id: int, act: Callable[[], None]) -> None:
        """Do what somebody asked for, once: a process may end between that and telling that it is done."""
        with self.ledger.transaction():
            if self.ledger.fact("act") != str(act_id):
                act()
                self.ledger.keep("act", str(act_id))

    def replay(self, asked: Asked, positions: Positions) -> None:
        """Read once more from these positions on, none of which is after the present one."""
        with self.ledger.transaction():
            present = self.ledger.positions()
            self.intake.replay(asked)
            for worker, position in positions.items():
                if worker in present and position < present[worker]:
                    self.ledger.move(worker, position)

    def resend(self, wanted: Wanted) -> None:
        """Send dead letters once more, or give them up."""
        self._again.begin(wanted)

    def trim(self, now: float) -> int:
        """Drop what the policy no longer keeps; the rows dropped."""
        policy = self._setup.policy
        return self.ledger.trim(now, keep_days=policy.keep_days, keep_rows=policy.keep_rows)

    def close(self, now: float) -> None:
        try:
            self.standing.stop(now)
        finally:
            self.ledger.close()


def _between(at: Position, end: Position, segment_bytes: int) -> int:
    if at.segment >= end.segment:
        return max(0, end.offset - at.offset) if at.segment == end.segment else 0
    return max(0, segment_bytes - at.offset) + (end.segment - at.segment - 1) * segment_bytes + end.offset
