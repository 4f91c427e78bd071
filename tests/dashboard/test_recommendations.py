"""What each tool earns: the queries against plain sums over the oracle's credits, and the page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.earning import draw_trend, trend
from dashboard.pages.recommendations import HOW_TO_SEND, interval_text, sums_of
from tests.dashboard.attribution_site import answered, data, html
from tests.dashboard.attribution_world import (
    SHOP,
    Add,
    Credit,
    Line,
    Order,
    Touch,
    World,
    ask,
    connect,
    dense,
    fill,
    oracle_of,
    together,
)
from tests.dashboard.shop_world import app_over, signed_in, week

SEEDED = settings(max_examples=20, deadline=None, derandomize=True, database=None)
worlds = st.builds(dense, st.integers(0, 2**32), st.just(0))
WORLDS = [dense(48, number) for number in range(300)]
MANY = together(WORLDS)
CREDITS = oracle_of(WORLDS)
TOOLS = [None, "dynamic", "listing", "nobody"]


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


def counted(world: World) -> list[Order]:
    return [order for order in world.orders if order.shop == SHOP and not order.bot]


def revenue(world: World) -> dict[str, Decimal]:
    """Booked revenue by currency, straight from the orders."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for order in counted(world):
        sums[order.currency] += order.revenue
    return dict(sums)


def parts(rows: list[dict[str, Any]]) -> dict[str, Decimal]:
    """What all parts of a currency earned together."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["currency"]] += row["direct_revenue"]
    return {currency: amount for currency, amount in sums.items() if amount or currency in sums}


@SEEDED
@given(
    world=worlds,
    tool=st.sampled_from(TOOLS),
    code=st.sampled_from([None, "blk-1"]),
    tab=st.sampled_from(["tools", "codes"]),
)
def test_what_tools_earn_and_what_nobody_did_sum_to_revenue_to_the_cent_under_every_filter(
    db: duckdb.DuckDBPyConnection, world: World, tool: str | None, code: str | None, tab: str
) -> None:
    fill(db, world)
    rows = ask(db, "recommendations/tools", tool=tool, code=code, tab=tab)
    true = revenue(world)
    assert {c: amount for c, amount in parts(rows).items() if amount} == {c: v for c, v in true.items() if v}
    assert all(row["revenue"] == true.get(row["currency"], Decimal(0)) for row in rows)


def earned(credits: list[Credit], world: World, tab: str) -> dict[tuple[str, str, str], tuple[Decimal, int]]:
    """(tool, code, currency) → direct revenue and direct orders."""
    currency = {order.key: order.currency for order in world.orders}
    amounts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    orders: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for credit in credits:
        if credit.touch:
            key = (credit.by, credit.code if tab == "codes" else "", currency[credit.order])
            amounts[key] += credit.revenue
            orders[key].add(credit.order)
    return {key: (amounts[key], len(orders[key])) for key in amounts}


@pytest.mark.parametrize("tab", ["tools", "codes"])
def test_direct_revenue_and_direct_orders_are_those_of_the_rules(
    db: duckdb.DuckDBPyConnection, tab: str
) -> None:
    fill(db, MANY)
    found = {
        (row["recommended_by"], row["recommended_code"], row["currency"]): (
            row["direct_revenue"],
            row["direct_orders"],
        )
        for row in ask(db, "recommendations/tools", tab=tab)
        if row["part"] == "tool" and row["direct_orders"]
    }
    assert found == earned(CREDITS, MANY, tab)


def test_influenced_revenue_is_the_whole_of_every_order_in_whose_session_the_tool_was_used(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, MANY)
    direct = {(c.order, c.by) for c in CREDITS if c.touch}
    true: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for world, order in [(one, order) for one in WORLDS for order in counted(one)]:
        used = {
            touch.by
            for touch in world.touches
            if touch.shop == SHOP
            and touch.visitor == order.visitor
            and order.session is not None
            and touch.session == order.session
            and touch.at <= order.at
            and touch.kind in ("click", "add")
            and touch.family == "storefront"
            and not touch.bot
        }
        for tool in used | {by for key, by in direct if key == order.key}:
            true[tool, order.currency] += order.revenue
    rows = [row for row in ask(db, "recommendations/tools") if row["part"] == "tool"]
    found = {(row["recommended_by"], row["currency"]): row["influenced_revenue"] for row in rows}
    assert {key: amount for key, amount in found.items() if amount} == {k: v for k, v in true.items() if v}
    assert all(row["assisted_revenue"] == row["influenced_revenue"] - row["direct_revenue"] for row in rows)
    assert all(row["assisted_revenue"] >= 0 for row in rows)


def test_the_trend_sums_to_direct_revenue_in_the_currency_of_the_shop(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, MANY)
    summed: dict[str, Decimal] = defaultdict(Decimal)
    for row in ask(db, "recommendations/trend"):
        if row["recommended_by"]:
            summed[row["recommended_by"]] += row["revenue"]
    true = earned(CREDITS, MANY, "tools")
    assert dict(summed) == {
        by: amount for (by, _, currency), (amount, _) in true.items() if currency == "EUR"
    }


def test_the_trend_has_every_day_of_the_period_that_has_begun(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=(Touch(id="t", at=0),)))
    tables, scope = answered(db, "recommendations")
    view = trend(tables, scope)
    assert [(row["step"].day, row["total"]) for row in view["grid"].rows] == [
        (9, Decimal(0)),
        (10, Decimal(10)),
        (11, Decimal(0)),
        (12, Decimal(0)),
    ]


def test_the_trend_names_the_six_that_earn_most_and_adds_up_the_others(db: duckdb.DuckDBPyConnection) -> None:
    numbers = range(1, 10)
    touches = tuple(Touch(id=f"t{n}", at=0, item=f"i{n}", code=f"c{n}") for n in numbers)
    lines = tuple(Line(item=f"i{n}", revenue=str(n)) for n in numbers)
    fill(db, World(touches=touches, orders=(Order(lines=lines),)))
    rows = [row for row in ask(db, "recommendations/trend", tab="codes") if row["place"]]
    assert [(row["place"], row["recommended_code"], row["revenue"]) for row in rows] == [
        (1, "c9", Decimal(9)),
        (2, "c8", Decimal(8)),
        (3, "c7", Decimal(7)),
        (4, "c6", Decimal(6)),
        (5, "c5", Decimal(5)),
        (6, "c4", Decimal(4)),
        (7, None, Decimal(6)),
    ]
    tables, scope = answered(db, "recommendations", tab="codes")
    chart = draw_trend(tables, scope)
    assert chart is not None
    assert [trace["name"] for trace in chart.figure.to_dict()["data"]] == [
        *(f"dynamic c{n}" for n in range(9, 3, -1)),
        "All others",
    ]


def test_more_codes_than_can_be_listed_still_sum_to_revenue(db: duckdb.DuckDBPyConnection) -> None:
    """Codes of search are what people typed."""
    numbers = range(700)
    touches = tuple(Touch(id=f"t{n}", at=0, item=f"i{n}", by="full_search", code=f"q{n}") for n in numbers)
    lines = tuple(Line(item=f"i{n}", revenue="0.01") for n in numbers)
    fill(db, World(touches=touches, orders=(Order(lines=(*lines, Line(item="mug", revenue="1"))),)))
    rows = ask(db, "recommendations/tools", tab="codes")
    assert [
        len([row for row in rows if row["part"] == part]) for part in ("tool", "rest", "unattributed")
    ] == [
        500,
        1,
        1,
    ]
    assert parts(rows) == {"EUR": Decimal(8)}
    body = str(html(db, "recommendations", tab="codes").body)
    assert "All others together earned €2.00" in body
    assert "€7.00" in body


def only(rows: list[dict[str, Any]], tool: str = "dynamic") -> dict[str, Any]:
    (row,) = [row for row in rows if row["recommended_by"] == tool]
    return row


def test_clicks_adds_and_rates_follow_their_definitions(db: duckdb.DuckDBPyConnection) -> None:
    touches = (
        Touch(id="1", at=0, visitor="ann", session="a"),
        Touch(id="2", at=1, visitor="ann", session="a", item="lid"),
        Touch(id="3", at=0, visitor="bob", session="b"),
        Touch(id="4", at=0, visitor="eve", session="e"),
        Touch(id="5", at=2, visitor="ann", session="a", kind="add"),
        Touch(id="6", at=0, visitor="bot", session="x", bot=True),
    )
    adds = (
        Add(at=2, visitor="ann", session="a"),
        Add(at=3, visitor="ann", session="a"),
        Add(at=-1, visitor="bob", session="b"),
        Add(at=5, visitor="eve", session="later"),
        Add(at=24 * 60, visitor="ann", session="a", item="mug"),
        Add(at=1 + 24 * 60, visitor="ann", session="a", item="lid"),
    )
    fill(db, World(touches=touches, adds=adds, orders=(Order(visitor="ann", session="a"),)))
    row = only(ask(db, "recommendations/tools"))
    names = ("clicks", "adds", "clicks_with_add", "clickers", "buyers", "add_rate", "conversion")
    assert [row[name] for name in names] == [4, 1, 1, 3, 1, 1 / 4, 1 / 3]
    assert (row["revenue_per_click"], row["share"]) == (2.5, 1.0)


def test_a_free_line_is_a_direct_order_but_no_conversion(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=(Touch(id="t", at=0),), orders=(Order(lines=(Line(revenue="0"),)),)))
    row = only(ask(db, "recommendations/tools"))
    assert (row["direct_orders"], row["buyers"], row["conversion"], row["share"]) == (1, 0, 0.0, None)


def test_without_impressions_their_figures_are_unknown_and_never_zero(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=(Touch(id="t", at=0),)))
    row = only(ask(db, "recommendations/tools"))
    names = ("impressions", "clicked_impressions", "click_rate", "revenue_per_mille")
    assert [row[name] for name in names] == [None, None, None, None]
    body = str(html(db, "recommendations").body)
    assert "n/a: impressions are not sent" in body
    assert HOW_TO_SEND.split("{")[0] in body.replace("&#39;", "'")


def test_impressions_count_blocks_and_the_click_rate_those_that_were_clicked(
    db: duckdb.DuckDBPyConnection,
) -> None:
    touches = (
        Touch(id="i1", at=0, kind="impression"),
        Touch(id="i2", at=1, kind="impression", code="blk-2"),
        Touch(id="i3", at=9, kind="impression", item="lid"),
        Touch(id="c", at=5),
    )
    fill(db, World(touches=touches))
    db.execute(
        "insert into touches by name select * replace ('i1b' as touch_id, 'lid' as item_id)"
        " from touches where touch_id = 'i1'"
    )
    row = only(ask(db, "recommendations/tools"))
    assert (row["impressions"], row["clicked_impressions"], row["click_rate"]) == (3, 1, 1 / 3)
    assert row["revenue_per_mille"] == pytest.approx(1000 * 10 / 3)
    assert "n/a: impressions are not sent" not in str(html(db, "recommendations").body)


def test_money_of_different_currencies_is_never_added(db: duckdb.DuckDBPyConnection) -> None:
    orders = (
        Order(key="o1", lines=(Line(revenue="10.01"),)),
        Order(key="o2", lines=(Line(revenue="7.5"),), currency="USD"),
        Order(key="o3", lines=(Line(item="mug", revenue="2"),), currency="USD"),
    )
    fill(db, World(touches=(Touch(id="t", at=0),), orders=orders))
    rows = ask(db, "recommendations/tools")
    assert [(row["part"], row["currency"], row["direct_revenue"]) for row in rows] == [
        ("tool", "EUR", Decimal("10.01")),
        ("tool", "USD", Decimal("7.5")),
        ("unattributed", "EUR", Decimal(0)),
        ("unattributed", "USD", Decimal(2)),
    ]
    body = str(html(db, "recommendations").body)
    assert "are never added" in body
    assert "$7.50" in body


def test_message_revenue_stands_in_its_own_table_and_is_not_in_the_sums(
    db: duckdb.DuckDBPyConnection,
) -> None:
    message = Touch(id="m", at=0, kind="message_click", family="message", item=None, by="bulk", code="spring")
    orders = (Order(lines=(Line(revenue="10"), Line(item="mug", revenue="5"))),)
    fill(db, World(touches=(message, Touch(id="t", at=1)), orders=orders))
    tables = data(db, "recommendations")
    assert [row["recommended_by"] for row in tables["recommendations/tools"]["rows"]] == ["dynamic", ""]
    assert tables["recommendations/messages"]["rows"] == [
        {
            "recommended_by": "bulk",
            "recommended_code": "spring",
            "currency": "EUR",
            "clicks": 1,
            "orders": 1,
            "message_revenue": "15.0000",
            "share": 1.0,
        }
    ]


def test_a_click_and_the_view_it_opened_are_one_click_on_the_message(db: duckdb.DuckDBPyConnection) -> None:
    def touch(name: str, kind: str, visitor: str, session: str, at: float = 0) -> Touch:
        sent = Touch(id=name, at=at, kind=kind, visitor=visitor, session=session, by="bulk", code="spring")
        return replace(sent, family="message")

    touches = (
        touch("1", "message_click", "ann", "a"),
        touch("2", "message_seen", "ann", "a", 1),
        touch("3", "message_seen", "ann", "later", -0.001),  # the moment of the click, by another clock
        touch("4", "message_seen", "bob", "b"),
        touch("5", "message_seen", "bob", "b2", 1),
    )
    fill(db, World(touches=touches, orders=()))
    (row,) = ask(db, "recommendations/messages")
    assert (row["clicks"], row["orders"], row["message_revenue"]) == (2, 0, Decimal(0))


def test_the_sums_of_the_page_name_every_part_of_every_currency(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, MANY)
    tables, _ = answered(db, "recommendations", tool="dynamic")
    sums = sums_of(tables["recommendations/tools"].rows)
    assert [one["currency"] for one in sums] == ["EUR", "USD"]
    for one in sums:
        assert one["tool"] > 0
        assert one["other"] > 0
        assert (
            one["tool"] + one["other"] + one["unattributed"]
            == one["revenue"]
            == revenue(MANY)[one["currency"]]
        )


def test_rates_carry_their_interval() -> None:
    assert interval_text(81, 263) == "25.5\N{NO-BREAK SPACE}% – 36.6\N{NO-BREAK SPACE}%"
    assert interval_text(0, 0) is None


def test_a_row_is_a_filter_and_a_chip_clears_it(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(touches=(Touch(id="t", at=0, code='a"b&c'),)))
    assert "tool=dynamic" in str(html(db, "recommendations").body)
    body = str(html(db, "recommendations", tab="codes", tool="dynamic", code='a"b&c').body)
    assert "a%22b%26c" in body
    assert 'a"b&c' not in body
    assert "Tool: dynamic" in body


def test_an_empty_period_says_what_to_do_next(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World(orders=()))
    reply = html(db, "recommendations")
    assert reply.status == 200
    assert "No tool was used in this period" in str(reply.body)
    assert "No message was clicked" in str(reply.body)


def test_markup_in_a_tool_or_code_stays_text(db: duckdb.DuckDBPyConnection) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    fill(db, World(touches=(Touch(id="t", at=0, by=evil, code=evil),)))
    for tab in ("tools", "codes"):
        body = str(html(db, "recommendations", tab=tab).body)
        assert evil not in body
        assert "<img" not in body
        assert "&lt;/script&gt;" in body


def test_overview_and_this_page_show_the_same_attributed_share() -> None:
    store = week()
    store.execute(
        "insert into orders by name select * replace ('lump' as order_key, 0 as lines, 55.55 as revenue)"
        " from orders where order_key = 'o1'"
    )
    client = signed_in(app_over(store))
    shown = [
        re.search(rf'data-card="{card}">([^<]+)<', client.get(f"/{slug}?period=7d").text)
        for slug, card in (("overview", "attributed"), ("recommendations", "share"))
    ]
    (overview, here) = [found.group(1) for found in shown if found]
    assert overview == here
    assert here not in ("0.0\N{NO-BREAK SPACE}%", "100.0\N{NO-BREAK SPACE}%")


def test_the_share_of_overview_is_that_of_the_rules_with_orders_that_name_no_line(
    db: duckdb.DuckDBPyConnection,
) -> None:
    fill(db, MANY)
    (overview,) = ask(db, "overview/attributed")
    own = next(one for one in sums_of(ask(db, "recommendations/tools")) if one["currency"] == "EUR")
    assert (overview["attributed"], overview["revenue"]) == (own["tool"], revenue(MANY)["EUR"])
    assert overview["share"] == pytest.approx(float(own["tool"] / own["revenue"]))
    assert any(Decimal(order.lump) and not order.lines for order in counted(MANY))


def test_cards_fit_the_tool_that_is_chosen(db: duckdb.DuckDBPyConnection) -> None:
    """All of them can be worked out again from the one row of the tool."""
    fill(db, MANY)
    found = data(db, "recommendations", tool="dynamic")["recommendations/tools"]["rows"]
    (row,) = [one for one in found if one["part"] == "tool" and one["currency"] == "EUR"]
    text = str(html(db, "recommendations", tool="dynamic").body)
    cards = re.findall(r'data-card="(\w+)">([^<]*)<', text)
    assert [name for name, _ in cards] == ["revenue", "part", "clicks", "per_click", "added"]
    shown = dict(cards)
    revenue, clicks = Decimal(row["direct_revenue"]), row["clicks"]
    assert shown["clicks"] == f"{clicks:,}"
    assert Decimal(re.sub(r"[^0-9.]", "", shown["per_click"])) == round(
        revenue / clicks
    )  # large: without its coins
    assert shown["added"] == f"{row['clicks_with_add'] / clicks * 100:,.1f}\xa0%"
    assert shown["part"] == f"{revenue / Decimal(row['revenue']) * 100:,.1f}\xa0%"
    everything = str(html(db, "recommendations").body)
    assert re.findall(r'data-card="(\w+)"', everything) == [
        "direct",
        "unattributed",
        "share",
        "credited",
        "coverage",
    ]
