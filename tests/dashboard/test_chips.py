"""Chips: with each of them every page says what it says of a store that holds only those visitors."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import chips, filters
from dashboard.chips import DIMENSIONS, MOST, block, fold, of_block, read, rule
from dashboard.filters import Filters
from dashboard.page import load_pages
from dashboard.periods import Days
from dashboard.segments import check
from dashboard.segments.grammar import written
from tests.dashboard.shop_world import (
    FORMULA,
    HOSTILE,
    NOW,
    Client,
    OneKey,
    app_over,
    hostile,
    signed_in,
    week,
)
from tests.dashboard.test_segments_everywhere import _kept, _made, told_of
from tests.simulator.made import SHOP

PAGES = ("overview", "search")
MORE = ("recommendations", "products", "campaigns", "carts", "orders", "funnels")
"""Asked with one chip that names visits and one that names what was done; all obey the same lens."""
OF_ITEM = """select distinct e.visitor_id from events e join items i using (event_id)
    where e.event in ('view_item', 'add_to_cart', 'purchase') and not e.bot and e.ts >= ?"""
CHOSEN = {
    "channel": "select visitor_id from sessions where started_at >= ? and channel = 'email' and not bot",
    "device": "select visitor_id from sessions where started_at >= ? and device_type = 'mobile' and not bot",
    "browser": "select visitor_id from sessions where started_at >= ? and browser = ? and not bot",
    "source": "select visitor_id from sessions where started_at >= ? and utm_source = ? and not bot",
    "campaign": "select visitor_id from sessions where started_at >= ? and utm_campaign = ? and not bot",
    "landing": "select visitor_id from sessions where started_at >= ? and not bot and "
    "rtrim(split_part(split_part(replace(landing_url, 'https://', ''), chr(63), 1), chr(35), 1), '/') = ?",
    "product": f"{OF_ITEM} and i.item_id = ?",
    "brand": f"{OF_ITEM} and i.item_brand = ?",
    "category": f"{OF_ITEM} and (i.item_category = ? or starts_with(i.item_category, ? || ' / '))",
    "term": "select visitor_id from events where ts >= ? and event = 'search' and not bot and "
    "lower(trim(search_term)) = lower(trim(?))",
    "tool": "select visitor_id from touches where ts >= ? and recommended_by = ? and kind <> 'impression' and not bot",
    "block": "select visitor_id from touches where ts >= ? and recommended_by = ? and recommended_code = ? "
    "and kind <> 'impression' and not bot",
}
"""Whom a chip of a dimension keeps, said once more."""
VALUES = {
    "browser": "select mode(browser) from sessions where not bot",
    "source": "select mode(utm_source) from sessions where not bot",
    "campaign": "select mode(utm_campaign) from sessions where not bot",
    "landing": "select mode(rtrim(split_part(split_part(replace(landing_url, 'https://', ''), chr(63), 1), chr(35), 1), '/')) from sessions",
    "product": "select mode(item_id) from items",
    "brand": "select mode(item_brand) from items",
    "category": "select mode(item_category) from items",
    "term": "select mode(search_term) from events",
    "tool": "select mode(recommended_by) from touches where family = 'storefront'",
    "block": "select mode(recommended_by || '|' || recommended_code) from touches where kind = 'click'",
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chips")
    _made(folder / "whole.duckdb")
    return folder / "whole.duckdb"


@pytest.mark.parametrize("dimension", CHOSEN)
def test_under_a_chip_a_page_is_the_page_of_a_shop_with_nobody_else(
    stored: Path, tmp_path: Path, dimension: str
) -> None:
    shutil.copy(stored, tmp_path / "part.duckdb")
    with duckdb.connect(str(stored)) as whole, duckdb.connect(str(tmp_path / "part.duckdb")) as part:
        chip, found = _members(whole, dimension)
        (everybody,) = whole.execute("select count(distinct visitor_id) from sessions").fetchone() or (0,)
        assert 0 < len(found) < everybody
        _kept(part, found)
        through, alone = (signed_in(app_over(db, control=OneKey(shops=(SHOP,)))) for db in (whole, part))
        for slug in (*PAGES, *(MORE if dimension in ("channel", "product") else ())):
            address = f"/{slug}.json?period=7d&compare=none"
            with_chip = told_of(through, f"{address}&{urlencode({'only': chip})}")
            assert with_chip == told_of(alone, address), slug


def test_two_chips_keep_whom_both_keep(stored: Path, tmp_path: Path) -> None:
    shutil.copy(stored, tmp_path / "part.duckdb")
    with duckdb.connect(str(stored)) as whole, duckdb.connect(str(tmp_path / "part.duckdb")) as part:
        (first, some), (second, others) = _members(whole, "device"), _members(whole, "product")
        assert set(some) & set(others) not in (set(), set(some), set(others))
        _kept(part, sorted(set(some) & set(others)))
        through, alone = (signed_in(app_over(db, control=OneKey(shops=(SHOP,)))) for db in (whole, part))
        address = "/overview.json?period=7d&compare=none"
        both = told_of(through, f"{address}&{urlencode([('only', first), ('only', second)])}")
        assert both == told_of(alone, address)


def _members(db: duckdb.DuckDBPyConnection, dimension: str) -> tuple[str, list[str]]:
    """A chip of the dimension, and whom it keeps in the last seven days."""
    since = NOW.replace(tzinfo=None, day=11, hour=23, minute=0)  # midnight in Berlin
    asked = CHOSEN[dimension]
    value = {"channel": "email", "device": "mobile"}.get(dimension)
    if value is None:
        ((value,),) = db.execute(VALUES[dimension]).fetchall()
    assert value is not None
    told = value.split("|") if dimension == "block" else [value] * (asked.count("?") - 1)
    rows = db.execute(
        f"select distinct visitor_id from ({asked}) where visitor_id is not null", [since, *told]
    )
    shown = block(*told) if dimension == "block" else value
    return f"{dimension}:{shown}", [row[0] for row in rows.fetchall()]


@given(st.lists(st.text(max_size=30).map(lambda value: f"campaign:{value}"), max_size=9, unique=True))
def test_an_address_gives_back_the_chips_that_it_was_given(wanted: Sequence[str]) -> None:
    known = tuple(one for one in wanted if one != "campaign:" and "\0" not in one)[:MOST]
    found, strange = read(fold(wanted))
    assert found == known
    assert bool(strange) == (len(known) < len(wanted))
    query = Filters(only=found).query()
    assert parse_qs(query, keep_blank_values=True).get("only", []) == list(found)
    again, notes = filters.parse({"only": fold(parse_qs(query).get("only", []))})
    assert (again.only, notes) == (found, ())


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_block_is_its_tool_and_its_code_whatever_they_hold(tool: str, code: str) -> None:
    assert of_block(block(tool, code)) == (tool, code)


@given(
    st.sampled_from(sorted(DIMENSIONS)),
    st.text(min_size=1, max_size=40).filter(lambda text: "\0" not in text),
)
def test_every_chip_is_a_rule_that_can_be_saved(dimension: str, value: str) -> None:
    if dimension in ("block", "message"):
        value = block(value, value)
    made = rule((f"{dimension}:{value}",), Days(date(2026, 3, 1), date(2026, 3, 8)))
    assert made is not None
    assert check.read(written(made)) == (made, ())


def test_what_is_no_chip_is_told_and_changes_nothing() -> None:
    client = signed_in(app_over(week()))
    told = client.get("/overview?period=7d&only=planet:mars&only=channel:").text
    assert "“planet:mars, channel:” is no filter of this dashboard, or one too many; it is left out." in told
    assert told_of(client, "/overview.json?period=7d&only=planet:mars") == told_of(
        client, "/overview.json?period=7d"
    )


def test_hostile_values_stay_words_and_keep_nobody() -> None:
    client = signed_in(app_over(hostile()))
    names = sorted(DIMENSIONS)
    for value in (HOSTILE, FORMULA, "'); drop table sessions; --", "a" * 1024, "x\ny", "50%2F?#&", "$shop"):
        for first in range(0, len(names), MOST):
            query = urlencode([("only", f"{name}:{value}") for name in names[first : first + MOST]])
            page = client.get(f"/search?period=7d&{query}")
            assert page.status == 200
            assert HOSTILE not in page.text
            assert page.text.count('class="chip only"') == len(names[first : first + MOST])
            assert 'class="missing"' not in page.text


def test_a_hostile_channel_that_exists_can_be_chosen() -> None:
    client = signed_in(app_over(hostile()))
    page = client.get("/overview?period=7d").text
    link = re.search(r'href="([^"]*only=channel[^"]*script[^"]*)"', page)
    assert link
    there = html.unescape(link[1])
    assert dict(parse_qsl(urlsplit(there).query))["only"] == f"channel:{HOSTILE}"
    rows = client.get(there.replace("/overview?", "/overview.json?")).json()["tables"]["overview/totals"][
        "rows"
    ]
    assert (rows[0]["sessions"], rows[0]["orders"]) == (1, 1)


def test_a_row_leads_to_its_visitors_and_its_chip_goes_with_every_link() -> None:
    client = signed_in(app_over(week()))
    page = client.get("/overview?period=7d").text
    assert 'href="/overview?period=7d&amp;only=channel%3Aemail"' in page
    chosen = client.get("/overview?period=7d&only=channel:email").text
    assert "Only visitors who came by: E-mail" in chosen
    assert 'href="/orders?period=7d&amp;only=channel%3Aemail"' in chosen
    assert 'href="/overview?period=7d" data-clear>Clear all</a>' in chosen
    assert "/segments?period=7d&amp;tab=builder&amp;draft=" in chosen
    assert '<span class="toggle off"' in chosen


def test_a_chip_opens_in_the_builder_as_the_rule_that_it_is() -> None:
    client = signed_in(app_over(week()))
    page = client.get("/overview?period=7d&only=channel:email&only=device:mobile").text
    link = html.unescape(re.findall(r'href="(/segments\?[^"]*draft=[^"]*)">Save as segment', page)[0])
    assert dict(parse_qsl(urlsplit(link).query))["draft"] == (
        '{"version":1,"rule":{"is":"all","of":['
        '{"is":"arrival","since":"2026-03-12","to":"2026-03-18","values":["email"]},'
        '{"is":"device","since":"2026-03-12","to":"2026-03-18","values":["mobile"]}]}}'
    )
    assert "Save" in client.get(link).text


def test_a_filter_is_added_by_a_form_without_scripts() -> None:
    client = signed_in(app_over(week()))
    found = client.get("/overview?period=7d&only=channel:email&by=device&is=mobile").text
    assert "Only visitors who came by: E-mail" in found
    assert "Only visitors who used: Mobile" in found
    assert '<input type="hidden" name="only" value="device:mobile">' in found


def test_pages_about_everybody_say_that_chips_do_not_apply() -> None:
    client = signed_in(app_over(week()))
    for page in load_pages():
        if page.segments or not page.shared:
            continue
        told = client.get(f"/{page.slug}?only=channel:email").text
        assert "The filters do not apply here: this page is about all visitors." in told
        assert 'href="/overview?only=channel%3Aemail"' in told


def test_no_more_than_six_chips() -> None:
    query = urlencode([("only", f"campaign:{number}") for number in range(8)])
    client: Client = signed_in(app_over(week()))
    assert client.get(f"/overview.json?{query}").json()["filters"]["only"] == [
        f"campaign:{n}" for n in range(6)
    ]


def test_every_dimension_has_its_words_in_every_row_that_names_it() -> None:
    used = {
        column
        for page in Path(chips.__file__).parent.rglob("*.py")
        for column in re.findall(r'chip="(\w+)"', page.read_text())
    }
    assert used <= set(DIMENSIONS)
    assert {"product", "channel", "term", "tool", "block", "message", "campaign"} - {"channel"} <= used
