"""Questions that share a part: asked as one, the answers of each alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, cast

import duckdb
import pytest

from collector.store import QueryTimeout, Reader, Rows
from collector.store.reader import CursorPool, DuckReader
from dashboard import queries
from dashboard.answers import Sources, answer
from dashboard.page import Missing, Tables
from tests.dashboard.attribution_site import ASKER, PERIOD, page, site
from tests.dashboard.attribution_world import World, connect, dense, fill, together

TOOLS, TREND = "recommendations/tools", "recommendations/trend"
MANY = together([dense(50, number) for number in range(60)])


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


class Broken:
    """A reader to which some texts are errors, and which counts what it was asked."""

    def __init__(self, db: duckdb.DuckDBPyConnection, errors: Mapping[str, Exception]) -> None:
        self.reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
        self.errors = errors
        self.asked: list[str] = []

    def query(self, sql: str, params: Mapping[str, Any], **limits: Any) -> Rows:
        self.asked.append(sql)
        if sql in self.errors:
            raise self.errors[sql]
        return self.reader.query(sql, params, **limits)


def asked(db: duckdb.DuckDBPyConnection, reader: Broken, *names: str, **query: str) -> Tables:
    whole = site(db)
    scope = whole.scope(page("recommendations"), {**PERIOD, **query}, ASKER)
    assert scope is not None
    return asyncio.run(
        answer(Sources(cast("Reader", reader), whole.sources.live, whole.control), names, scope)
    )


@pytest.mark.parametrize("query", [{}, {"tab": "codes"}, {"tool": "dynamic"}, {"tool": "nobody"}])
@pytest.mark.parametrize("world", [MANY, World(orders=())], ids=["many", "nothing"])
def test_questions_asked_as_one_have_the_answers_of_each_alone(
    db: duckdb.DuckDBPyConnection, world: World, query: dict[str, str]
) -> None:
    fill(db, world)
    reader = Broken(db, {})
    both = asked(db, reader, TOOLS, TREND, **query)
    assert reader.asked == [queries.together(TOOLS, TREND, plain=True)]
    for name in (TOOLS, TREND):
        alone = asked(db, reader, name, **query)[name]
        assert both[name].columns == alone.columns
        assert [list(row.items()) for row in both[name].rows] == [list(row.items()) for row in alone.rows]


def test_where_asking_as_one_fails_each_is_asked_and_fails_alone(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, MANY)
    errors = {
        queries.together(TOOLS, TREND, plain=True): OSError("x"),
        queries.load(TREND).plain: OSError("y"),
    }
    tables = asked(db, Broken(db, errors), TOOLS, TREND)
    assert tables[TOOLS].rows
    missing = tables.missing(TREND)
    assert missing is not None
    assert missing.key == "panel.failed"


def test_time_that_is_up_is_up_for_all_who_share(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, MANY)
    reader = Broken(db, {queries.together(TOOLS, TREND, plain=True): QueryTimeout("5 s")})
    tables = asked(db, reader, TOOLS, TREND)
    found = [tables.missing(name) for name in (TOOLS, TREND)]
    assert [one.key for one in found if isinstance(one, Missing)] == ["panel.timeout"] * 2
    assert len(reader.asked) == 1


def test_a_part_that_is_worked_out_once_stands_once_in_the_text() -> None:
    once = "when touch_id is null then 'unattributed'"
    texts = (queries.load(TOOLS).sql, queries.load(TREND).sql, queries.together(TOOLS, TREND))
    assert [text.count(once) for text in texts] == [1, 1, 1]
    assert queries.load(TOOLS).shares == queries.load(TREND).shares == "recommendations/chosen"
