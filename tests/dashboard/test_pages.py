"""Every page: its files, its templates rendered, its words, its answer in each form."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from collector.log.memory import MemoryLog
from dashboard import forwarding, queries
from dashboard.lens import OF_MONEY
from dashboard.page import Page, load_pages
from dashboard.questions import is_stored
from dashboard.render import FOLDER as TEMPLATES
from dashboard.segments.compile import FRAGMENTS
from dashboard.segments.known import IDENTITIES
from dashboard.texts import load as load_texts
from tests.dashboard.shop_world import (
    REQUEST,
    SHOP,
    Client,
    OneKey,
    app_over,
    empty_store,
    signed_in,
    week,
)

ROOT = Path(__file__).parents[2] / "dashboard"
PAGES = load_pages()
SLUGS = [page.slug for page in PAGES]
DETAILS = {"quality": REQUEST.format(4), "orders": "o1", "visitors": "ann"}
FORMS = ("", ".json", ".csv", ".parquet")


@pytest.fixture(scope="module")
def client() -> Client:
    return signed_in(app_over(week()))


@pytest.fixture(scope="module")
def empty() -> Client:
    return signed_in(app_over(empty_store(), MemoryLog()))


def addresses() -> list[str]:
    found = []
    for page in PAGES:
        found += [f"/{page.slug}?period=7d&tab={tab}" for tab in page.tabs or ("",)]
        if page.detail:
            found.append(f"/{page.slug}/{DETAILS[page.slug]}")
    return found


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_is_a_module_queries_a_template_and_texts(slug: str) -> None:
    page = next(page for page in PAGES if page.slug == slug)
    own = [name for name in page.queries() if name.split("/")[0] == slug]
    assert own or not any(map(is_stored, page.queries()))  # a page of control data asks the store nothing
    assert (TEMPLATES / f"pages/{slug}.html").is_file()
    assert (TEMPLATES / f"pages/{slug}_detail.html").is_file() == (page.detail is not None)
    assert load_texts("en").has(f"{slug}.title")


def test_every_query_belongs_to_a_page_or_is_included_by_one() -> None:
    used = {name for page in PAGES for name in page.queries() if is_stored(name)} | {"parts/coverage"}
    used |= {name for one in forwarding.questions().values() for name in one.asks}
    used |= {f"audience/{name}" for name in (*FRAGMENTS, "pinned")}
    used |= {f"lens/{table}" for table in OF_MONEY}
    used.add(IDENTITIES)
    texts = [path.read_text() for path in queries.FOLDER.rglob("*.sql")]
    included = {name for text in texts for name in re.findall(r"-- include: (\S+)", text)}
    assert set(queries.names()) == used | included


@pytest.mark.parametrize("address", addresses())
def test_a_page_answers_with_every_panel_filled(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'class="missing"' not in answer.text
    assert Outline.of(answer.text).faults() == []


@pytest.mark.parametrize("address", addresses())
def test_a_page_of_an_empty_shop_says_what_to_do_and_never_fails(empty: Client, address: str) -> None:
    answer = empty.get(address)
    assert answer.status == (404 if address.split("?")[0].count("/") > 1 else 200)
    assert 'class="missing"' not in answer.text


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_page_needs_a_session(slug: str, form: str) -> None:
    answer = Client(app_over(week())).get(f"/{slug}{form}?period=7d")
    if form:
        assert (answer.status, answer.json()) == (401, {"error": "sign in first"})
    else:
        assert (answer.status, answer.headers["location"]) == (303, f"/signin?next=%2F{slug}%3Fperiod%3D7d")


@pytest.mark.parametrize("slug", SLUGS)
def test_each_table_of_a_page_is_a_csv_with_the_columns_of_its_query(client: Client, slug: str) -> None:
    page = client.get(f"/{slug}.json").json()
    for name, table in page["tables"].items():
        answer = client.get(f"/{slug}.csv?table={name}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.text.split("\r\n")[0] == ",".join(column["name"] for column in table["columns"])
        typed = client.get(f"/{slug}.parquet?table={name}")
        assert (typed.status, typed.body[:4], typed.body[-4:]) == (200, b"PAR1", b"PAR1")
        assert typed.headers["content-disposition"].endswith('.parquet"')


def test_a_table_that_is_not_of_the_page_is_not_found(client: Client) -> None:
    assert client.get("/overview.csv?table=quality/codes").status == 404
    assert client.get("/overview.csv?table=../../etc/passwd").status == 404


def test_an_unknown_page_and_an_unknown_thing_are_not_found(client: Client) -> None:
    assert [client.get(path).status for path in ("/nothing", "/quality/not-a-uuid", "/overview/x")] == [
        404
    ] * 3


def test_every_template_is_rendered_by_a_test() -> None:
    """Asks every address, signed in and not, with and without a shop, and counts the files that were loaded."""
    app = app_over(week())
    loaded = _watch(app)
    client = Client(app)
    client.get("/signin")
    client.get("/tag")
    client.get("/invite?token=none")
    client.get("/share/none")
    client = signed_in(app)
    for address in addresses():
        client.get(address)
    client.get("/nothing")
    bare = app_over(week(), control=OneKey(shops=()))
    loaded_bare = _watch(bare)
    owner = signed_in(bare)
    assert "r46 shop add" in owner.get("/overview").text
    assert (
        owner.post("/add", {"name": "N", "currency": "EUR", "timezone": "UTC", "secret": "1"}).status == 200
    )
    letters = {"mail/letter.html"}  # which tests/serving/test_reports.py reads
    files = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")} - letters
    assert files - loaded - loaded_bare == set()


def _watch(app: Any) -> set[str]:
    """The names of the templates that an application has loaded, as it goes on."""
    routes = app._app.app.router.routes
    doors = next(route for route in routes if route.path == "/assets/{name}").endpoint.__self__
    environment = doors.site.renderers["en"].environment
    loaded: set[str] = set()
    inner = environment.loader.get_source

    def get_source(env: Any, template: str) -> Any:
        loaded.add(template)
        return inner(env, template)

    environment.loader.get_source = get_source
    return loaded


def test_shop_and_period_of_the_address_are_shown_and_kept_in_links(client: Client) -> None:
    text = client.get("/overview?shop=lamps&period=yesterday").text
    assert 'href="/live?shop=lamps&amp;period=yesterday"' in text
    assert "America/New_York" in text
    assert "Tue 17 Mar 2026" in text


def test_what_an_address_says_wrongly_is_told_and_not_an_error(client: Client) -> None:
    answer = client.get("/overview?shop=%3Cb%3E&period=fortnight&tab=x&sort=products.nothing")
    assert answer.status == 200
    assert "“fortnight” is not a period" in answer.text
    assert "“&lt;b&gt;” is not a shop" in answer.text


def test_a_number_that_is_not_known_says_why_and_is_not_zero(client: Client) -> None:
    text = client.get("/overview?shop=lamps").text
    conversion = re.search(r'data-card="conversion">(.*?)</span>', text, re.S)
    assert conversion
    assert "n/a, because there are no sessions to divide by" in conversion[1]


def test_a_heading_sorts_and_says_how_it_is_sorted(client: Client) -> None:
    text = client.get("/overview?period=7d&sort=products.item_id").text
    head = re.search(r'aria-sort="ascending"><a href="([^"]+)"', text)
    assert head
    assert head[1] == "/overview?period=7d&amp;sort=products.-item_id#products"
    assert text.index(">37<") < text.index(">lid<")


def test_links_of_the_pages_work(client: Client) -> None:
    """One link of each shape, which is a path and the names of its parameters, leads to an answer."""
    shapes: dict[tuple[str, ...], str] = {}
    for address in (
        *(f"/{slug}?period=7d" for slug in SLUGS),
        f"/quality/{DETAILS['quality']}",
        "/orders/o1",
    ):
        for link in Outline.of(client.get(address).text).links:
            path, _, query = link.partition("#")[0].partition("?")
            if path:
                shapes[path, *(pair.split("=")[0] for pair in query.split("&"))] = link.partition("#")[0]
    assert len(shapes) > 30
    assert [link for link in sorted(shapes.values()) if client.get(link).status != 200] == []


def test_the_page_of_a_shop_shows_nothing_of_another(client: Client) -> None:
    tables = client.get("/overview.json?shop=lamps&period=7d").json()["tables"]
    assert tables["overview/totals"]["rows"][0]["orders"] == 0
    assert client.get(f"/quality/{REQUEST.format(4)}?shop=lamps").status == 404
    assert SHOP.shop_id not in str(tables)


class Outline(HTMLParser):
    """What of a page can be checked without eyes."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.bad: list[str] = []
        self.headings = 0

    @classmethod
    def of(cls, text: str) -> Outline:
        outline = cls()
        outline.feed(text)
        return outline

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        self.ids += [given["id"] or ""] if "id" in given else []
        self.labels += [given["aria-labelledby"] or ""] if "aria-labelledby" in given else []
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "th" and "scope" not in given:
            self.bad.append("a th without scope")
        if "style" in given or any(name.startswith("on") for name in given):
            self.bad.append(f"{tag} with inline code")
        if tag == "script" and given.get("type") != "application/json" and not given.get("src"):
            self.bad.append("an inline script")

    def faults(self) -> list[str]:
        twice = [f"id {name} twice" for name in set(self.ids) if self.ids.count(name) > 1]
        unnamed = [f"label {name} names nothing" for name in self.labels if name not in self.ids]
        outside = [link for link in self.links if not link.startswith(("/", "#"))]
        heads = [] if self.headings == 1 else [f"{self.headings} h1"]
        return [*self.bad, *twice, *unnamed, *outside, *heads]


@pytest.mark.parametrize("page", PAGES, ids=SLUGS)
def test_the_choice_of_comparison_stands_only_where_something_is_compared(client: Client, page: Page) -> None:
    asked = {name for query in page.queries() if is_stored(query) for name in queries.load(query).params}
    compared = "prev_start" in asked and page.period
    assert page.compares == compared
    assert ('data-key="C"' in client.get(f"/{page.slug}?period=7d").text) == compared


def test_a_page_that_compares_nothing_does_not_forget_the_choice(client: Client) -> None:
    compared, not_compared = (client.get(f"/orders?period=7d{more}").text for more in ("", "&compare=none"))
    assert "compare=none" not in "".join(re.findall(r'href="(/o[a-z]+[?][^"]*)"', compared))
    for slug in ("orders", "overview"):
        links = re.findall(rf'href="(/{slug}[?][^"]*)"', not_compared)
        assert links
        assert all("compare=none" in link for link in links)
