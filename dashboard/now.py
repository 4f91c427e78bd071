"""What the live tail knows, as tables beside those of the store.

A name under `tail/` is a question to the tail: pages, JSON and CSV treat it as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from collector import reasons
from collector.entry import ALL, Entry, Wanted
from collector.pulse import Shelf, Snapshot
from dashboard.page import Row, Table
from dashboard.queries import Query

PREFIX: Final = "tail/"
FEED_ROWS: Final = 200
NOW: Final = "tail/now"


class LiveView(Protocol):
    """What the dashboard asks of the tail."""

    def snapshot(
        self, shop_id: str, *, after: int = 0, entries: int = 200, wanted: Wanted = ALL, shelf: Shelf = "feed"
    ) -> Snapshot: ...

    def entries(self, shop_id: str, wanted: Wanted) -> tuple[int, tuple[Entry, ...]]: ...

    def reset(self, shop_id: str, test: str = "") -> int: ...

    def subscribe(self, shop_id: str, notify: Callable[[], None]) -> Callable[[], None]: ...


def _now(snapshot: Snapshot) -> list[Row]:
    events = sum(sum(counts.values()) for _, counts in snapshot.minutes)
    return [{"visitors_5": snapshot.visitors_5, "visitors_30": snapshot.visitors_30, "events_30": events}]


def _minutes(snapshot: Snapshot) -> list[Row]:
    rows: list[Row] = []
    for minute, counts in snapshot.minutes:
        start = minute.replace(tzinfo=None)
        if not counts:
            rows.append({"minute": start, "event": None, "events": 0})
        rows += [{"minute": start, "event": event, "events": counts[event]} for event in sorted(counts)]
    return rows


def product_rows(snapshot: Snapshot) -> list[Row]:
    """The busiest products of a snapshot."""
    return [
        {
            "item_id": product.item_id,
            "item_name": product.item_name or None,
            "views": product.views,
            "adds": product.adds,
            "purchases": product.purchases,
        }
        for product in snapshot.products
    ]


def feed_rows(snapshot: Snapshot) -> list[Row]:
    """The entries of a snapshot, newest first."""
    return [feed_row(entry) for entry in snapshot.entries]


def feed_row(entry: Entry) -> Row:
    """One event with its verdict."""
    return {
        "received_at": entry.received_at.replace(tzinfo=None),
        "event": entry.event or None,
        "name": entry.name or None,
        "items": ", ".join(entry.items) or None,
        "about": entry.about or None,
        "page": entry.page or None,
        "recommended_by": entry.recommended_by or None,
        "recommended_code": entry.recommended_code or None,
        "outcome": entry.outcome,
        "codes": ", ".join(entry.codes),
        "notes": ", ".join(_notes(entry)),
        "device": entry.device or None,
        "visitor": entry.visitor or None,
        "vendor": entry.vendor,
        "endpoint": entry.endpoint,
        "request_id": entry.request_id,
        "seq": entry.seq,
    }


def _verdicts(snapshot: Snapshot) -> list[Row]:
    return [verdict_row(entry) for entry in snapshot.entries]


def _first(snapshot: Snapshot) -> list[Row]:
    """The first event and the first that somebody should look at; they may be one. Or one that went astray."""
    found = (("event", snapshot.first), ("mistake", snapshot.first_trouble), ("stray", snapshot.stray))
    return [{"kind": kind, **verdict_row(entry)} for kind, entry in found if entry]


def verdict_row(entry: Entry) -> Row:
    """One event with what a developer needs to mend it; `source` is the JSON that was sent."""
    more = {name: getattr(entry, name) or None for name in ("test", "pointer", "path", "source")}
    return {**feed_row(entry), **more}


def _notes(entry: Entry) -> Sequence[str]:
    """Codes worth a look. One that does not count has its reasons, even where nobody has to act."""
    return reasons.loud(entry.codes) or (() if entry.outcome == "accepted" else entry.codes)


FEED_COLUMNS: Final = (
    "received_at:timestamp event:varchar name:varchar items:varchar about:varchar page:varchar "
    "recommended_by:varchar recommended_code:varchar outcome:varchar codes:varchar notes:varchar device:varchar "
    "visitor:varchar vendor:varchar endpoint:varchar request_id:varchar seq:bigint"
)
VERDICT_COLUMNS: Final = f"{FEED_COLUMNS} test:varchar pointer:varchar path:varchar source:varchar"


@dataclass(frozen=True, slots=True)
class _Question:
    query: Query
    rows: Callable[[Snapshot], list[Row]]
    shelf: Shelf = "feed"


def _question(
    name: str,
    title: str,
    gives: str,
    define: str,
    rows: Callable[[Snapshot], list[Row]],
    shelf: Shelf = "feed",
) -> _Question:
    pairs = tuple((column, kind) for column, _, kind in (part.partition(":") for part in gives.split()))
    query = Query(name=PREFIX + name, title=title, takes=(), gives=pairs, define=define, sql="", plain="")
    return _Question(query, rows, shelf)


_QUESTIONS: Final[Mapping[str, _Question]] = {
    question.query.name: question
    for question in (
        _question(
            "now",
            "Right now",
            "visitors_5:bigint visitors_30:bigint events_30:bigint epoch:varchar",
            "Visitors by device (or identifier) seen in the last 5 and 30 minutes, and events received.",
            _now,
        ),
        _question(
            "minutes",
            "Events a minute",
            "minute:timestamp event:varchar events:bigint",
            "Events received in each of the last 30 minutes by name; refused ones count as refused.",
            _minutes,
        ),
        _question(
            "products",
            "Busiest products",
            "item_id:varchar item_name:varchar views:bigint adds:bigint purchases:bigint",
            "The ten products with most purchases, then adds, then views in the last 30 minutes.",
            product_rows,
        ),
        _question(
            "feed",
            "Feed",
            FEED_COLUMNS,
            "The last 200 events as they were received, each with its verdict, its codes, and as notes "
            "those codes that need a look.",
            feed_rows,
        ),
        _question(
            "verdicts",
            "Verdicts",
            VERDICT_COLUMNS,
            "The last events as they were received, those that need a look and those of a test kept longer, each with "
            "its verdict, its codes, the place in the request it was read from and what stood there.",
            _verdicts,
            shelf="kept",
        ),
        _question(
            "first",
            "First events",
            f"kind:varchar {VERDICT_COLUMNS}",
            "The first event of the shop since the collector was started, or of the last 35 minutes before, and the "
            "first that needs a look; while there is none, the last request for a shop that there is not, if this one "
            "may be meant.",
            _first,
        ),
    )
}


def is_live(name: str) -> bool:
    """Whether the tail answers this, and not the store."""
    return name.startswith(PREFIX)


def described(name: str) -> Query:
    """The header of a question to the tail; raises KeyError for a name that is none."""
    return _QUESTIONS[name].query


def wanted_of(params: Mapping[str, Any]) -> Wanted:
    """The entries that an address asks for."""
    return Wanted(
        event=params["event"] or "",
        outcome=params["outcome"] or "",
        text=params["find"] or "",
        test=params["test"] or "",
    )


class LiveTables:
    """The tail's answers as tables. Sequence numbers hold for one life of the tail, its `epoch`."""

    def __init__(self, tail: LiveView, started: datetime) -> None:
        self.tail = tail
        self.epoch = format(int(started.timestamp() * 1000), "x")

    def table(self, name: str, params: Mapping[str, Any]) -> Table:
        """The answer for the shop of `params`; raises KeyError for a name that is none."""
        question = _QUESTIONS[name]
        snapshot = self.tail.snapshot(
            params["shop"], entries=FEED_ROWS, wanted=wanted_of(params), shelf=question.shelf
        )
        rows = (
            [{**row, "epoch": self.epoch} for row in question.rows(snapshot)]
            if name == NOW
            else question.rows(snapshot)
        )
        return Table(columns=question.query.columns, rows=rows)
