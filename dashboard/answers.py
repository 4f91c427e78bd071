"""Asking the store: each query in a thread of its own, with its own limits.

A query that fails, or takes too long, is an answer too: its panel says so and the
others live on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from collector.store import QueryTimeout, Reader, TooManyRows
from dashboard import queries
from dashboard.filters import Scope
from dashboard.now import LiveTables, is_live
from dashboard.page import Missing, Panel, Table, Tables

CSV_ROWS = 10_000
_log = logging.getLogger(__name__)


async def answer(reader: Reader, live: LiveTables, names: Iterable[str], scope: Scope, **over: Any) -> Tables:
    """Tables by query name, asked concurrently. `over` replaces parameters."""
    wanted = tuple(dict.fromkeys(names))
    params = {**scope.params(), **over}
    answers = await asyncio.gather(*(asyncio.to_thread(_one, reader, live, name, params) for name in wanted))
    return Tables(dict(zip(wanted, answers, strict=True)))


def _one(reader: Reader, live: LiveTables, name: str, params: Mapping[str, Any]) -> Table | Missing:
    try:
        if is_live(name):
            return live.table(name, params)
        query = queries.load(name)
        given = {taken: params[taken] for taken in query.params}
        rows = reader.query(query.sql, given, max_rows=query.max_rows, seconds=query.seconds)
    except QueryTimeout:
        return Missing("panel.timeout", seconds=f"{queries.load(name).seconds:g}")
    except TooManyRows:
        return Missing("panel.too_many", rows=queries.load(name).max_rows)
    except Exception:
        _log.exception("query %s failed", name)
        return Missing("panel.failed")
    return Table(columns=tuple(rows.columns), rows=rows.dicts())


def shown(panels: Iterable[Panel], tab: str) -> tuple[Panel, ...]:
    """The panels of a tab: those of every tab and its own."""
    return tuple(panel for panel in panels if not panel.tabs or tab in panel.tabs)


def queries_of(panels: Iterable[Panel]) -> tuple[str, ...]:
    """Every query of the panels, once."""
    return tuple(dict.fromkeys(name for panel in panels for name in panel.queries))
