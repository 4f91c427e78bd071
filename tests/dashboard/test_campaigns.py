"""What brings sessions and orders: the query against plain Python over random worlds, and the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.enrich.batch import BatchEnricher
from collector.enrich.lists import words
from dashboard import queries
from dashboard.pages.campaigns import LINK, TABS, interval_text, totals
from tests.dashboard.arrivals_world import (
    START,
    UNTIL,
    Sale,
    Sums,
    Visit,
    World,
    counted,
    dense,
    fill,
    oracle,
)
from tests.dashboard.shop_world import HOSTILE, SHOP, Client, app_over, empty_store, signed_in

SEEDED = settings(max_examples=40, deadline=None, derandomize=True, database=None)
CREDITS = ("last", "first")
PARAMS = {
    "shop": SHOP.shop_id,
    "start": START,
    "until": UNTIL,
    "currency": SHOP.currency,
}
ADDRESS = "/campaigns?period=custom&since=2026-03-11&to=2026-03-17"


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = empty_store()
    yield connection
    connection.close()


def ask(db: duckdb.DuckDBPyConnection, tab: str) -> list[dict[str, Any]]:
    result = db.execute(queries.load("campaigns/sources").sql, {**PARAMS, "tab": tab})
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def by_source(rows: list[dict[str, Any]], credit: str) -> dict[Any, Sums]:
    return {
        (row["part"], (row["source"], row["medium"], row["campaign"])): Sums.of(row)
        for row in rows
        if row["credit"] == credit
    }


def client(db: duckdb.DuckDBPyConnection) -> Client:
    return signed_in(app_over(db))


@SEEDED
@given(seed=st.integers(0, 2**32), tab=st.sampled_from(TABS))
def test_every_source_has_what_the_rules_give_it(db: duckdb.DuckDBPyConnection, seed: int, tab: str) -> None:
    world = dense(seed)
    fill(db, world)
    rows = ask(db, tab)
    for credit in CREDITS:
        assert by_source(rows, credit) == oracle(world, tab, credit)


@SEEDED
@given(seed=st.integers(0, 2**32), tab=st.sampled_from(TABS), credit=st.sampled_from(CREDITS))
def test_sums_by_any_dimension_are_the_totals(
    db: duckdb.DuckDBPyConnection, seed: int, tab: str, credit: str
) -> None:
    world = dense(seed, visitors=20)
    fill(db, world)
    rows = [row for row in ask(db, tab) if row["credit"] == credit]
    visits, sales = counted(world)
    placed = [sale for sale in sales if START <= sale.placed_at < UNTIL]
    begun = [visit for visit in visits if visit.started_at >= START]
    sums = totals(rows)
    assert (sums["sessions"], sums["orders"]) == (len(begun), len(placed))
    assert sums["revenue"] == sum((s.revenue for s in placed if s.currency in (None, "EUR")), Decimal(0))
    known = {visit.visitor_id for visit in visits if visit.started_at < START}
    assert sums["new_visitors"] == len({visit.visitor_id for visit in begun} - known)
    if credit == "first":
        assert sums["visitors"] == len({visit.visitor_id for visit in begun})


def test_the_worlds_reach_every_rule() -> None:
    """A comparison with the oracle says something only where the two credits differ and every part is there."""
    found = [oracle(dense(seed), "channels", credit) for seed in range(5) for credit in CREDITS]
    assert all(found[n] != found[n + 1] for n in range(0, 10, 2))
    assert all(("outside", ("", "", "")) in one for one in found)
    assert all(getattr(sum_of(one), field.name) > 0 for one in found for field in fields(Sums))


def sum_of(found: dict[Any, Sums]) -> Sums:
    rows = [asdict(one) for one in found.values()]
    return Sums(**{name: sum(row[name] for row in rows) for name in rows[0]})


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, "email"), (29, "email"), (30, "email"), (30.001, "direct"), (45, "direct")],
)
def test_a_direct_session_counts_for_a_source_of_at_most_thirty_days_before(
    db: duckdb.DuckDBPyConnection, days: float, expected: str
) -> None:
    now = UNTIL - timedelta(hours=1)
    before = now - timedelta(days=days, microseconds=1 if days == 0 else 0)
    visits = [
        Visit(session_key="a", visitor_id="ann", started_at=before, channel="email"),
        Visit(session_key="b", visitor_id="ann", started_at=now),
    ]
    fill(db, World(visits, [Sale(order_key="o", placed_at=now, session_key="b")]))
    rows = [row for row in ask(db, "channels") if row["credit"] == "last" and row["orders"]]
    assert [(row["source"], row["orders"]) for row in rows] == [(expected, 1)]


def test_first_touch_has_no_end(db: duckdb.DuckDBPyConnection) -> None:
    visits = [
        Visit(
            session_key="a", visitor_id="ann", started_at=START - timedelta(days=400), channel="affiliates"
        ),
        Visit(session_key="b", visitor_id="ann", started_at=START - timedelta(days=1), channel="email"),
        Visit(session_key="c", visitor_id="ann", started_at=START),
    ]
    fill(db, World(visits))
    rows = [
        (row["credit"], row["source"], row["sessions"], row["new_visitors"]) for row in ask(db, "channels")
    ]
    assert rows == [("last", "email", 1, 0), ("first", "affiliates", 1, 0)]


def test_a_payment_provider_is_never_a_source(db: duckdb.DuckDBPyConnection) -> None:
    """Buyers come from an e-mail, pay elsewhere for longer than a session lasts, and come back."""
    shop = "https://kettles.example/thanks"
    hosts = [host.replace(".*", ".com") for host in words("hosts")["payment"]]
    arrivals = BatchEnricher().arrivals([(shop, f"https://www.{host}/pay") for host in hosts])
    visits, sales = [], []
    for number, (source, medium, campaign, _, _, host, channel) in enumerate(arrivals):
        shared: dict[str, Any] = {"visitor_id": f"v{number}", "landing_url": shop}
        visits += [
            Visit(session_key=f"a{number}", started_at=START, channel="email", **shared),
            Visit(
                session_key=f"b{number}",
                started_at=START + timedelta(hours=3),
                channel=channel,
                utm_source=source,
                utm_medium=medium,
                utm_campaign=campaign,
                referrer_host=host,
                **shared,
            ),
        ]
        placed = START + timedelta(hours=3)
        sales.append(Sale(order_key=f"o{number}", placed_at=placed, session_key=f"b{number}"))
    fill(db, World(visits, sales))
    assert len(hosts) > 20
    for tab, name in (("channels", "email"), ("referrers", ""), ("campaigns", "")):
        rows = ask(db, tab)
        assert [(row["source"], row["sessions"], row["orders"]) for row in rows] == [
            (name, 2 * len(hosts), len(hosts))
        ] * 2


def test_more_landing_pages_than_are_listed_still_sum_to_the_totals(db: duckdb.DuckDBPyConnection) -> None:
    visits = [
        Visit(
            session_key=f"s{n}",
            visitor_id=f"v{n // 2}",
            started_at=START,
            channel="email",
            landing_url=f"https://a.example/p/{n}",
        )
        for n in range(700)
    ]
    sales = [
        Sale(order_key=f"o{n}", placed_at=START, session_key=f"s{n}", revenue=Decimal("0.01"))
        for n in range(700)
    ]
    fill(db, World(visits, sales))
    rows = ask(db, "landing")
    last = [row for row in rows if row["credit"] == "last"]
    assert [row["part"] for row in last] == ["source"] * 500 + ["rest"]
    assert (last[-1]["sessions"], last[-1]["visitors"], last[-1]["revenue"]) == (200, None, Decimal(2))
    assert totals(last)["revenue"] == Decimal(7)
    assert totals(last)["visitors"] is None
    assert totals([row for row in rows if row["credit"] == "first"])["visitors"] == 350
    text = client(db).get(f"{ADDRESS}&tab=landing").text
    assert "All others" in text
    assert "n/a, because a visitor can come from several of them" in text


def test_names_of_the_page_say_what_nobody_sent(db: duckdb.DuckDBPyConnection) -> None:
    visits = [
        Visit(session_key="a", visitor_id="ann", started_at=START, channel=None),
        Visit(session_key="b", visitor_id="bob", started_at=START, channel="paid_social", utm_medium="cpc"),
    ]
    fill(db, World(visits, [Sale(order_key="o", placed_at=START)]))
    browser = client(db)
    wanted = {
        "channels": ("Not known", "Paid social", "Outside any session"),
        "campaigns": ("No campaign in the link", "No source in the link", "n/a, because the link names none"),
        "landing": ("No page was sent",),
        "referrers": ("No referrer",),
    }
    for tab, names in wanted.items():
        text = browser.get(f"{ADDRESS}&tab={tab}").text
        assert [name for name in names if name not in text] == []


def test_conversion_carries_its_interval(db: duckdb.DuckDBPyConnection) -> None:
    visits = [
        Visit(session_key=f"s{n}", visitor_id=f"v{n}", started_at=START, channel="email") for n in range(263)
    ]
    sales = [Sale(order_key=f"o{n}", placed_at=START, session_key=f"s{n}") for n in range(81)]
    fill(db, World(visits, sales))
    text = client(db).get(ADDRESS).text
    assert "25.5\N{NO-BREAK SPACE}% – 36.6\N{NO-BREAK SPACE}%" in text
    assert interval_text(0, 0) is None


def test_shops_without_campaign_links_learn_how_to_make_one(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World([Visit(session_key="a", visitor_id="ann", started_at=START)]))
    assert LINK.replace("&", "&amp;") in client(db).get(f"{ADDRESS}&tab=campaigns").text
    fill(db, World([Visit(session_key="a", visitor_id="ann", started_at=START, utm_source="blog")]))
    assert LINK.replace("&", "&amp;") not in client(db).get(f"{ADDRESS}&tab=campaigns").text


def test_an_empty_period_says_what_to_do_next(db: duckdb.DuckDBPyConnection) -> None:
    fill(db, World([]))
    text = client(db).get(ADDRESS).text
    assert text.count("No session began and no order was placed in this period") == 2
    assert "n/a, because there are no sessions to divide by" in text


def test_the_parts_that_are_no_source_stay_below_however_the_table_is_sorted(
    db: duckdb.DuckDBPyConnection,
) -> None:
    visits = [
        Visit(session_key=name, visitor_id=name, started_at=START, channel=name) for name in ("sms", "email")
    ]
    fill(db, World(visits, [Sale(order_key="o", placed_at=START, revenue=Decimal(99))]))
    for sort in ("last.name", "last.-revenue", "last.-orders"):
        text = client(db).get(f"{ADDRESS}&sort={sort}").text
        panel = text[text.index('id="last"') : text.index('id="first"')]
        names = re.findall(
            r'<th scope="row"[^>]*>.*?<(?:span|a class="this"[^>]*)>([^<]+)</(?:span|a)></th>', panel
        )
        assert names[-1] == "Outside any session"
        assert sorted(names[:-1]) == ["E-mail", "SMS"]


def test_markup_in_any_part_of_a_source_stays_text(db: duckdb.DuckDBPyConnection) -> None:
    named: dict[str, Any] = dict.fromkeys(
        ("channel", "utm_source", "utm_medium", "utm_campaign", "referrer_host"), HOSTILE
    )
    evil = Visit(session_key="a", visitor_id="ann", started_at=START, landing_url=f"//x/{HOSTILE}", **named)
    fill(db, World([evil], [Sale(order_key="o", placed_at=START, session_key="a")]))
    for tab in TABS:
        text = client(db).get(f"{ADDRESS}&tab={tab}").text
        assert "<img" not in text
        assert text.count("<script") == text.count("</script>")
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
