"""Pages over a small world: the real site and reader, one shop, a fixed clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import duckdb

from collector.control.presets import Preset
from collector.entry import ALL, Entry, Wanted
from collector.pulse import Shelf, Snapshot
from collector.store.reader import CursorPool, DuckReader
from collector.wire import Shop
from dashboard.access import OPERATOR, Asker
from dashboard.answers import Sources
from dashboard.assets import Assets
from dashboard.now import LiveTables
from dashboard.page import Page, Tables, load_pages
from dashboard.render import Renderer
from dashboard.scope import Scope
from dashboard.site import Reply, Site, views
from dashboard.texts import load as load_texts
from tests.dashboard.attribution_world import SHOP
from tests.dashboard.shop_world import OneKey

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
PERIOD = {"period": "custom", "since": "2026-03-09", "to": "2026-03-12"}
THE_SHOP = Shop(shop_id=SHOP, name="Kettles & Co", currency="EUR", timezone="Europe/Berlin")

ASKER = Asker(access=OPERATOR)


class Silence:
    """A tail that these pages never ask."""

    def snapshot(
        self, shop_id: str, *, after: int = 0, entries: int = 200, wanted: Wanted = ALL, shelf: Shelf = "feed"
    ) -> Snapshot:
        raise AssertionError("the pages of attribution do not read the tail")

    def entries(self, shop_id: str, wanted: Wanted) -> tuple[int, tuple[Entry, ...]]:
        raise AssertionError("the pages of attribution do not read the tail")

    def reset(self, shop_id: str, test: str = "") -> int:
        raise AssertionError("the pages of attribution do not read the tail")

    def subscribe(self, shop_id: str, notify: Callable[[], None]) -> Callable[[], None]:
        raise AssertionError("the pages of attribution do not read the tail")


def site(db: duckdb.DuckDBPyConnection, presets: Sequence[Preset] = ()) -> Site:
    """The real site, reading from `db`; the shop has saved these presets."""
    control = OneKey(shops=(THE_SHOP,), links=())
    for preset in presets:
        control.presets.save(SHOP, preset)
    return Site(
        sources=Sources(
            DuckReader(CursorPool(db.cursor), CursorPool(db.cursor)), LiveTables(Silence(), NOW), control
        ),
        clock=lambda: NOW,
        renderers={"en": Renderer(Assets(), load_texts("en"))},
        pages=load_pages(),
    )


def page(slug: str) -> Page:
    return next(one for one in load_pages() if one.slug == slug)


def html(
    db: duckdb.DuckDBPyConnection, slug: str, thing: str = "", presets: Sequence[Preset] = (), **query: str
) -> Reply:
    view = views(page(slug))[1 if thing else 0]
    return asyncio.run(site(db, presets).html(view, {**PERIOD, **query}, ASKER, thing))


def data(
    db: duckdb.DuckDBPyConnection, slug: str, thing: str = "", presets: Sequence[Preset] = (), **query: str
) -> Mapping[str, Any]:
    """The tables of a page's JSON form."""
    view = views(page(slug))[1 if thing else 0]
    reply = asyncio.run(site(db, presets).json(view, {**PERIOD, **query}, ASKER, thing))
    assert reply.status == 200, reply.body
    return cast("Mapping[str, Any]", json.loads(reply.body)["tables"])


def answered(db: duckdb.DuckDBPyConnection, slug: str, **query: str) -> tuple[Tables, Scope]:
    """What a page's views are given."""
    whole = site(db)
    asked = whole.scope(page(slug), {**PERIOD, **query}, ASKER)
    assert asked is not None
    return asyncio.run(whole._answer(page(slug).queries(), asked)), asked
