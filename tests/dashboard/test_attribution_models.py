"""The models markov and shapley by hand: small worlds whose weights can be worked out on paper."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.journeys import REST, TRANSITIONS, listed, removal_effects
from tests.dashboard.attribution_site import data, html
from tests.dashboard.attribution_world import Line, Order, Touch, World, ask, connect, fill
from tests.dashboard.claims_world import Code, effects_of

SEEDED = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def touch(at: float, code: str, **more: object) -> Touch:
    return Touch(**{"id": f"{code}-{at}-{more.get('visitor', '')}", "at": at, "code": code, **more})  # type: ignore[arg-type]


THREE_JOURNEYS = World(
    touches=(
        touch(1, "a"),
        touch(2, "b"),
        touch(1, "a", visitor="bob", session="s2"),
        touch(1, "b", visitor="eve", session="s3"),
    ),
    orders=(Order(), Order(key="o2", visitor="eve", session="s3")),
)
"""Ann: a, b, order. Bob: a, nothing. Eve: b, order. From a: half to b, half away; from b always an order.

All journeys: 2 of 3 begin with a. Orders: 2/3 · 1/2 + 1/3 = 2/3. Without a only Eve's way is left, 1/3, so
that a has the effect 1/2; without b there is none, so that b has the effect 1.
"""


def effects(db: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Code to effect, of all codes that have a name."""
    return {
        code: float(effect) for _, _, code, effect in listed("rees46", ask(db, TRANSITIONS, model="markov"))
    }


def weights(db: duckdb.DuckDBPyConnection, model: str) -> dict[tuple[str, str], Decimal]:
    told = listed("rees46", ask(db, TRANSITIONS, model="markov")) if model == "markov" else []
    rows = ask(db, "attribution/credits", model=model, effects=told)
    return {(row["order_key"], row["touch_id"]): row["weight"] for row in rows if row["touch_id"]}


def test_the_removal_effect_is_the_share_of_orders_lost_without_the_code(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, THREE_JOURNEYS)
    assert effects(db) == pytest.approx({"a": 0.5, "b": 1.0})


def test_markov_shares_a_line_by_removal_effects(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, THREE_JOURNEYS)
    assert weights(db, "markov") == {
        ("o1", "a-1-"): Decimal("0.33333333"),
        ("o1", "b-2-"): Decimal("0.66666667"),
        ("o2", "b-1-eve"): Decimal("1.00000000"),
    }


def test_a_code_touched_twice_has_its_effect_once(db: duckdb.DuckDBPyConnection) -> None:
    """a leads to a or b alike; without either there is no order, so that each code has half the line."""
    fill(db, World(touches=(touch(1, "a"), touch(2, "a"), touch(3, "b"))))
    assert effects(db) == pytest.approx({"a": 1.0, "b": 1.0})
    assert weights(db, "markov") == {
        ("o1", "a-1-"): Decimal("0.25"),
        ("o1", "a-2-"): Decimal("0.25"),
        ("o1", "b-3-"): Decimal("0.50"),
    }


def test_an_order_ends_a_journey_and_the_next_one_begins_anew(db: duckdb.DuckDBPyConnection) -> None:
    """a, order at 10, then b and nothing: b never led to an order."""
    fill(db, World(touches=(touch(1, "a"), touch(11, "b")), orders=(Order(at=10),)))
    assert effects(db) == {"a": 1.0, "b": 0.0}


def test_a_touch_at_the_moment_of_the_order_is_of_the_journey_that_it_ends(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, World(touches=(touch(30, "a"),), orders=(Order(at=30),)))
    assert effects(db) == {"a": 1.0}


@pytest.mark.parametrize(("touches", "counted"), [(19, 19), (20, 20), (21, 20), (40, 20)])
def test_a_journey_is_cut_to_its_latest_twenty_touches(
    db: duckdb.DuckDBPyConnection, touches: int, counted: int
) -> None:
    fill(db, World(touches=tuple(touch(n / 10, f"c{n:02}") for n in range(touches)), orders=(Order(),)))
    assert sorted(effects(db)) == [f"c{n:02}" for n in range(touches - counted, touches)]


def test_where_nothing_led_to_an_order_every_code_has_the_same_part(db: duckdb.DuckDBPyConnection) -> None:
    """Both effects are 0, told for one code and unknown for the other."""
    fill(db, World(touches=(touch(1, "a"), touch(2, "b"))))
    rows = ask(db, "attribution/credits", model="markov", effects=[["rees46", "dynamic", "a", "0.0"]])
    assert {row["touch_id"]: row["weight"] for row in rows} == {
        "a-1-": Decimal("0.5"),
        "b-2-": Decimal("0.5"),
    }


def test_codes_beyond_the_most_frequent_are_one_state_and_share_its_effect(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """99 codes of two journeys each, 30 of one journey each; the last of them buys."""
    often = [
        touch(n + m / 4, f"often{n:03}", visitor=f"v{n}-{m}", session=f"v{n}-{m}")
        for n in range(99)
        for m in (0, 1)
    ]
    rare = [touch(n, f"rare{n:02}", visitor=f"w{n}", session=f"w{n}") for n in range(30)]
    fill(db, World(touches=(*often, *rare), orders=(Order(visitor="w29", session="w29"),)))
    told = listed("rees46", ask(db, TRANSITIONS, model="markov"))
    assert len(told) == REST
    assert ["rees46", "", "", "1.0"] in told
    (row,) = ask(db, "attribution/credits", model="markov", effects=told)
    assert (row["touch_id"], row["weight"]) == ("rare29-29-w29", Decimal(1))


def test_bots_impressions_and_messages_are_on_no_journey_of_a_storefront_preset(
    db: duckdb.DuckDBPyConnection,
) -> None:
    others = (touch(1, "x", bot=True), touch(2, "y", kind="impression"), touch(3, "z", family="message"))
    fill(db, World(touches=(touch(1, "a"), *others)))
    assert effects(db) == {"a": 1.0}


walks = st.lists(
    st.tuples(st.lists(st.sampled_from("abcde"), min_size=1, max_size=8), st.booleans()),
    min_size=1,
    max_size=8,
)


@SEEDED
@given(found=walks)
def test_effects_are_what_is_lost_when_a_code_is_taken_away(found: list[tuple[list[str], bool]]) -> None:
    """The formula over the inverse against chains in which the code is really removed, in fractions."""
    named: list[tuple[list[Code], bool]] = [([(code, "") for code in path], bought) for path, bought in found]
    true = {code[0]: effect for code, effect in effects_of(named).items()}
    states = {code: number for number, code in enumerate("abcde", 1)}
    counts: dict[tuple[int, int], int] = {}
    for path, bought in found:
        way = [0, *(states[code] for code in path), -1 if bought else -2]
        for move in pairwise(way):
            counts[move] = counts.get(move, 0) + 1
    rows = [{"before": before, "after": after, "times": times} for (before, after), times in counts.items()]
    told = removal_effects(rows)
    assert told == pytest.approx({states[code]: float(effect) for code, effect in true.items()}, abs=1e-9)


def test_without_a_journey_there_is_no_effect() -> None:
    assert removal_effects([]) == {}


def test_shapley_gives_every_distinct_code_the_same_part(db: duckdb.DuckDBPyConnection) -> None:
    touches = (touch(1, "a"), touch(2, "b"), touch(3, "a"), touch(4, "c"), touch(5, "a", by="listing"))
    fill(db, World(touches=touches))
    assert {key[1]: Fraction(weight) for key, weight in weights(db, "shapley").items()} == {
        "a-1-": Fraction("0.125"),
        "b-2-": Fraction("0.25"),
        "a-3-": Fraction("0.125"),
        "c-4-": Fraction("0.25"),
        "a-5-": Fraction("0.25"),
    }


@pytest.mark.parametrize("model", ["markov", "shapley"])
def test_a_page_credits_by_the_model_and_says_how(db: duckdb.DuckDBPyConnection, model: str) -> None:
    """The dashboard works the effects out by itself: a third and two thirds, or halves."""
    lines = (Line(revenue="9.00"),)
    orders = (Order(lines=lines), Order(key="o2", visitor="eve", session="s3", lines=lines))
    fill(db, World(touches=THREE_JOURNEYS.touches, orders=orders))
    rows = data(db, "recommendations", tab="codes", model=model)["recommendations/tools"]["rows"]
    earned = {row["recommended_code"]: row["direct_revenue"] for row in rows if row["part"] == "tool"}
    assert (
        earned
        == {"markov": {"a": "3.0000", "b": "15.0000"}, "shapley": {"a": "4.5000", "b": "13.5000"}}[model]
    )
    why = str(html(db, "orders", "o1", model=model).body)
    sentence = {"markov": "Kept: its code has the part", "shapley": "Kept: every distinct code"}[model]
    assert why.count(sentence) >= 2
    assert {"markov": "markov (removal effect)", "shapley": "shapley (equal split over distinct codes)"}[
        model
    ] in why


def test_the_tab_of_removal_effects_lists_the_codes_that_are_needed_most(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, THREE_JOURNEYS)
    text = str(html(db, "recommendations", tab="effects").body)
    assert text.index(">b<") < text.index(">a<")
    assert "100.0" in text
    assert "50.0" in text
