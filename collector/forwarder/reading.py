"""The reading half of a destination's ledger: for pages, commands and metrics, beside the forwarder that writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from collector.forwarder.health import STATES, DayCount, Health, LossCount, OrderValue, Outcome, State
from collector.forwarder.ledger import is_damaged

_ORDER: Final = ("order_key", "day", "value", "currency", "state")
FOLDER: Final = "destinations"
MOST: Final = 1000
_OUTCOME: Final = (
    "number, event_id, request_id, seq, event, order_key, day, ts, received_at, state, code, losses, told, "
    "tries, maybe, at"
)


def ledger_file(data: Path, destination_id: str) -> Path:
    """Where the ledger of a destination stands in a data folder. The id is one of ours: letters, digits, `-`."""
    return data / FOLDER / f"{destination_id}.sqlite"


class Reading:
    """One ledger, read only. Without a ledger yet everything is empty and the condition `starting`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def health(self) -> Health:
        """How it is now, as the forwarder last noted it, and what is stored."""
        with self._rows() as rows:
            noted = dict(rows("select name, value from facts"))
            waiting = next(
                rows("select count(*), min(since), count(taken), coalesce(sum(maybe), 0) from pending"),
                (0, None, 0, 0),
            )
            held = next(rows("select count(*) from orders where due_at is not null"), (0,))[0]
            counts = {
                cast(State, state): int(events)
                for state, events in rows("select state, sum(events) from counts group by state")
            }
        known = msgspec.json.decode(noted["condition"]) if "condition" in noted else {}
        return Health(
            condition=known.get("condition", "starting"),
            code=known.get("code", ""),
            told=known.get("told", ""),
            since=known.get("since", 0.0),
            until=known.get("until", 0.0),
            waiting=waiting[0],
            oldest_at=waiting[1],
            in_flight=waiting[2],
            maybe=waiting[3],
            held=held,
            behind_bytes=int(noted.get("behind_bytes", 0)),
            read_at=_number(noted, "read_at"),
            delivered_at=_number(noted, "delivered_at"),
            counts=counts,
        )

    def counts(self, first: str, last: str) -> Sequence[DayCount]:
        """By day (ISO dates, both included), event, state and code."""
        with self._rows() as rows:
            found = rows(
                "select day, event, state, code, events from counts where day between ? and ? and events > 0 "
                "order by day, event, state, code",
                first,
                last,
            )
            return [
                DayCount(day=day, event=event, state=state, code=code, events=events)
                for day, event, state, code, events in found
            ]

    def losses(self, first: str, last: str) -> Sequence[LossCount]:
        """By day (both included), event and code."""
        with self._rows() as rows:
            found = rows(
                "select day, event, code, events from losses where day between ? and ? and events > 0 "
                "order by day, event, code",
                first,
                last,
            )
            return [
                LossCount(day=day, event=event, code=code, events=events)
                for day, event, code, events in found
            ]

    def outcomes(
        self,
        *,
        states: Sequence[State] = (),
        code: str = "",
        event: str = "",
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Outcome]:
        """The newest first; `before` is the number of the last one of the page before."""
        terms, given = ["1"], list[Any]()
        if states:
            terms.append(f"state in ({', '.join('?' * len(states))})")
            given += states
        for name, value in (("code", code), ("event", event)):
            if value:
                terms.append(f"{name} = ?")
                given.append(value)
        if before is not None:
            terms.append("number < ?")
            given.append(before)
        text = f"select {_OUTCOME} from outcomes where {' and '.join(terms)} order by number desc limit ?"  # noqa: S608 - names of ours
        with self._rows() as rows:
            return [_outcome(row) for row in rows(text, *given, min(limit, MOST))]

    def outcome(self, event_id: str) -> Outcome | None:
        """What became of one event, if that is still known."""
        with self._rows() as rows:
            found = next(rows(f"select {_OUTCOME} from outcomes where event_id = ?", event_id), None)  # noqa: S608 - names of ours
            return None if found is None else _outcome(found)

    def orders(self, first: str, last: str) -> Sequence[OrderValue]:
        """Orders of these days (both included), by key. Lines told one by one are added up."""
        with self._rows() as rows:
            found = rows(
                "select order_key, day, value, currency, state from order_values where day between ? and ? "
                "order by order_key, event_id",
                first,
                last,
            )
            lines = groupby(found, key=lambda row: row[0])
            return [
                _order([OrderValue(**dict(zip(_ORDER, row, strict=True))) for row in group])
                for _, group in lines
            ]

    @contextmanager
    def _rows(self) -> Iterator[Any]:
        """A function from SQL and its values to rows, none where there is no ledger yet.

        It raises sqlite3.Error where the ledger is damaged.
        """
        if not self._file.exists():
            yield lambda text, *given: iter(())
            return
        connection = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=5)

        def rows(text: str, *given: Any) -> Iterator[Any]:
            try:
                return iter(connection.execute(text, given).fetchall())
            except sqlite3.Error as error:
                if not is_damaged(error) and not _is_ledger(connection):
                    return iter(())
                return iter(connection.execute(text, given).fetchall())

        try:
            yield rows
        finally:
            connection.close()


def _is_ledger(connection: sqlite3.Connection) -> bool:
    """Whether its tables have been made: the file is there a moment before."""
    found = connection.execute("select count(*) from sqlite_master where name = 'facts'").fetchone()
    return bool(found[0])


def _outcome(row: Sequence[Any]) -> Outcome:
    names = [name.strip() for name in _OUTCOME.split(",")]
    found: dict[str, Any] = dict(zip(names, row, strict=True))
    return Outcome(
        **{**found, "losses": tuple(filter(None, found["losses"].split(" "))), "maybe": bool(found["maybe"])}
    )


def _order(lines: Sequence[OrderValue]) -> OrderValue:
    """One order of its lines; its value is known where every line's is, its state is that of the worst."""
    values = [line.value for line in lines]
    total = (
        None if None in values else sum((Decimal(value) for value in values if value is not None), Decimal())
    )
    worst = max((line.state for line in lines), key=STATES.index)
    return replace(lines[0], value=None if total is None else f"{total:f}", state=worst)


def _number(noted: Mapping[str, str], name: str) -> float | None:
    return float(noted[name]) if name in noted else None
