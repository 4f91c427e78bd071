"""Questions that a person wrote, asked of DuckDB: two at once in all, one of a person.

Settings of a database hold for every connection to it, so nothing can be locked here without
locking the loader too. What keeps a question inside its shop is its parse tree (docs/console.md).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import duckdb
import msgspec

from collector.store import QueryTimeout
from collector.store.console import Limits, Refused, Told, Untrusted
from collector.store.console.allowed import allowed
from collector.store.console.growth import Growth
from collector.store.console.tree import MARK, SHOP, Node, Tree, measured, proved, without_places
from collector.store.console.watch import Watch
from collector.store.reader import CursorPool
from collector.store.stopping import Stop

AT_ONCE: Final = 2
WAIT_S: Final = 3.0
LONGEST: Final = 10_000
LONGEST_ERROR: Final = 300
PAGE: Final = 512
NO_BOUND: Final = 1_000_000_000_000
"""More rows than a table has. Nothing that a person wrote is worked out below a limit, on rows of other shops."""
_UNSEEN: Final = ("TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE", "GEOMETRY", "VARIANT")
_TREE: Final = "select json_serialize_sql($asked::varchar)"
_TEXT: Final = "select json_deserialize_sql($tree::json)"
_SPARING: Final = "set operator_memory_limit = '256MB'"


class DuckConsole:
    """Asks what people write. Any number of threads may share it; who must wait does so for `wait` seconds."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection], wait: float = WAIT_S) -> None:
        self._connect = connect
        self._wait = wait
        self._pool = CursorPool(self._cursor, AT_ONCE)
        self._guard = threading.Condition()
        self._running: set[str] = set()

    def ask(self, question: Untrusted, limits: Limits, stop: Stop) -> Told:
        """The answer, cut at its limits, while nobody strikes `stop`. Raises Refused."""
        with (
            self._alone(question.who),
            self._taken() as cursor,
            Watch(cursor, self._connect, limits) as watch,
        ):
            try:
                with stop.reaches(watch.end):
                    sql, names = prepared(cursor, question)
                    given = {**question.params, SHOP: question.shop}
                    return _told(cursor, sql, {name: given.get(name) for name in names}, limits)
            except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
                raise Refused(*watch.reason()) from error
            except duckdb.Error as error:
                raise Refused("error", said=_said(error)) from error
            except (OverflowError, ValueError) as error:  # a moment that no calendar of ours has
                raise Refused("error", said=type(error).__name__) from error
            except RecursionError as error:
                raise Refused("deep") from error

    def close(self) -> None:
        """Break off what is being asked and let go of the store."""
        self._pool.close()

    def reopen(self) -> None:
        """Ask again, after the store was closed and opened."""
        self._pool.replace(self._cursor)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._connect()
        cursor.execute(_SPARING)
        return cursor

    @contextmanager
    def _taken(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with self._pool.cursor(self._wait) as cursor:
                yield cursor
        except QueryTimeout as error:
            raise Refused("busy") from error

    @contextmanager
    def _alone(self, who: str) -> Iterator[None]:
        with self._guard:
            if not self._guard.wait_for(lambda: who not in self._running, self._wait):
                raise Refused("running")
            self._running.add(who)
        try:
            yield
        finally:
            with self._guard:
                self._running.discard(who)
                self._guard.notify_all()


def prepared(cursor: duckdb.DuckDBPyConnection, question: Untrusted) -> tuple[str, Sequence[str]]:
    """The text as it is asked, and the names of the values it takes. Raises Refused."""
    if not question.sql.strip():
        raise Refused("empty")
    if len(question.sql) > LONGEST or "\0" in question.sql:
        raise Refused("long", most=LONGEST)
    statement = _statement(cursor, question.sql)
    tree = Tree(allowed(), question.raw, lambda name: _rows(cursor, name))
    asked = tree.asked(statement)
    Growth(allowed()).query(statement["node"], {})
    sql: str = cursor.execute(_TEXT, {"tree": _json({"error": False, "statements": [asked]})}).fetchall()[0][
        0
    ]
    tables = {name for name in tree.found.tables if name in allowed().tables}
    stand = {name: without_places(_rows(cursor, name)["subquery"]) for name in tables}
    proved(without_places(_statement(cursor, sql)), stand)
    return sql, sorted(tree.found.params | ({SHOP} if tables else set()))


def _statement(cursor: duckdb.DuckDBPyConnection, sql: str) -> Node:
    """The tree of the only statement of a text. Raises Refused for a text that is not one question."""
    told = cursor.execute(_TREE, {"asked": sql}).fetchall()[0][0]
    try:
        tree = msgspec.json.decode(told)
    except (RecursionError, msgspec.DecodeError) as error:
        raise Refused("deep") from error
    if tree.get("error"):
        if tree.get("error_type") == "not implemented":
            raise Refused("statement")
        raise Refused("syntax", said=_short(str(tree.get("error_message", ""))))
    if len(tree["statements"]) != 1:
        raise Refused("statement")
    measured(tree)
    statement: Node = tree["statements"][0]
    return statement


def _rows(cursor: duckdb.DuckDBPyConnection, name: str) -> Node:
    """The subquery that stands for a table: its listed columns of the shop's rows. `name` is of the list."""
    columns = ", ".join(f'"{column}"' for column in allowed().tables[name])
    words = (
        "select 1 from (select",
        columns,
        "from main." + name,
        f"where shop_id = ${SHOP} limit {NO_BOUND}) t",
    )
    subquery: Node = _statement(cursor, " ".join(words))["node"]["from_table"]
    return subquery


def _told(cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Any], limits: Limits) -> Told:
    started = time.monotonic()
    cursor.execute(sql, dict(params))
    described = cursor.description or ()
    types = tuple(str(column[1]) for column in described)
    for column, kind in zip(described, types, strict=True):
        if any(unseen in kind for unseen in _UNSEEN):
            raise Refused("column_type", name=str(column[0])[:80], kind=kind[:80])
    rows, more = _cut(cursor, limits)
    return Told(
        columns=_apart([str(column[0]) for column in described]),
        types=types,
        rows=rows,
        more=more,
        seconds=time.monotonic() - started,
    )


def _cut(cursor: duckdb.DuckDBPyConnection, limits: Limits) -> tuple[list[tuple[Any, ...]], bool]:
    """Rows up to the limits, and whether there are more."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    while page := cursor.fetchmany(PAGE):
        for row in page:
            size += sum(len(value) if isinstance(value, str | bytes) else 16 for value in row)
            if len(rows) == limits.rows or size > limits.size:
                return rows, True
            rows.append(row)
    return rows, False


def _apart(names: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, each once: a second `a` is `a_2`."""
    given: dict[str, str] = {}
    for name in names:
        called, number = name, 2
        while called.casefold() in given:
            called, number = f"{name}_{number}", number + 1
        given[called.casefold()] = called
    return tuple(given.values())


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _said(error: duckdb.Error) -> str:
    """What the engine says about the question; of its own trouble nothing."""
    if isinstance(error, duckdb.InternalException | duckdb.FatalException | duckdb.IOException):
        return type(error).__name__
    return _short(str(error))


def _short(said: str) -> str:
    """The first lines of a message, without the rewritten text that the engine cites."""
    first = said.split("\n\nLINE ")[0].split("\nLINE ")[0].replace(MARK, "").strip()
    return first[:LONGEST_ERROR]
