"""Every query keeps what its header says, and the rules that let it run elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest

from dashboard import queries
from dashboard.filters import parse
from dashboard.scope import scope_of
from tests.dashboard.shop_world import NOW, OTHER, SHOP, at, week

PARAMS = scope_of(
    SHOP, parse({"period": "7d"})[0], slug="x", now=NOW, shops=(SHOP, OTHER), tab="notes"
).params()

SAMPLES = {"varchar": "x", "varchar[]": ["x"], "timestamp": at("03-18 10:00"), "bigint": 1, "decimal": 1}


def given(query: queries.Query) -> dict[str, object]:
    """What a page would pass; a part of a segment has parameters of its own, here of each type."""
    return {name: PARAMS.get(name, SAMPLES.get(kind)) for name, kind in query.takes}


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = week()
    connection.execute("create temp table held (visitor_id varchar)")  # what the rule of a segment holds
    yield connection
    connection.close()


@pytest.mark.parametrize("name", queries.names())
def test_a_query_keeps_its_header(db: duckdb.DuckDBPyConnection, name: str) -> None:
    query = queries.load(name)
    assert set(re.findall(r"\$(\w+)", query.sql)) == set(query.params)
    result = db.execute(query.sql, given(query))
    kinds = [(column[0], str(column[1]).lower().split("(")[0]) for column in result.description]
    assert kinds == [(column, kind.lower().split("(")[0]) for column, kind in query.gives]
    plainly = db.execute(query.plain, queries.fitting(query.plain, {**PARAMS, **given(query)}))
    assert [(column[0], str(column[1]).lower().split("(")[0]) for column in plainly.description] == kinds


@pytest.mark.parametrize("name", queries.names())
def test_a_query_says_what_it_is_in_sentences(name: str) -> None:
    query = queries.load(name)
    assert query.title
    assert query.define.endswith(".")
    assert not query.title.endswith(".")


@pytest.mark.parametrize("name", queries.names())
def test_a_query_avoids_what_differs_between_engines(name: str) -> None:
    for text in (queries.load(name).sql, queries.load(name).plain):
        sql = re.sub(r"--.*", "", text).lower()
        assert "//" not in sql
        assert not re.search(r"\bexcept\b|\bqualify\b|group by \d|order by \d", sql)
        assert len(re.findall(r"\bcase\b", sql)) == len(re.findall(r"\belse\b", sql))


def test_the_plain_form_has_nothing_of_other_presets_and_the_full_one_nothing_in_their_place() -> None:
    query = queries.load("attribution/credits")
    assert "time_decay" in query.sql
    assert "time_decay" not in query.plain
    assert "-- rees46: null::timestamp as added_at" in query.sql
    assert "    null::timestamp as added_at" in query.plain
    assert "other presets" not in query.plain


def test_an_unknown_name_is_no_path() -> None:
    with pytest.raises(ValueError, match="is no name of a query"):
        queries.load("../app")


def test_an_included_file_stands_where_its_line_stood() -> None:
    sql = queries.load("overview/series").sql
    assert "-- include" not in sql
    assert "with steps as (\n    select\n        slot," in sql
