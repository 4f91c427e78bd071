"""Nobody reaches another shop's data: by no address, no parameter, no id, no form, no stream, no question.

Whoever may see kettles alone is asked to find a difference between a world in which there is no other
shop and one in which lamps has something in every table. There must be none, in any answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.routing import Route

from collector.serving.collect import DASHBOARD_POSTS
from dashboard import settings
from dashboard.access import RANKS
from dashboard.answers import personal
from dashboard.page import Page, load_pages
from dashboard.permits import PASSING, SETTINGS, acts_of, did, role_of
from dashboard.texts import languages
from dashboard.texts import load as load_texts
from tests.dashboard.roles_world import LAMPS, MARK, PHONES, World, worlds
from tests.dashboard.shop_world import SHOP, Answer, Client

PAGES = {page.slug: page for page in load_pages()}
ENDINGS = ("", ".json", ".csv", ".parquet")
OPEN = {"/signin", "/signout", "/invite", "/share/{token}", "/language", "/assets/{name}", "/tag"}
"""Routes that need no session, and show nothing of any shop."""
KEYED = {"/validator/reset"}
"""Routes that need a key of the shop."""
STREAMS = {"/live/stream", "/validator/stream"}
OWN = {"/", "/add"}
INSPECTED = {"/validator/good.json", "/validator/bad.json", "/validator/all.json", "/validator/summary.json"}
SENDING = {
    *PAGES["destinations"].acts,
    *(name for name in PAGES["settings"].acts if name.startswith("destinations_")),
}
INSIDERS = ("viewer", "analyst", "owner", "share", "locked")
OUTSIDERS = ("nobody", "disabled")
_ASSET = re.compile(rb"/assets/[\w.-]+")
SELDOM = {
    *(
        "carts",
        "experiments",
        "funnels",
        "live",
        "retention",
        "search",
        "segments",
        "settings",
        "sql",
        "validator",
    ),
}
"""Pages whose first tab needs more than a row to show a name of it."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    alone, beside = worlds(tmp_path_factory.mktemp("roles"))
    yield alone, beside
    alone.control.close()
    beside.control.close()


@pytest.fixture
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own, to be written to."""
    alone, one = worlds(tmp_path_factory.mktemp("written"))
    alone.control.close()
    yield one
    one.control.close()


def routes(world: World) -> list[Route]:
    """Every route of the application, beneath what is wrapped around it."""
    app = world.app
    while not hasattr(app, "routes"):
        app = getattr(app, "_app", None) or app.app
    found = list(app.routes)
    assert all(isinstance(route, Route) for route in found)
    return found


def asked(world: World, **more: str) -> list[dict[str, str]]:
    """Addresses that ask for what belongs to lamps: by its name alone, and by everything at once."""
    theirs = world.theirs
    draft = PHONES.replace('"is":"device","values":["mobile"]', f'"is":"list","id":"{theirs["list"]}"')
    everything = {
        "shop": LAMPS.shop_id,
        "segment": theirs["segment"],
        "code": theirs["reconciliation"],
        "preset": theirs["preset"],
        "draft": draft,
        "run": "1",
        "edit": theirs["segment"],
        "period": "7d",
    }
    sent = {**everything, "code": theirs["destination"], "find": theirs["letter"]}
    return [{"shop": LAMPS.shop_id, "period": "7d", **more}, {**sent, **more}, {**everything, **more}]


def same(pair: tuple[World, World], asker: str, address: str, statuses: tuple[int, ...]) -> Answer:
    """The answer, which is the same in both worlds and holds nothing of lamps."""
    first, second = (world.client(asker).get(address) for world in pair)
    assert MARK not in second.body.decode("utf-8", "replace"), (asker, address)
    assert second.status == first.status, (asker, address)
    there, here = (_ASSET.sub(b"", one.body).splitlines() for one in (first, second))
    assert [pair for pair in zip(there, here, strict=True) if pair[0] != pair[1]] == [], (asker, address)
    assert second.status in statuses, (asker, address, second.status)
    return second


def tabs_of(page: Page) -> tuple[str, ...]:
    return page.tabs or ("",)


def test_every_route_has_a_decision_here(pair: tuple[World, World]) -> None:
    pages = {f"/{slug}{ending}" for slug in PAGES for ending in ENDINGS}
    details = {f"/{slug}/{{id:thing}}" for slug, page in PAGES.items() if page.detail}
    decided = OPEN | KEYED | STREAMS | OWN | INSPECTED | pages | details
    assert {route.path for route in routes(pair[1])} - decided == set()


def test_the_collector_lets_exactly_the_dashboard_s_own_forms_through(pair: tuple[World, World]) -> None:
    assert {route.path for route in routes(pair[1]) if "POST" in (route.methods or ())} == DASHBOARD_POSTS


def test_every_table_of_the_store_and_of_the_control_data_holds_something_of_the_other_shop(
    pair: tuple[World, World],
) -> None:
    assert pair[1].lacking() == set()
    assert {"orders", "shares", "audit", "saved_funnels"} <= pair[0].lacking()


@pytest.mark.parametrize("slug", sorted(set(PAGES) - SELDOM))
def test_who_may_see_the_other_shop_does_see_it(pair: tuple[World, World], slug: str) -> None:
    seen = [
        MARK
        in pair[1]
        .client("operator")
        .get(f"/{slug}.json?shop=lamps&period=7d&tab={tab}")
        .text.replace(LAMPS.name, "")
        for tab in tabs_of(PAGES[slug])
    ]
    assert any(seen)


@pytest.mark.parametrize("slug", sorted(PAGES))
def test_no_page_and_no_table_of_it_tells_one_world_from_the_other(
    pair: tuple[World, World], slug: str
) -> None:
    for tab in tabs_of(PAGES[slug]):
        for query in asked(pair[1], tab=tab):
            same(pair, "owner", f"/{slug}.json?{urlencode(query)}", (200,))
        same(pair, "viewer", f"/{slug}?{urlencode(query)}", (200, 403))
    for ending in ENDINGS[2:]:
        same(pair, "owner", f"/{slug}{ending}?{urlencode(query)}", (200, 404, 503))
    first = PAGES[slug].panels[0]
    same(pair, "viewer", f"/{slug}?{urlencode({**query, 'panel': first.name})}", (200, 403, 404))


@pytest.mark.parametrize("asker", ["share", "locked"])
def test_a_shared_link_shows_its_pages_alone_and_nothing_of_another_shop(
    pair: tuple[World, World], asker: str
) -> None:
    shown = []
    for slug, page in PAGES.items():
        query = asked(pair[1])[-1]
        answer = same(pair, asker, f"/{slug}?{urlencode(query)}", (200, 403))
        shown += [slug] if answer.status == 200 else []
        assert same(pair, asker, f"/{slug}.json?{urlencode(query)}", (200, 403)).status == answer.status
        assert (answer.status == 200) == (page.shared and (page.segments or asker == "share")), slug
    assert {"overview", "recommendations"} <= set(shown)
    assert not {"settings", "quality", "visitors", "sql", "live"} & set(shown)


@pytest.mark.parametrize("asker", ["share", "locked"])
def test_a_shared_link_tells_no_person_and_no_single_order(pair: tuple[World, World], asker: str) -> None:
    """Whose ids are in the store: ann bought o1 in the session k1."""
    client, hidden = pair[1].client(asker), 0
    for slug, page in PAGES.items():
        for tab in tabs_of(page) if page.shared else ():
            answer = client.get(f"/{slug}.json?period=28d&tab={tab}")
            for name, table in answer.json()["tables"].items() if answer.status == 200 else ():
                hidden += personal(name)
                assert (not table["rows"]) or not personal(name), (slug, name)
                if personal(name):
                    csv = client.get(f"/{slug}.csv?period=28d&tab={tab}&table={name}")
                    assert (csv.status, "single people" in csv.text) == (503, True), (slug, name)
            assert not re.search(r'"(ann|bob|carl|o1|o2|k1)"', answer.text), (slug, tab)
    assert hidden > 3


def open_tables(client: Client, address: str) -> Mapping[str, object]:
    """The tables of a page but for those of single people."""
    tables: Mapping[str, object] = client.get(address).json()["tables"]
    return {name: table for name, table in tables.items() if not personal(name)}


def test_a_link_locked_to_a_segment_tells_what_the_segment_tells_whatever_else_is_asked(
    pair: tuple[World, World],
) -> None:
    world = pair[1]
    (segment,) = world.control.segments.of(SHOP.shop_id)
    compared = 0
    for slug, page in PAGES.items():
        if not (page.shared and page.segments):
            continue
        plain = open_tables(world.client("viewer"), f"/{slug}.json?period=28d")
        told = open_tables(world.client("viewer"), f"/{slug}.json?period=28d&segment={segment.segment_id}")
        for query in ({}, {"segment": ""}, {"segment": world.theirs["segment"]}, {"segment": "events:all"}):
            found = open_tables(
                world.client("locked"), f"/{slug}.json?{urlencode({'period': '28d', **query})}"
            )
            if query.get("segment", "").startswith("events:"):
                assert found != plain or told == plain, slug
            else:
                assert found == told, (slug, query)
        compared += plain != told
    assert compared > 3


@pytest.mark.parametrize("asker", INSIDERS)
def test_no_thing_of_the_other_shop_is_found_by_its_id(pair: tuple[World, World], asker: str) -> None:
    ids = [*pair[1].theirs.values(), LAMPS.shop_id, "lamps-session", "lamps-touch"]
    for slug, page in PAGES.items():
        for thing in ids if page.detail else ():
            for ending in ENDINGS[:3]:
                for shop in ("", f"?shop={LAMPS.shop_id}"):
                    empty = (200,) if ending == ".csv" else ()
                    found = same(pair, asker, f"/{slug}/{thing}{ending}{shop}", (404, 403, *empty))
                    assert found.status != 200 or found.text.count("\n") == 1


@pytest.mark.parametrize("asker", INSIDERS)
def test_what_belongs_to_no_page_tells_nothing_either(pair: tuple[World, World], asker: str) -> None:
    for path in sorted((OWN | OPEN | INSPECTED) - {"/share/{token}", "/assets/{name}"}):
        same(pair, asker, f"{path}?shop=lamps", (200, 303, 403, 404, 405))
    start = same(pair, asker, "/", (303,))
    assert start.headers["location"] == "/overview"
    assert pair[1].client(asker).get("/add").status == 403


@pytest.mark.parametrize("asker", OUTSIDERS)
def test_without_a_session_nothing_is_told_or_changed(pair: tuple[World, World], asker: str) -> None:
    before = pair[1].rows()
    for route in routes(pair[1]):
        if route.path in OPEN:
            continue
        path = route.path.replace("{id:thing}", pair[1].theirs["order"])
        for method in sorted((route.methods or set()) - {"HEAD"}):
            client = pair[1].client(asker)
            answer = (
                client.get(f"{path}?shop=lamps") if method == "GET" else client.post(path, {"act": "save"})
            )
            told = (answer.status, answer.headers.get("location", "").partition("?")[0])
            assert told in ((303, "/signin"), (401, "")), (method, path, answer.status)
            assert MARK not in answer.text
    assert pair[1].rows() == before


def first_messages(client: Client, address: str) -> tuple[int, bytes]:
    """The status of a stream, and what it sends at once."""
    got: list[dict[str, object]] = []

    async def listen() -> None:
        left = asyncio.Event()

        async def receive() -> dict[str, str]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            got.append(message)
            if b"event: " in message.get("body", b""):  # type: ignore[operator]
                left.set()

        asking = asyncio.ensure_future(client.app(client.connection("GET", address, {}), receive, send))
        done = asyncio.ensure_future(left.wait())
        await asyncio.wait((asking, done), timeout=30, return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking

    asyncio.run(listen())
    return int(str(got[0]["status"])), b"".join(bytes(one.get("body", b"")) for one in got[1:])  # type: ignore[call-overload]


@pytest.mark.parametrize("path", sorted(STREAMS))
def test_a_stream_of_the_other_shop_is_one_s_own_or_none(pair: tuple[World, World], path: str) -> None:
    for asker in INSIDERS:
        told = [first_messages(world.client(asker), f"{path}?shop=lamps") for world in pair]
        assert told[0] == told[1], asker
        assert MARK.encode() not in told[1][1]
        assert (told[1][0] == 200) == (asker in ("viewer", "analyst", "owner")), asker
    own = first_messages(pair[1].client("operator"), f"{path}?shop=lamps")
    assert MARK.encode() in own[1]


def form_of(world: World, act: str = "") -> dict[str, str]:
    """A form that names everything of lamps in every field that any form of ours has.

    What forms of destinations call `id` is another thing than what others do.
    """
    theirs = world.theirs
    sent = {"id": theirs["destination"]} if act in SENDING else {}
    sent |= {"id": theirs["export"]} if act == "shadow_undo" else {}
    return {
        **dict.fromkeys(("shop", "shop_id"), LAMPS.shop_id),
        **dict.fromkeys(("id", "segment", "segment_id", "code"), theirs["segment"]),
        **dict.fromkeys(("name", "preset"), theirs["preset"]),
        **{f"{name}_id": theirs[name] for name in ("user", "share", "key", "report")},
        **dict.fromkeys(("query_id", "session_id", "run"), MARK),
        "key": theirs["key"],
        "email": "person@lamps.example",
        "role": "owner",
        "where": "*",
        "everywhere": "owner",
        "label": "Board",
        "days": "7",
        "page_overview": "1",
        "sql": "select 1",
        "check": "orders_matched",
        "day": "2026-03-17",
        "text": "A note",
        "note": theirs["note"],
        "sure": "1",
        "since": "2026-03-17",
        "event_id": theirs["letter"],
        "act": act,
        **sent,
    }


IDS = ("user", "segment", "list", "destination")


def shops_of(rows: set[tuple[str, str]], world: World) -> set[tuple[str, str]]:
    """The rows of lamps: those that name it, its people, its segments or its destination."""
    theirs = (f"'{LAMPS.shop_id}'", *(f"'{world.theirs[name]}'" for name in IDS))
    return {row for row in rows if any(one in row[1] for one in theirs)}


def acts() -> list[tuple[str, str, str]]:
    """Every form of every page with the role that it needs."""
    return [(page.slug, name, role_of(page, name)) for page in PAGES.values() for name in acts_of(page)]


def test_a_form_needs_its_role_and_a_shared_link_has_none(beside: World) -> None:
    for asker in ("viewer", "analyst", "share", "locked"):
        before = beside.rows()
        for slug, name, role in acts():
            if RANKS.get(asker, 0) >= RANKS[role]:
                continue
            answer = beside.client(asker).post(f"/{slug}", form_of(beside, name))
            assert answer.status == 403, (asker, slug, name)
        assert beside.rows() == before, asker
        assert beside.client(asker).post("/add", {"name": "Mine"}).status == 403


@pytest.mark.parametrize("asker", ["viewer", "analyst", "owner"])
def test_no_form_changes_anything_of_another_shop(beside: World, asker: str) -> None:
    before = shops_of(beside.rows(), beside)
    assert len(before) > 20
    for slug, name, role in acts():
        if RANKS[asker] < RANKS[role]:
            continue
        address = f"/{slug}?{urlencode(asked(beside)[-1])}"
        answer = beside.client(asker).post(address, form_of(beside, name))
        assert answer.status in (200, 303, 400, 403), (slug, name)
        assert MARK not in answer.text, (slug, name)
        after = shops_of(beside.rows(), beside)
        assert before - after == set(), (slug, name)
        added = {table for table, row in after - before if table in ("grants", "users", "shops", "segments")}
        assert added == set(), (slug, name)


@pytest.mark.parametrize("act", sorted({name for _, name, _ in acts()}))
def test_every_form_has_a_role(act: str) -> None:
    assert {role for _, name, role in acts() if name == act} <= set(RANKS)


@pytest.mark.parametrize("language", languages())
def test_every_change_is_called_by_words_in_the_history(language: str) -> None:
    forms = {did(page, name) for page in PAGES.values() if page.slug != SETTINGS for name in acts_of(page)}
    told = {
        name
        for file in Path(settings.__path__[0]).glob("*.py")
        for name in re.findall(r'(?:noted|_done|_note)\(desk, scope, "(\w+)"', file.read_text())
    }
    assert {"user_link", "share_made", "shop_changed"} <= told
    words = load_texts(language)
    assert {name for name in (forms - set(PASSING)) | told if not words.has(f"audit.{name}")} == set()


QUESTIONS = (
    "select * from orders",
    "select * from main.orders",
    "select * from events union all by name select * from raws",
    "select * from refused",
    "from sessions",
    "select * from orders where shop_id = 'lamps'",
    "select count(*), sum(revenue) from order_lines",
    "with orders as (select * from main.orders) select * from orders",
    "select (select max(custom_name) from main.events)",
    "select * from duckdb_tables()",
    "select * from query('select * from main.orders')",
    "select * from query_table('main.orders')",
    "select * from settled_days",
)


@pytest.mark.parametrize("asker", ["analyst", "owner"])
@pytest.mark.parametrize("sql", QUESTIONS)
def test_a_question_in_sql_reads_the_asker_s_own_shop(
    pair: tuple[World, World], asker: str, sql: str
) -> None:
    answers: list[Mapping[str, object]] = []
    for world in pair:
        gone = world.client(asker).post("/sql?shop=lamps", {"act": "run", "sql": sql})
        assert gone.status == 303
        page = world.client(asker).get(gone.headers["location"])
        assert MARK not in page.text
        told = world.client(asker).get(gone.headers["location"].replace("/sql?", "/sql.json?")).json()
        answers.append(told["tables"].get("console/answer", told["tables"].get("sql/answer", {})))
    assert answers[0] == answers[1]
