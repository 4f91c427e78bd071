"""Panels that are not answered in time come by themselves: once asked, alone, and only while somebody waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import duckdb
import pytest

from collector.store import QueryTimeout, Rows
from collector.store.reader import CursorPool, DuckReader
from collector.store.stopping import Stop
from dashboard.access import OPERATOR, Asker
from dashboard.answers import Sources
from dashboard.assets import Assets
from dashboard.now import LiveTables
from dashboard.page import load_pages
from dashboard.render import Renderer
from dashboard.site import Site, View, views
from dashboard.texts import load as load_texts
from tests.dashboard.shop_world import NOW, Client, OneKey, app_over, busy_log, signed_in, tail_of, week

PERIOD = {"period": "7d"}
ASKER = Asker(access=OPERATOR)
PLACE = 'aria-busy="true" data-late="'


class Slow:
    """A reader whose questions that hold a word wait until they are let go, or stopped."""

    def __init__(
        self, reader: DuckReader, word: str, stop: Stop | None = None, more: Slow | None = None
    ) -> None:
        self.reader = reader
        self.word = word
        self.stop = stop or Stop()
        self.go: threading.Event = more.go if more else threading.Event()
        self.asked: list[str] = more.asked if more else []
        self.ended: threading.Event = more.ended if more else threading.Event()

    def under(self, stop: Stop) -> Slow:
        return Slow(self.reader.under(stop), self.word, stop, self)

    def query(self, sql: str, params: Mapping[str, Any] | None = None, **limits: Any) -> Rows:
        if self.word not in sql:
            return self.reader.query(sql, params, **limits)
        self.asked.append(sql)
        with self.stop.reaches(self.go.set):
            assert self.go.wait(20)
        if self.stop.struck:
            self.ended.set()
            raise QueryTimeout("was interrupted")
        return self.reader.query(sql, params, **limits)


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    found = week()
    yield found
    found.close()


@pytest.fixture(scope="module")
def shop() -> Iterator[Client]:
    found = week()
    yield signed_in(app_over(found))
    found.close()


def slow(db: duckdb.DuckDBPyConnection, word: str) -> Slow:
    return Slow(DuckReader(CursorPool(db.cursor), CursorPool(db.cursor)), word)


def site(reader: Any, patience: float | None = 1.0) -> Site:
    assets = Assets()
    return Site(
        sources=Sources(reader, LiveTables(tail_of(busy_log()), NOW), OneKey()),
        clock=lambda: NOW,
        renderers={"en": Renderer(assets, load_texts("en"))},
        pages=load_pages(),
        patience=patience,
    )


def view(slug: str) -> View:
    return next(views(page)[0] for page in load_pages() if page.slug == slug)


def test_a_page_does_not_wait_for_its_slow_panel_and_shows_the_others(db: duckdb.DuckDBPyConnection) -> None:
    reader = slow(db, "item_name")
    whole = site(reader)

    async def ask() -> tuple[str, str]:
        page = str((await whole.html(view("overview"), PERIOD, ASKER)).body)
        reader.go.set()
        part = str((await whole.part(view("overview"), {**PERIOD, "panel": "products"}, ASKER)).body)
        return page, part

    page, part = asyncio.run(ask())
    assert page.count(PLACE) == 1
    assert 'id="products" aria-labelledby="products-title" aria-busy="true"' in page
    assert 'data-late="/overview?period=7d&amp;panel=products"' in page
    assert "€170.50" in page
    assert '<noscript><meta http-equiv="refresh" content="0; url=/overview?period=7d&amp;whole=1">' in page
    assert part.strip().startswith('<section class="panel" id="products"')
    assert part.strip().endswith("</section>")
    assert "Kettle" in part
    assert len(reader.asked) == 1  # the part joined what was under way


def test_a_part_asked_again_is_asked_anew(db: duckdb.DuckDBPyConnection) -> None:
    reader = slow(db, "item_name")
    whole = site(reader)

    async def ask() -> None:
        await whole.html(view("overview"), PERIOD, ASKER)
        reader.go.set()
        await whole.part(view("overview"), {**PERIOD, "panel": "products", "again": "1"}, ASKER)

    asyncio.run(ask())
    assert len(reader.asked) == 2


def test_another_address_joins_nothing(db: duckdb.DuckDBPyConnection) -> None:
    reader = slow(db, "item_name")
    whole = site(reader)

    async def ask() -> str:
        await whole.html(view("overview"), PERIOD, ASKER)
        reader.go.set()
        return str((await whole.part(view("overview"), {"period": "today", "panel": "products"}, ASKER)).body)

    assert "Kettle" not in asyncio.run(ask())
    assert len(reader.asked) == 2


def test_what_nobody_waits_for_any_more_is_ended(db: duckdb.DuckDBPyConnection) -> None:
    reader = slow(db, "item_name")
    whole = site(reader)

    async def ask() -> None:
        await whole.html(view("overview"), PERIOD, ASKER)
        parts = [
            asyncio.ensure_future(whole.part(view("overview"), {**PERIOD, "panel": "products"}, ASKER))
            for _ in range(2)
        ]
        while not all(one.waiting == 2 for one in whole.under_way.pages()):
            await asyncio.sleep(0)
        parts[0].cancel()
        await asyncio.wait(parts[:1])
        assert not reader.go.is_set()
        parts[1].cancel()
        await asyncio.wait(parts)
        assert await asyncio.to_thread(reader.ended.wait, 10)

    asyncio.run(ask())


def test_a_question_of_the_store_is_interrupted_by_a_strike(db: duckdb.DuckDBPyConnection) -> None:
    stop, reader = Stop(), slow(db, "-").reader
    threading.Timer(0.1, stop.strike).start()
    with pytest.raises(QueryTimeout, match="was interrupted"):
        reader.under(stop).query("select count(*) from range(1000000) a, range(1000000) b", seconds=30)
    with pytest.raises(QueryTimeout, match="nobody waits"):
        reader.under(stop).query("select 1")
    assert reader.query("select 1").rows == [(1,)]


def test_a_client_that_left_ends_its_question(db: duckdb.DuckDBPyConnection) -> None:
    """Through the whole application: the connection closes while the page is asked."""
    reader = slow(db, "item_name")
    client = signed_in(app_over(db, reader=reader))
    left = asyncio.Event()

    async def ask() -> list[Any]:
        sent: list[Any] = []
        messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Any:
            for message in messages:
                return message
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        connection = client.connection("GET", "/overview.json?period=7d", {})
        asked = asyncio.ensure_future(client.app(connection, receive, send))
        while not reader.asked:
            await asyncio.sleep(0)
        left.set()
        await asked
        return sent

    sent = asyncio.run(ask())
    assert reader.ended.wait(10)
    assert sent[0]["status"] == 499


def test_coverage_does_not_hold_the_page_back(db: duckdb.DuckDBPyConnection) -> None:
    reader = slow(db, "as attributable,\n    count(visitor_id)::double / nullif(count(*), 0) as coverage,")
    whole = site(reader)

    async def ask() -> tuple[str, str]:
        page = str((await whole.html(view("search"), PERIOD, ASKER)).body)
        reader.go.set()
        part = str((await whole.part(view("search"), {**PERIOD, "panel": "coverage"}, ASKER)).body)
        return page, part

    page, part = asyncio.run(ask())
    assert 'id="coverage" data-late="/search?period=7d&amp;panel=coverage"' in page
    assert "coverage is being asked" in page
    assert part.startswith('<span id="coverage">')
    assert "coverage 75.0\xa0% (orders whose visitor is known, of 4)" in part


@pytest.mark.parametrize("page", load_pages(), ids=lambda page: page.slug)
def test_every_panel_of_every_tab_can_be_fetched_alone(shop: Client, page: Any) -> None:
    for tab in page.tabs or ("",):
        address = f"/{page.slug}?" + (f"tab={tab}&" if tab else "")
        for panel in page.panels:
            if panel.tabs and tab not in panel.tabs:
                assert shop.get(f"{address}panel={panel.name}").status == 404
                continue
            found = shop.get(f"{address}panel={panel.name}")
            there = panel.name in _sections(shop.get(address).text)
            assert (found.status, _sections(found.text)) == ((200, [panel.name]) if there else (404, []))


def _sections(text: str) -> list[str]:
    return [part.split('id="')[1].split('"')[0] for part in text.split('<section class="panel')[1:]]


def test_a_part_that_is_none_is_not_found(db: duckdb.DuckDBPyConnection) -> None:
    client = signed_in(app_over(db))
    assert client.get("/overview?panel=nothing").status == 404
    assert Client(app_over(db)).get("/overview?panel=trend").status == 303


def test_a_failed_panel_offers_to_be_asked_again(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("drop table sessions")
    page = signed_in(app_over(db)).get("/overview?period=7d").text
    assert page.count('<p class="missing" role="status">This question could not be answered.') == 4
    assert '<a href="/overview?period=7d#channels" data-again>Try again</a>' in page


def test_the_address_of_a_part_is_that_of_its_page_and_the_panel(db: duckdb.DuckDBPyConnection) -> None:
    page = signed_in(app_over(db)).get("/overview?period=7d&tab=orders").text
    found = page.split('data-part="')[1].split('"')[0].replace("&amp;", "&")
    assert dict(parse_qsl(urlsplit(found).query)) == {"period": "7d", "tab": "orders", "panel": "cards"}
