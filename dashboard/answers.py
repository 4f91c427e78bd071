"""Asking the store: each query in a thread of its own, with its own limits.

A query that fails, or takes too long, is an answer too: its panel says so and the
others live on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from collector.store import QueryTimeout, Reader, TooManyRows
from dashboard import control_tables, journeys, lens, queries
from dashboard.lens import Lens
from dashboard.now import LiveTables, is_live
from dashboard.page import ControlView, Missing, Panel, Table, Tables
from dashboard.queries import Query
from dashboard.questions import is_stored
from dashboard.scope import Scope

CSV_ROWS = 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sources:
    """Who answers: the store, the live tail and the control data."""

    reader: Reader
    live: LiveTables
    control: ControlView


async def answer(sources: Sources, names: Iterable[str], scope: Scope, **over: Any) -> Tables:
    """Tables by query name, asked concurrently. `over` replaces parameters.

    Questions that need the effects of the model markov wait for them, and fail where they do.
    """
    wanted = tuple(dict.fromkeys(names))
    params = {**scope.params(), **over}
    led = [name for name in wanted if is_stored(name) and "effects" in queries.load(name).params]
    effects = await asyncio.to_thread(_effects, sources.reader, led, params, scope.lens)
    lacking = dict.fromkeys(led, effects) if isinstance(effects, Missing) else {}
    params["effects"] = [] if isinstance(effects, Missing) else effects
    groups = tuple(_groups(name for name in wanted if name not in lacking))
    found = await asyncio.gather(
        *(asyncio.to_thread(_group, sources, group, params, scope) for group in groups)
    )
    answers = {**lacking, **dict(zip(chain(*groups), chain(*found), strict=True))}
    return Tables({name: answers[name] for name in wanted})


def _effects(
    reader: Reader, names: Sequence[str], params: Mapping[str, Any], seen: Lens
) -> list[list[str]] | Missing:
    """Removal effects of the presets whose winner is markov, as far as these questions ask for them."""
    every = any("preset" not in queries.load(name).params for name in names)
    found: list[list[str]] = []
    for preset in journeys.wanted(params, every=every) if names else ():
        asked = {**params, "preset": preset, "model": "markov"}
        table = _stored(reader, journeys.TRANSITIONS, asked, seen)
        if isinstance(table, Missing):
            return table
        found += journeys.listed(preset, table.rows)
    return found


def _groups(names: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """Questions that are asked together, because they share a part; all others alone."""
    groups: dict[str, tuple[str, ...]] = {}
    for name in names:
        shared = queries.load(name).shares if is_stored(name) else ""
        key = shared or f"alone {name}"
        groups[key] = (*groups.get(key, ()), name)
    return groups.values()


def _group(
    sources: Sources, names: tuple[str, ...], params: Mapping[str, Any], scope: Scope
) -> Sequence[Table | Missing]:
    """Answers in the order of names. If asking together fails each is asked alone; time that is up is up."""
    if len(names) == 1:
        return [_one(sources, names[0], params, scope)]
    seen = scope.lens
    asked = [queries.load(name) for name in names]
    seconds = max(query.seconds for query in asked)
    try:
        sql = lens.through(seen, queries.together(*names, plain=queries.is_plain(params)))
        (row,) = sources.reader.query(
            sql, queries.fitting(sql, lens.params(seen, params)), max_rows=1, seconds=seconds
        ).rows
    except QueryTimeout:
        return [Missing("panel.timeout", seconds=f"{seconds:g}") for _ in names]
    except Exception:
        _log.exception("queries %s failed together", ", ".join(names))
        return [_one(sources, name, params, scope) for name in names]
    return [_part(query, rows or ()) for query, rows in zip(asked, row, strict=True)]


def _part(query: Query, rows: Sequence[Mapping[str, Any]]) -> Table | Missing:
    if len(rows) > query.max_rows:
        return Missing("panel.too_many", rows=query.max_rows)
    return Table(columns=query.columns, rows=[{name: row[name] for name in query.columns} for row in rows])


def _one(sources: Sources, name: str, params: Mapping[str, Any], scope: Scope) -> Table | Missing:
    if is_stored(name):
        return _stored(sources.reader, name, params, scope.lens)
    try:
        if is_live(name):
            return sources.live.table(name, params)
        return control_tables.table(sources.control, name, scope)
    except Exception:
        _log.exception("query %s failed", name)
        return Missing("panel.failed")


def _stored(reader: Reader, name: str, params: Mapping[str, Any], seen: Lens) -> Table | Missing:
    try:
        query = queries.load(name)
        sql = lens.through(seen, query.plain if queries.is_plain(params) else query.sql)
        given = queries.fitting(sql, lens.params(seen, params))
        rows = reader.query(sql, given, max_rows=query.max_rows, seconds=query.seconds)
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
