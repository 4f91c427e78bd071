"""What became of each event: exactly one state, the latest, and counts that outlive it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from collector.forwarder.health import State
from collector.forwarder.ledger import Ledger
from collector.forwarder.sources import Source
from collector.log import Position

MOST_TOLD: Final = 500
_FIELDS: Final = (
    "event_id, request_id, seq, event, order_key, day, ts, received_at, state, code, losses, told, tries, "
    "maybe, at, worker, segment, place"
)


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """One end of an event. `told` are the vendor's words; `maybe`: it may have arrived more than once."""

    state: State
    code: str = ""
    losses: tuple[str, ...] = ()
    told: str = ""
    tries: int = 0
    maybe: bool = False


class Dead(NamedTuple):
    """A fate that may be taken back, and where the event's chunk of the log begins."""

    number: int
    event_id: str
    worker: str
    position: Position


class Outcomes:
    """Writes fates into a ledger; the caller holds the transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def note(self, sources: Sequence[Source], fate: Fate, now: float) -> None:
        """The fate of each of these events; one that had a fate has this one instead."""
        for source in sources:
            self.forget(source.event_id)
            self._ledger.change(
                f"insert into outcomes ({_FIELDS}) values ({', '.join('?' * 18)})",  # noqa: S608 - ours
                source.event_id,
                source.request_id,
                source.seq,
                source.name,
                source.order_key,
                source.day,
                source.ts,
                source.received_at,
                fate.state,
                fate.code,
                " ".join(fate.losses),
                fate.told[:MOST_TOLD],
                fate.tries,
                int(fate.maybe),
                now,
                source.worker,
                source.segment,
                source.place,
            )
            self._count(source.day, source.name, fate, 1)
            self._order(source, fate)

    def skipped(self, source: Source, code: str) -> None:
        """Left out by choice: counted, and not kept one by one."""
        self._count(source.day, source.name, Fate(state="skipped", code=code), 1)

    def state(self, event_id: str) -> State | None:
        """What is known of an event's fate."""
        found: State | None = self._ledger.one("select state from outcomes where event_id = ?", event_id)
        return found

    def forget(self, event_id: str) -> bool:
        """Take an event's fate back, with its counts; whether it had one."""
        found = self._ledger.rows(
            "select day, event, state, code, losses from outcomes where event_id = ?", event_id
        )
        for day, event, state, code, losses in found:
            fate = Fate(state=state, code=code, losses=tuple(filter(None, losses.split(" "))))
            self._count(day, event, fate, -1)
            self._ledger.change("delete from outcomes where event_id = ?", event_id)
        return bool(found)

    def give_up(self, event_id: str) -> None:
        """Nobody will send it again: from now on it counts as left out."""
        found = self._ledger.rows("select day, event from outcomes where event_id = ?", event_id)
        self.forget(event_id)
        for day, event in found:
            self._count(day, event, Fate(state="skipped", code="s_discarded"), 1)

    def newest(self) -> int:
        """The number of the last fate that was noted."""
        found: int | None = self._ledger.one("select seq from sqlite_sequence where name = 'outcomes'")
        return found or 0

    def dead(self, states: Sequence[State], code: str, *, after: int, upto: int, limit: int) -> list[Dead]:
        """Fates in these states and, if there is one, of that code, oldest first."""
        marks = ", ".join("?" * len(states))
        found = self._ledger.rows(
            "select number, event_id, worker, segment, place from outcomes "  # noqa: S608 - marks alone
            f"where number > ? and number <= ? and state in ({marks}) and (? = '' or code = ?) "
            "order by number limit ?",
            after,
            upto,
            *states,
            code,
            code,
            limit,
        )
        return [
            Dead(number, event_id, worker, Position(segment, place))
            for number, event_id, worker, segment, place in found
        ]

    def _count(self, day: str, event: str, fate: Fate, by: int) -> None:
        self._ledger.change(
            "insert into counts values (?1, ?2, ?3, ?4, ?5) on conflict do update set events = events + ?5",
            day,
            event,
            fate.state,
            fate.code,
            by,
        )
        for code in fate.losses:
            self._ledger.change(
                "insert into losses values (?1, ?2, ?3, ?4) on conflict do update set events = events + ?4",
                day,
                event,
                code,
                by,
            )

    def _order(self, source: Source, fate: Fate) -> None:
        if source.order_key is not None:
            self._ledger.change(
                "insert or replace into order_values values (?, ?, ?, ?, ?, ?)",
                source.order_key,
                source.event_id,
                source.day,
                source.value,
                source.currency,
                fate.state,
            )
