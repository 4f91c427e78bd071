"""Whatever rule, model and switch: parts sum to revenue to the last digit, by every dimension.

Asked as a page asks, through the lens of its switches, over random worlds of which some orders
are cancelled, some have shipping and tax, and some are in a currency with a rate.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from dashboard import filters
from dashboard.answers import answer
from dashboard.lens import Audience
from dashboard.page import Tables
from tests.dashboard.attribution_site import ASKER, page, site
from tests.dashboard.attribution_world import SHOP, connect
from tests.dashboard.claims_world import PRESETS, dense, stock, together, total_of, typed

SHOPS = [dense(464, number) for number in range(80)]
ALL = together(SHOPS)
OWNS = [typed(467, number) for number in range(4)]
MARCH = {"period": "custom", "since": "2026-03-01", "to": "2026-03-31"}
RULES = [*filters.PRESETS, *filters.winners_of(OWNS)]
MODELS = ("last", "linear", "markov", "shapley")
TOOLS = "recommendations/tools"
AUDIENCE = Audience(
    segment_id="s",
    name="Some",
    sql="select distinct visitor_id from main.orders where visitor_id like $audience_like",
    params={"audience_like": "%ann-%7%"},
)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    stock(connection, ALL)
    connection.executemany(
        "insert into rates (shop_id, currency, day, rate) values (?, 'USD', ?, 0.87654321)",
        [[SHOP, f"2026-03-{day:02}"] for day in range(1, 32)],
    )
    yield connection
    connection.close()


def asked(
    db: duckdb.DuckDBPyConnection, *names: str, audience: Audience | None = None, **query: str
) -> Tables:
    """Questions of Recommendations under the switches of an address."""
    whole = site(db, OWNS)
    scope = whole.scope(page("recommendations"), {**MARCH, **query}, ASKER)
    assert scope is not None
    assert (scope.filters.preset, scope.notes) == (query.get("preset", "rees46"), ())
    return asyncio.run(answer(whole.sources, names, replace(scope, audience=audience)))


def sums(tables: Tables) -> tuple[Mapping[str, Decimal], Mapping[str, Decimal]]:
    """What the parts sum to and what they must, by currency."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    revenue: dict[str, Decimal] = {}
    for row in tables[TOOLS].rows:
        found[row["currency"]] += row["direct_revenue"]
        revenue[row["currency"]] = row["revenue"]
        assert row["direct_revenue"] >= 0
    return found, revenue


@pytest.mark.parametrize("model", ["markov", "shapley"])
@pytest.mark.parametrize("rule", RULES)
def test_tools_and_codes_sum_to_revenue_under_every_rule_and_model(
    db: duckdb.DuckDBPyConnection, rule: str, model: str
) -> None:
    """The two tabs split the same revenue, and a chip of a tool hides nothing of it."""
    found, revenue = sums(asked(db, TOOLS, preset=rule, model=model))
    assert found == revenue
    assert sums(asked(db, TOOLS, preset=rule, model=model, tab="codes", tool="dynamic")) == (revenue, revenue)
    if rule in PRESETS:
        mine = [order for order in ALL.world.orders if not order.bot]
        assert revenue == {
            one: sum(total_of(ALL, order, PRESETS[rule]) for order in mine if order.currency == one)
            for one in ("EUR", "USD")
        }


SWITCHES = [("net", "own"), ("gross", "own"), ("booked", "shop"), ("net", "shop"), ("gross", "shop")]


@pytest.mark.parametrize(("money", "convert"), SWITCHES)
@pytest.mark.parametrize(
    "rule", ["rees46", "retail_rocket_check", "mapp", "strict", "own:rule 0", "own:rule 1"]
)
def test_parts_sum_to_revenue_under_every_switch_of_money(
    db: duckdb.DuckDBPyConnection, rule: str, money: str, convert: str
) -> None:
    model = "markov" if rule in ("mapp", "own:rule 1") else "last"
    found, revenue = sums(asked(db, TOOLS, preset=rule, model=model, money=money, convert=convert))
    assert found == revenue
    assert set(revenue) == ({"EUR"} if convert == "shop" else {"EUR", "USD"})


@pytest.mark.parametrize("rule", ["rees46", "retail_rocket_check", "mapp", "own:rule 2"])
@pytest.mark.parametrize("money", ["booked", "net"])
def test_parts_sum_to_the_revenue_of_a_segment(db: duckdb.DuckDBPyConnection, rule: str, money: str) -> None:
    query: dict[str, Any] = {"preset": rule, "model": "markov", "money": money}
    found, revenue = sums(asked(db, TOOLS, audience=AUDIENCE, **query))
    _, everybody = sums(asked(db, TOOLS, **query))
    assert found == revenue
    assert all(Decimal(0) < revenue[one] < everybody[one] for one in ("EUR", "USD"))


@pytest.mark.parametrize("rule", ["rees46", "retail_rocket_item", "mapp", "own:rule 3"])
@pytest.mark.parametrize("model", MODELS)
def test_steps_of_the_trend_sum_to_what_tools_earned(
    db: duckdb.DuckDBPyConnection, rule: str, model: str
) -> None:
    tables = asked(db, TOOLS, "recommendations/trend", preset=rule, model=model)
    earned = sum(
        r["direct_revenue"] for r in tables[TOOLS].rows if r["part"] == "tool" and r["currency"] == "EUR"
    )
    assert sum(row["revenue"] for row in tables["recommendations/trend"].rows) == earned


def test_a_claim_is_what_recommendations_shows_under_the_rule(db: duckdb.DuckDBPyConnection) -> None:
    """Of own rules too, one of which goes by removal effects."""
    claims: list[dict[str, Any]] = [dict(row) for row in asked(db, "claims/presets")["claims/presets"].rows]
    assert {row["preset"] for row in claims} == set(RULES)
    for row in claims:
        if row["preset"] in PRESETS:
            continue
        tools = asked(db, TOOLS, preset=row["preset"])[TOOLS].rows
        mine = [tool for tool in tools if tool["currency"] == row["currency"] and tool["part"] == "tool"]
        assert row["attributed"] == sum(tool["direct_revenue"] for tool in mine)
