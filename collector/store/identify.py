"""Keeps the identity graph in step: who a batch's visitors are, and whose sessions move by that.

What the rules are is `collector.store.identity`; here is which part of the graph a batch concerns.
"""

from __future__ import annotations

from typing import Any

import duckdb

from collector.store.identity import NOBODY, Identifier, Link, Period, persons
from collector.store.statements import run


def identify(connection: duckdb.DuckDBPyConnection, *, late: bool) -> None:
    """Links, persons and moved sessions after a batch's sessions are stored.

    `late`: some sessions were told again, which may begin elsewhere now. Rows of sessions that
    became another visitor's are in the temporary table `moved`.
    """
    run(connection, "said")
    if late:
        run(connection, "said_late")
    run(connection, "links", nobody=list(NOBODY))
    run(connection, "links_kept")
    if late:
        run(connection, "dirty_late")
    news = bool(_one(connection, "count_dirty_nodes")[0])
    if news:
        _close(connection)
    elif not _one(connection, "count_shared")[0]:
        return
    run(connection, "judged")
    if news:
        _persons(connection)
    moved, since, until = _one(connection, "moved")
    if moved:
        run(connection, "moves", since=since, until=until)


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """The whole part of the graph that the changed nodes belong to."""
    run(connection, "closure")
    size = 0
    while (grown := _one(connection, "closure_step")[0]) > size:
        size = grown


def _persons(connection: duckdb.DuckDBPyConnection) -> None:
    periods, identifiers = persons([_link(row) for row in run(connection, "closure_links").fetchall()])
    run(connection, "persons", **_columns(periods, identifiers))


def _link(row: tuple[Any, ...]) -> Link:
    shop_id, node, session_key, started_at, marks, stated, first_at, last_at = row
    return Link(
        shop_id=shop_id,
        node=node,
        session_key=session_key,
        started_at=started_at,
        marks=tuple(marks),
        stated=tuple(stated),
        first_at=first_at,
        last_at=last_at,
    )


def _columns(periods: list[Period], identifiers: list[Identifier]) -> dict[str, list[Any]]:
    return {
        "shops": [period.shop_id for period in periods],
        "nodes": [period.node for period in periods],
        "since": [period.since for period in periods],
        "until": [period.until for period in periods],
        "visitors": [period.visitor_id for period in periods],
        "id_shops": [one.shop_id for one in identifiers],
        "id_visitors": [one.visitor_id for one in identifiers],
        "id_nodes": [one.node for one in identifiers],
        "kinds": [one.kind for one in identifiers],
        "ids": [one.value for one in identifiers],
        "firsts": [one.first_at for one in identifiers],
    }


def _one(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[Any, ...]:
    (row,) = run(connection, name).fetchall()
    return row
