"""What became of events that were sent on, as tables beside those of the store.

A name under `forwarding/` is a question to control data and to the ledgers of the shop's destinations:
pages, JSON and CSV treat it as any other. Each module of this folder may bind `QUESTIONS`; nothing
else names them. Rows are of the shop of the scope; what a vendor said is for those who may act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from collector.control.destinations import Stored
from dashboard import queries
from dashboard.desk import ControlView, Ledgers
from dashboard.page import Missing, Row, Table
from dashboard.queries import Query
from dashboard.scope import Scope

PREFIX: Final = "forwarding/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a question is answered from. `params` are those of the page, with the size of its pages.

    `stored` asks a question of the store, with some parameters of its own.
    """

    control: ControlView
    ledgers: Ledgers
    scope: Scope
    params: Mapping[str, Any]
    stored: Callable[[str, Mapping[str, Any]], Table | Missing]

    def rows(self, name: str, **over: Any) -> Sequence[Row]:
        """Rows of a question of the store; raises Missing where it has no answer."""
        found = self.stored(name, over)
        if isinstance(found, Missing):
            raise found
        return found.rows

    def destinations(self) -> Sequence[Stored]:
        """Those of the shop, in the order in which they were added."""
        return self.control.destinations.of(self.scope.shop.shop_id)

    def chosen(self) -> Stored | None:
        """The one that the address names as `code`, else the first; None where the shop has none."""
        every = self.destinations()
        named = (one for one in every if one.destination_id == self.scope.filters.code)
        return next(named, next(iter(every), None))

    def days(self) -> tuple[str, str]:
        """The first and the last day of the period, as a ledger writes them."""
        return self.scope.days.first.isoformat(), self.scope.last_day.isoformat()


Rows = Callable[[Asked], list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; `rows` has a key for each column of `query`. `asks` are questions of the store it needs."""

    query: Query
    rows: Rows
    asks: tuple[str, ...] = ()


def question(
    name: str, title: str, gives: str, define: str, rows: Rows, asks: tuple[str, ...] = ()
) -> Question:
    """`gives` is `column:type column:type …` with types of SQL, as the header of a query has them."""
    pairs = tuple((column, kind) for column, _, kind in (part.partition(":") for part in gives.split()))
    sql = "\n\n".join(queries.load(one).sql for one in asks)
    query = Query(name=PREFIX + name, title=title, takes=(), gives=pairs, define=define, sql=sql, plain="")
    return Question(query=query, rows=rows, asks=asks)


@cache
def questions() -> Mapping[str, Question]:
    """Every question of this folder by name."""
    found: dict[str, Question] = {}
    for module in iter_modules(__path__):
        for one in getattr(import_module(f"{__name__}.{module.name}"), "QUESTIONS", ()):
            found[one.query.name] = one
    return found


def is_forwarding(name: str) -> bool:
    """Whether the ledgers answer this."""
    return name.startswith(PREFIX)


def table(name: str, asked: Asked) -> Table:
    """The answer; raises KeyError for a name that is none."""
    known = questions()[name]
    return Table(columns=known.query.columns, rows=known.rows(asked))


def moment(seconds: float | None) -> datetime | None:
    """Epoch seconds as naive UTC; None, and 0 for never, as None."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) if seconds else None
