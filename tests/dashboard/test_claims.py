"""The claim checker: every preset and model against plain Python, and the page that puts them side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import duckdb
import pytest

from dashboard import filters, queries
from dashboard.journeys import TRANSITIONS, listed
from dashboard.rules import window
from dashboard.texts import load as load_texts
from tests.dashboard.attribution_site import answered, data, html
from tests.dashboard.attribution_world import Line, Order, Touch, World, ask, connect, fill, moment, utc
from tests.dashboard.claims_world import (
    PRESETS,
    Code,
    dense,
    effects_of,
    eligible,
    journeys,
    rule_of,
    stock,
    together,
    total_of,
    typed,
    units,
    weights,
)

SHOPS = [dense(461, number) for number in range(400)]
ALL = together(SHOPS)
OWNS = [typed(462, number) for number in range(24)]
OWN_ROWS = filters.own_rows(OWNS)
EVERY = {**PRESETS, **{f"{filters.OWN}{own.name}": rule_of(own) for own in OWNS}}
"""The rules that are shipped, and some that a shop might save."""
NEAR = Fraction(3, 10**8)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    stock(connection, ALL)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def other() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


Key = tuple[str, int]


@cache
def effects_in(preset: str) -> Mapping[Code, Fraction]:
    """What every code is worth to the model markov under the preset, over all worlds."""
    march = (utc(2026, 3, 1), utc(2026, 4, 1))
    return effects_of([one for shop in SHOPS for one in journeys(shop, EVERY[preset], *march)])


def effects_told(db: duckdb.DuckDBPyConnection, preset: str, model: str) -> list[list[str]]:
    """The parameter as the dashboard works it out."""
    if model != "markov":
        return []
    return listed(preset, ask(db, TRANSITIONS, preset=preset, model=model, own_presets=OWN_ROWS))


def expected(preset: str, model: str) -> dict[Key, dict[str, Fraction]]:
    rule = EVERY[preset]
    effects = effects_in(preset) if model == "markov" else {}
    return {
        (unit.order.key, unit.number): weights(shop, unit, eligible(shop, rule, unit), model, effects)
        for shop in SHOPS
        for unit in units(shop, rule)
    }


def found(db: duckdb.DuckDBPyConnection, preset: str, model: str) -> dict[Key, list[dict[str, Any]]]:
    rows: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    effects = effects_told(db, preset, model)
    asked = {"preset": preset, "model": model, "effects": effects, "own_presets": OWN_ROWS}
    for row in ask(db, "attribution/credits", **asked):
        rows[row["order_key"], row["line"]].append(row)
    return rows


@pytest.mark.parametrize(
    ("preset", "model"),
    [
        *((preset, model) for preset in PRESETS for model in filters.MODELS),
        *(one for one in filters.winners_of(OWNS).items()),
    ],
)
def test_every_preset_and_model_weighs_touches_as_the_rules_say(
    db: duckdb.DuckDBPyConnection, preset: str, model: str
) -> None:
    """Weights of a line are positive, sum to 1, and what they earn sums to its revenue to the last digit."""
    truth, answers = expected(preset, model), found(db, preset, model)
    revenue = {(u.order.key, u.number): u.revenue for shop in SHOPS for u in units(shop, EVERY[preset])}
    assert set(answers) == set(truth)
    for key, rows in answers.items():
        given = {row["touch_id"]: row["weight"] for row in rows if row["touch_id"]}
        assert (
            {touch for touch, weight in truth[key].items() if weight > NEAR} <= set(given) <= set(truth[key])
        )
        assert all(abs(Fraction(weight) - truth[key][touch]) <= NEAR for touch, weight in given.items())
        assert all(weight > 0 for weight in given.values())
        assert sum(given.values()) == (1 if given else 0)
        assert all(row["earned"] >= 0 and row["revenue"] == revenue[key] for row in rows)
        assert sum(row["earned"] for row in rows) == (revenue[key] if given else 0)


def test_no_two_presets_say_the_same_of_these_worlds() -> None:
    """Otherwise agreement with the oracle would prove little."""
    said = {preset: expected(preset, PRESETS[preset].winner) for preset in PRESETS if preset != "strict"}
    texts = [repr(sorted((key, sorted(one)) for key, one in answer.items())) for answer in said.values()]
    assert len(set(texts)) == len(texts)
    assert any(o.cancelled and o.revenue for o in ALL.world.orders)


@pytest.mark.parametrize("rule", ["reset", "run"])
def test_the_rules_of_one_preset_decide_in_some_worlds(rule: str) -> None:
    name = {"reset": "retail_rocket_check", "run": "nosto"}[rule]
    looser = replace(PRESETS[name], **{rule: False})  # type: ignore[arg-type]
    changed = [
        unit.order.key
        for shop in SHOPS
        for unit in units(shop, PRESETS[name])
        if eligible(shop, PRESETS[name], unit) != eligible(shop, looser, unit)
    ]
    assert len(changed) >= 5


def test_the_names_of_the_address_are_those_of_the_queries(db: duckdb.DuckDBPyConnection) -> None:
    rows = ask(db, "attribution/presets")
    assert {row["preset"]: row["winner"] for row in rows} == filters.PRESETS
    assert [row["place"] for row in rows] == list(range(1, 11))
    assert {name: rule.winner for name, rule in PRESETS.items()} == filters.PRESETS


def test_the_table_has_a_row_a_preset_over_the_same_orders(db: duckdb.DuckDBPyConnection) -> None:
    rows = ask(db, "claims/presets")
    assert [(row["currency"], row["preset"]) for row in rows] == [
        (currency, preset) for currency in ("EUR", "USD") for preset in PRESETS
    ]
    for row in rows:
        rule, currency = PRESETS[row["preset"]], row["currency"]
        mine = [o for o in ALL.world.orders if o.currency == currency and not o.bot]
        credits = expected(row["preset"], rule.winner)
        worth = {(u.order.key, u.number): u.revenue for shop in SHOPS for u in units(shop, rule)}
        keys = {o.key for o in mine}
        credited = [key for key, one in credits.items() if one and key[0] in keys]
        assert row["all_orders"] == len(mine)
        assert row["revenue"] == sum(total_of(ALL, o, rule) for o in mine)
        assert row["attributed"] == sum(worth[key] for key in credited)
        assert row["orders"] == len({key[0] for key in credited})
        assert row["share"] == pytest.approx(float(row["attributed"] / row["revenue"]))
    usual = {row["currency"]: row["attributed"] for row in rows if row["preset"] == "rees46"}
    assert all(row["delta"] == row["attributed"] - usual[row["currency"]] for row in rows)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("tool", [None, "dynamic"])
def test_what_tools_earn_and_what_nobody_did_sum_to_revenue_under_every_preset(
    db: duckdb.DuckDBPyConnection, preset: str, tool: str | None
) -> None:
    for model in (filters.PRESETS[preset], "linear"):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        totals: dict[str, Decimal] = {}
        rows = ask(db, "recommendations/tools", preset=preset, model=model, tool=tool)
        for row in rows:
            sums[row["currency"]] += row["direct_revenue"]
            totals[row["currency"]] = row["revenue"]
            assert row["influenced_revenue"] is None or row["assisted_revenue"] >= 0
        assert sums == totals
        assert totals == {
            currency: sum(
                total_of(ALL, o, PRESETS[preset])
                for o in ALL.world.orders
                if o.currency == currency and not o.bot
            )
            for currency in ("EUR", "USD")
        }


def test_the_claim_of_a_preset_is_what_recommendations_shows_under_it(db: duckdb.DuckDBPyConnection) -> None:
    for row in ask(db, "claims/presets"):
        tools = ask(db, "recommendations/tools", preset=row["preset"], model=row["winner"])
        mine = [t for t in tools if t["part"] == "tool" and t["currency"] == row["currency"]]
        assert row["attributed"] == sum(t["direct_revenue"] for t in mine)


@pytest.mark.parametrize("preset", PRESETS)
def test_why_keeps_what_is_credited_and_explains_the_rest(db: duckdb.DuckDBPyConnection, preset: str) -> None:
    words = load_texts("en")
    busy = sorted(SHOPS, key=lambda shop: -len(shop.world.touches))[:3]
    for shop in busy:
        for order in shop.world.orders:
            rule = PRESETS[preset]
            rows = ask(db, "attribution/rees46_why", preset=preset, model=rule.winner, id=order.key)
            kept = {
                (row["line"], row["touch_id"])
                for row in rows
                if row["kept"] and row["family"] == "storefront"
            }
            true = {
                (unit.number, touch)
                for unit in units(shop, rule)
                if unit.order == order and preset != "rees46_messages"
                for touch in weights(shop, unit, eligible(shop, rule, unit), rule.winner)
            }
            named = {(line, t) for line, t in true if t.startswith("purchase:")}
            assert {t for _, t in kept} == {t for _, t in true}, (preset, order.key)
            assert kept - {(int(t.split(":")[2]), t) for _, t in named} == true - named
            assert all(words.has(f"why.{row['reason']}") for row in rows)
            assert "unexplained" not in {row["reason"] for row in rows}


def test_the_page_shows_every_rule_with_its_parameters_and_leads_to_it(
    other: duckdb.DuckDBPyConnection,
) -> None:
    fill(other, World(touches=(Touch(id="a", at=1),), orders=(Order(lines=(Line(revenue="10.00"),)),)))
    text = html(other, "claims").body
    assert isinstance(text, str)
    words = load_texts("en")
    for preset, winner in filters.PRESETS.items():
        assert words(f"presets.{preset}") in text
        assert words.has(f"presets.{preset}_parameters")
        assert words.has(f"presets.model_{winner}")
    assert "preset=einstein#" not in text
    assert "/recommendations?period=custom&amp;since=2026-03-09&amp;to=2026-03-12&amp;preset=einstein" in text
    assert "same calendar day (Europe/Berlin)" in text
    assert "30 days" in text
    rows = data(other, "claims")["claims/presets"]["rows"]
    assert {row["preset"]: row["attributed"] for row in rows}["rees46"] == "10.0000"
    assert {row["preset"]: row["attributed"] for row in rows}["rees46_messages"] == "0.0000"
    assert {row["preset"]: row["attributed"] for row in rows}["retail_rocket_check"] == "10.0000"
    assert {row["preset"]: row["attributed"] for row in rows}["einstein"] == "10.0000"


def test_windows_are_told_in_hours_up_to_two_days(other: duckdb.DuckDBPyConnection) -> None:
    fill(other, World())
    _, scope = answered(other, "claims")
    told = [window({"span": "time", "hours": hours}, scope) for hours in (24, 48, 168, 720)]
    assert told == ["24 hours", "48 hours", "7 days", "30 days"]


def test_a_shop_without_orders_is_told_what_to_do(other: duckdb.DuckDBPyConnection) -> None:
    fill(other, World(orders=()))
    assert "Choose a longer period" in str(html(other, "claims").body)


def test_preset_and_model_live_in_the_address_and_the_presets_own_model_is_left_out() -> None:
    parsed, notes = filters.parse({"preset": "einstein"})
    assert (parsed.preset, parsed.model, notes) == ("einstein", "first", ())
    assert parsed.query() == "preset=einstein"
    split, _ = filters.parse({"preset": "einstein", "model": "linear"})
    assert split.query() == "preset=einstein&model=linear"
    assert filters.parse({"preset": "nobody", "model": "x"})[0] == filters.Filters()


@pytest.mark.parametrize("slug", ["recommendations", "orders"])
def test_a_page_under_another_rule_says_so_and_offers_every_other(
    other: duckdb.DuckDBPyConnection, slug: str
) -> None:
    fill(
        other,
        World(
            touches=(Touch(id="a", at=1), Touch(id="b", at=2)),
        ),
    )
    text = str(html(other, slug, preset="einstein", model="linear").body)
    assert "Einstein-like, model linear: unit order line" in text
    assert '<option value="einstein" selected>' in text
    assert '<option value="linear" selected>' in text
    rules = text.split('<select name="preset"')[1].split("</form>")[0]
    assert rules.count("<option") == len(filters.PRESETS) + len(filters.MODELS) + 1


def test_an_order_of_one_preset_names_the_touch_of_another_when_asked(
    other: duckdb.DuckDBPyConnection,
) -> None:
    world = World(touches=(Touch(id="early", at=1, by="listing"), Touch(id="late", at=2)))
    fill(other, world)
    for preset, tool in (("rees46", "dynamic"), ("einstein", "listing")):
        (line,) = data(other, "orders", "o1", preset=preset)["orders/lines"]["rows"]
        assert (line["recommended_by"], line["weight"]) == (tool, "1.00000000")


def test_an_included_part_can_be_read_from_the_includers_own() -> None:
    sql = queries.load("claims/presets").sql
    assert "$preset" not in sql
    assert "select * from presets" in sql


def test_touches_before_the_period_reach_orders_of_it(other: duckdb.DuckDBPyConnection) -> None:
    """29 days back for a rule that looks 30 days back, and nothing for one of 7."""
    fill(other, World(touches=(Touch(id="old", at=30 - 29 * 24 * 60, session="s0"),)))
    asked = {"start": moment(0), "until": moment(60)}
    for preset, touch in (("dynamic_yield", "old"), ("einstein", None)):
        (row,) = ask(other, "attribution/credits", preset=preset, model=filters.PRESETS[preset], **asked)
        assert row["touch_id"] == touch
