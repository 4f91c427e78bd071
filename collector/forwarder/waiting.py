"""What was read and waits to be delivered, in lanes; and the requests it travels in.

A lane's rows leave in the order of (time, request, place in the request), one request at a time.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from collector.destinations.contract import Command
from collector.forwarder import sources
from collector.forwarder.ledger import Ledger
from collector.forwarder.sources import Source

LANES: Final = "lanes"
_commands: Final = msgspec.json.Decoder(tuple[Command, ...])
_complaints: Final = msgspec.json.Decoder(dict[int, str])
_encoder: Final = msgspec.json.Encoder()
_COLUMNS: Final = (
    "number, visitor, sources, commands, losses, via, leads, since, due_at, stale_at, expires_at, told, complaints, "
    "tries, most, maybe"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing to deliver.

    `since`: when its event was received, or asked for again. `told` commands are done, `complaints` are the
    vendor's words by command. `via`: the marks of whom the event came through. `most` rows travel together
    at most, 0 for no bound.
    """

    number: int = 0
    lane: int = 0
    visitor: str
    sources: tuple[Source, ...]
    commands: tuple[Command, ...]
    losses: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    leads: bool = False
    since: float
    due_at: float
    stale_at: float | None = None
    expires_at: float
    told: int = 0
    complaints: dict[int, str]
    tries: int = 0
    most: int = 0
    maybe: bool = False

    def left(self, now: float) -> bool:
        """Whether it may still be sent."""
        return now <= self.expires_at and (self.stale_at is None or now <= self.stale_at)


def lane_of(visitor: str, lanes: int) -> int:
    """In which of so many lanes a visitor's rows stand."""
    return zlib.crc32(visitor.encode("utf-8", "replace")) % max(1, lanes)


class Lanes:
    """The rows of one ledger. The caller holds the transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.events: set[str] = set()
        """Ids of the events that wait."""
        self._look()
        ledger.when_undone(self._look)

    def _look(self) -> None:
        texts = self._ledger.rows("select sources from pending")
        self.events = {source.event_id for (text,) in texts for source in sources.read(text)}

    def spread(self, lanes: int) -> None:
        """There are so many lanes now: nobody's rows may stand in two, or the later could overtake."""
        if self._ledger.fact(LANES) == str(lanes):
            return
        rows = self._ledger.rows("select number, visitor from pending")
        self._ledger.rows_changed(
            "update pending set lane = ? where number = ?",
            [(lane_of(visitor, lanes), number) for number, visitor in rows],
        )
        self._ledger.keep(LANES, str(lanes))

    def recover(self, now: float) -> int:
        """What a process that ended had in flight may have arrived: it is marked, and free again."""
        return self._ledger.change(
            "update pending set maybe = 1, taken = null, due_at = ? where taken >= 0", now
        )

    def add(self, row: Waiting, now: float) -> int:
        first = row.sources[0]
        self.events.update(source.event_id for source in row.sources)
        return self._ledger.added(
            "insert into pending (lane, visitor, ts, request_id, seq, sources, commands, losses, via, leads, bytes, "
            "since, due_at, stale_at, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row.lane,
            row.visitor,
            first.ts,
            first.request_id,
            first.seq,
            sources.written(row.sources),
            _encoder.encode(row.commands).decode(),
            " ".join(row.losses),
            " ".join(row.via),
            int(row.leads),
            sum(len(command.body) for command in row.commands),
            row.since,
            row.due_at,
            row.stale_at,
            row.expires_at,
        )

    def remove(self, row: Waiting) -> None:
        self.events.difference_update(source.event_id for source in row.sources)
        self._ledger.change("delete from pending where number = ?", row.number)

    def size(self) -> tuple[int, int]:
        """Rows and bytes that wait."""
        found: tuple[int, int] = self._ledger.rows("select count(*), coalesce(sum(bytes), 0) from pending")[0]
        return found

    def heads(self) -> list[tuple[int, int, float, int]]:
        """Lane, number of rows, when the first is due and how often it was tried, of lanes with nothing in flight."""
        found: list[tuple[int, int, float, int]] = self._ledger.rows(
            "select lane, held.rows, first.due_at, first.tries from "
            "(select lane as of_lane, count(*) as rows, count(taken) as taken from pending group by lane) held "
            "join pending first on first.number = (select number from pending where lane = held.of_lane "
            "order by ts, request_id, seq limit 1) where held.taken = 0 order by first.due_at"
        )
        return found

    def lane(self, lane: int, limit: int) -> list[Waiting]:
        """The first rows of a lane, in order."""
        found = self._ledger.rows(
            f"select {_COLUMNS} from pending where lane = ? order by ts, request_id, seq limit ?",  # noqa: S608 - ours
            lane,
            limit,
        )
        return [_row(lane, values) for values in found]

    def take(self, rows: Sequence[Waiting], packet: int) -> None:
        """They leave in this request."""
        self._ledger.rows_changed(
            "update pending set taken = ? where number = ?", [(packet, row.number) for row in rows]
        )

    def free(
        self, rows: Sequence[Waiting], *, due_at: float, tries: int = 0, most: int = 0, maybe: bool
    ) -> None:
        """They wait again, `tries` more on their count and at most `most` together."""
        self._ledger.rows_changed(
            "update pending set taken = null, due_at = ?, tries = tries + ?, "
            "most = case when ? = 0 then most else ? end, maybe = max(maybe, ?) where number = ?",
            [(due_at, tries, most, most, int(maybe), row.number) for row in rows],
        )

    def told(self, row: Waiting, told: int, complaints: dict[int, str], now: float) -> None:
        """A part of it is done; the rest follows at once."""
        self._ledger.change(
            "update pending set taken = null, due_at = ?, told = ?, complaints = ? where number = ?",
            now,
            told,
            _encoder.encode(complaints).decode(),
            row.number,
        )


def _row(lane: int, values: Sequence[object]) -> Waiting:
    found = dict(zip([name.strip() for name in _COLUMNS.split(",")], values, strict=True))
    return Waiting(
        lane=lane,
        **{
            **found,
            "sources": sources.read(str(found["sources"])),
            "commands": _commands.decode(str(found["commands"])),
            "losses": tuple(str(found["losses"]).split()),
            "via": tuple(str(found["via"]).split()),
            "complaints": _complaints.decode(str(found["complaints"])),
            "leads": bool(found["leads"]),
            "maybe": bool(found["maybe"]),
        },  # type: ignore[arg-type]
    )
