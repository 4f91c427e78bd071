"""Under a segment every page says what it says of a store that holds nobody else.

One small simulated shop goes through the real loader. Its store is copied, and from the copy every
row of other visitors is taken away; no page may tell the two apart.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.enrich.batch import BatchEnricher
from collector.log import Chunk, Position
from collector.record import encode
from collector.simulator.scenario import Scenario
from collector.store.duckdb import DuckStore
from dashboard.lens import OF_VISITORS
from dashboard.page import load_pages
from tests.dashboard.shop_world import NOW, Client, OneKey, app_over, signed_in
from tests.simulator.made import SHOP, history

PAGES = [page for page in load_pages() if page.segments]
TABS = [(page.slug, tab) for page in PAGES for tab in page.tabs or ("",)]
RULE = '{"version":1,"rule":{"is":"device","values":["mobile"]}}'
ASIDE = ("visitor_nodes", "visitor_ids", "feed_orders", "feed_interest", "feed_pairs", "feed_products")
"""Tables with visitors that no page about a period reads."""
RARE = {("recommendations", "taken"), ("segments", "affinity")}
"""What five days of this shop may hold none of."""


@dataclass(frozen=True)
class Two:
    """The shop seen through a segment, and a shop of its visitors alone."""

    through: Client
    alone: Client
    segment: str
    members: int
    visitors: int


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("segments")
    _made(folder / "whole.duckdb")
    shutil.copy(folder / "whole.duckdb", folder / "part.duckdb")
    whole, part = duckdb.connect(str(folder / "whole.duckdb")), duckdb.connect(str(folder / "part.duckdb"))
    control = OneKey(shops=(SHOP,), links=("good-link",))
    saved = control.segments.add(SHOP.shop_id, "On the phone", "dynamic", RULE, NOW.timestamp())
    found = whole.execute(
        "select distinct visitor_id from sessions where device_type = 'mobile' and not bot and started_at < ?",
        [NOW.replace(tzinfo=None)],
    ).fetchall()
    _kept(part, [row[0] for row in found])
    (visitors,) = whole.execute(
        "select count(distinct visitor_id) from sessions where not bot"
    ).fetchone() or (0,)
    other = OneKey(shops=(SHOP,), links=("good-link",))
    yield Two(
        through=signed_in(app_over(whole, control=control)),
        alone=signed_in(app_over(part, control=other)),
        segment=saved.segment_id,
        members=len(found),
        visitors=visitors,
    )
    whole.close()
    part.close()


def _made(path: Path) -> None:
    """Five days of the simulated shop, as the loader stores them."""
    store = DuckStore.open(path, now=lambda: NOW, threads=1, memory_limit="1GB")
    data = [
        encode(one)
        for one in history(Scenario(seed=11, days=5, visitors=50, returning=0.7, pays=4.0), NOW).records()
    ]
    whole = b"".join(data)
    chunk = Chunk(
        worker="w", start=Position(1, 0), end=Position(1, len(whole)), data=whole, records=len(data)
    )
    store.load([chunk], BatchEnricher(), {})
    store.close()


def _kept(db: duckdb.DuckDBPyConnection, members: list[str]) -> None:
    """Only rows of these visitors stay in every table that has visitors."""
    tables = db.execute("select table_name from duckdb_columns() where column_name = 'visitor_id'").fetchall()
    for (table,) in tables:
        db.execute(
            f"delete from {table} where visitor_id is null or not list_contains(?, visitor_id)",
            [members],
        )


def test_the_segment_is_a_part_and_not_the_whole(two: Two) -> None:
    assert 20 < two.members < two.visitors - 20


@pytest.mark.parametrize(("slug", "tab"), TABS)
def test_a_page_under_a_segment_is_the_page_of_a_shop_with_nobody_else(two: Two, slug: str, tab: str) -> None:
    address = f"/{slug}.json?period=7d" + (f"&tab={tab}" if tab else "")
    told, alone = told_of(two.through, f"{address}&segment={two.segment}"), told_of(two.alone, address)
    for name in ("segments/saved", "segments/sizes", "funnels/by_segment"):  # about the shop's segments
        told.pop(name, None), alone.pop(name, None)
    assert told == alone


@pytest.mark.parametrize("more", ["money=net", "money=gross", "preset=retail_rocket_check", "compare=none"])
def test_money_and_rules_go_with_a_segment(two: Two, more: str) -> None:
    for slug in ("overview", "recommendations", "claims"):
        address = f"/{slug}.json?period=7d&{more}"
        assert told_of(two.through, f"{address}&segment={two.segment}") == told_of(two.alone, address)


def told_of(client: Client, address: str) -> dict[str, Any]:
    """The rows of every table of a page; none of them may have failed."""
    page = client.get(address).json()
    assert {name: table["error"] for name, table in page["tables"].items() if table["error"]} == {}
    return {name: table["rows"] for name, table in page["tables"].items()}


def test_without_the_segment_the_pages_differ(two: Two) -> None:
    """Otherwise the agreement would prove nothing."""
    same = []
    for slug, tab in TABS:
        address = f"/{slug}.json?period=7d" + (f"&tab={tab}" if tab else "")
        if told_of(two.through, address) == told_of(two.alone, address):
            same.append((slug, tab))
    assert set(same) <= RARE


def test_every_table_with_visitors_is_seen_through_the_segment(two: Two, tmp_path: Path) -> None:
    db = duckdb.connect()
    for file in sorted((Path(__file__).parents[2] / "collector/store/schema").glob("*.sql")):
        db.execute(file.read_text())
    found = db.execute("select table_name from duckdb_columns() where column_name = 'visitor_id'").fetchall()
    assert {row[0] for row in found} <= {*OF_VISITORS, *ASIDE}
    db.close()


def test_pages_about_everybody_say_so_and_offer_no_segment(two: Two) -> None:
    for slug in ("live", "quality"):
        page = two.through.get(f"/{slug}?segment={two.segment}").text
        assert "This page is about all visitors" in page
        assert "Only: On the phone" not in page
        assert f'href="/overview?segment={two.segment}' in page


def test_links_keep_the_segment_and_its_chip_takes_it_away(two: Two) -> None:
    page = two.through.get(f"/overview?period=7d&segment={two.segment}").text
    assert f'href="/orders?period=7d&amp;segment={two.segment}"' in page
    assert 'href="/overview?period=7d" aria-current="true" data-clear>Only: On the phone' in page


def test_an_unknown_segment_is_told_and_shows_everybody(two: Two) -> None:
    everybody = told_of(two.through, "/overview.json?period=7d")
    assert told_of(two.through, "/overview.json?period=7d&segment=nothing") == everybody
    assert (
        "“nothing” is no segment that can be asked for" in two.through.get("/overview?segment=nothing").text
    )
