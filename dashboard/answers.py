"""Asking the store: each query in a thread of its own, with its own limits.

A query that fails, or takes too long, is an answer too: its panel says so and the
others live on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from collector.store import QueryTimeout, Reader, TooManyRows
from dashboard import control_tables, forwarding, journeys, lens, queries
from dashboard.console import asking, is_console
from dashboard.desk import ControlView, Ledgers, no_ledgers
from dashboard.lens import Lens
from dashboard.now import LiveTables, is_live
from dashboard.page import Missing, Panel, Table, Tables
from dashboard.queries import Query
from dashboard.questions import describe, is_stored
from dashboard.scope import Scope
from dashboard.segments.pinned import pinned

CSV_ROWS = 10_000
PERSONAL: Final = frozenset(
    ("visitor_id", "device_id", "user_id", "email", "session_key", "order_key", "transaction_id")
)
Found = Mapping[str, Table | Missing]
Tasks = Mapping[str, asyncio.Task[Found]]
"""What is being asked, by question."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sources:
    """Who answers: the store, the live tail, the control data and the ledgers of destinations."""

    reader: Reader
    live: LiveTables
    control: ControlView
    ledgers: Ledgers = no_ledgers


async def answer(sources: Sources, names: Iterable[str], scope: Scope, **over: Any) -> Tables:
    """Tables by query name, asked concurrently. `over` replaces parameters.

    Questions that need the effects of the model markov wait for them, and fail where they do.
    """
    wanted = tuple(dict.fromkeys(names))
    tasks = begin(sources, wanted, scope, **over)
    await asyncio.gather(*tasks.values())
    return told(tasks, wanted)


def begin(sources: Sources, names: Iterable[str], scope: Scope, **over: Any) -> Tasks:
    """Begin to ask; the task of a question gives its answer and those of the questions asked with it."""
    wanted = tuple(dict.fromkeys(names))
    params = {**scope.params(), **over}
    led = [name for name in wanted if _needs_effects(name)]
    people = asyncio.ensure_future(_people(sources.reader, scope))
    effects = asyncio.ensure_future(_led(sources.reader, led, params, people)) if led else None
    tasks: dict[str, asyncio.Task[Found]] = {}
    for group in _groups(wanted):
        waited = effects if set(group) & set(led) else None
        asked = asyncio.ensure_future(_asked(sources, group, params, people, waited))
        tasks |= dict.fromkeys(group, asked)
    return tasks


def told(tasks: Tasks, names: Iterable[str]) -> Tables:
    """The answers that are there; the others are missing, because they are waited for."""
    waiting = Missing("panel.waiting")
    return Tables({name: tasks[name].result()[name] if tasks[name].done() else waiting for name in names})


async def _people(reader: Reader, scope: Scope) -> Scope:
    """The scope with the visitors it is about found once, for all questions."""
    audience = scope.lens.audience
    if audience is None:
        return scope
    return replace(scope, audience=await asyncio.to_thread(pinned, reader, audience))


async def _led(
    reader: Reader, names: Sequence[str], params: Mapping[str, Any], people: asyncio.Future[Scope]
) -> list[list[str]] | Missing:
    scope = await asyncio.shield(people)
    return await asyncio.to_thread(_effects, reader, names, params, scope.lens)


async def _asked(
    sources: Sources,
    group: Sequence[str],
    params: Mapping[str, Any],
    people: asyncio.Future[Scope],
    effects: asyncio.Future[list[list[str]] | Missing] | None,
) -> Found:
    """Answers of questions that are asked together, after what they wait for."""
    try:
        scope = await asyncio.shield(people)
        found = await asyncio.shield(effects) if effects else []
        hidden = [name for name in group if scope.access.shared and personal(name)]
        asked = [name for name in group if name not in hidden]
        lacking = [name for name in asked if isinstance(found, Missing) and _needs_effects(name)]
        rest = tuple(name for name in asked if name not in lacking)
        given = params if isinstance(found, Missing) else {**params, "effects": found}
        answers = await asyncio.to_thread(_group, sources, rest, given, scope) if rest else []
    except Exception:
        _log.exception("queries %s failed", ", ".join(group))
        return {name: Missing("panel.failed") for name in group}
    told = dict(zip(rest, answers, strict=True))
    apart = dict.fromkeys(hidden, Missing("panel.unshared"))
    return {**told, **apart, **{name: found for name in lacking if isinstance(found, Missing)}}


def personal(name: str) -> bool:
    """Whether the question tells single people, or their orders: a shared link does not show those."""
    return not PERSONAL.isdisjoint(describe(name).columns)


def _needs_effects(name: str) -> bool:
    return is_stored(name) and "effects" in queries.load(name).params


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
        if is_console(name):
            return asking.table(sources.reader, sources.control, scope, whole=bool(params.get("whole")))
        if forwarding.is_forwarding(name):
            asked = forwarding.Asked(
                control=sources.control,
                ledgers=sources.ledgers,
                scope=scope,
                params=params,
                stored=lambda asked, over: _stored(sources.reader, asked, {**params, **over}, scope.lens),
            )
            return forwarding.table(name, asked)
        return control_tables.table(sources.control, name, scope)
    except Missing as missing:
        return missing
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
