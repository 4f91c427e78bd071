"""Control data as tables beside those of the store: users, keys, reports and what else is set up.

A name under `control/` is a question to the control data: pages, JSON and CSV treat it as any
other. Each module of this folder binds `QUESTIONS`; nothing else names them. Rows are of the shop
and the person of the scope, who may see the page that asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from dashboard.desk import ControlView
from dashboard.page import Row, Table
from dashboard.queries import Query
from dashboard.scope import Scope

PREFIX: Final = "control/"
Rows = Callable[[ControlView, Scope], list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to the control data; `rows` has a key for each column of `query`."""

    query: Query
    rows: Rows


def question(name: str, title: str, gives: str, define: str, rows: Rows) -> Question:
    """`gives` is `column:type column:type …` with types of SQL, as the header of a query has them."""
    pairs = tuple((column, kind) for column, _, kind in (part.partition(":") for part in gives.split()))
    query = Query(name=PREFIX + name, title=title, takes=(), gives=pairs, define=define, sql="", plain="")
    return Question(query=query, rows=rows)


@cache
def questions() -> Mapping[str, Question]:
    """Every question of this folder by name."""
    found: dict[str, Question] = {}
    for module in iter_modules(__path__):
        for one in import_module(f"{__name__}.{module.name}").QUESTIONS:
            found[one.query.name] = one
    return found


def is_control(name: str) -> bool:
    """Whether control data answers this, and not the store."""
    return name.startswith(PREFIX)


def table(control: ControlView, name: str, scope: Scope) -> Table:
    """The answer; raises KeyError for a name that is none."""
    asked = questions()[name]
    return Table(columns=asked.query.columns, rows=asked.rows(control, scope))
