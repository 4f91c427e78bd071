"""English and Russian: which one a request gets, and that every page speaks it whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from collector.store.reader import CursorPool, DuckReader
from collector.tail import Tail
from dashboard import language
from dashboard.answers import Sources
from dashboard.app import fragments
from dashboard.assets import Assets
from dashboard.live import Stream
from dashboard.locales import SPACE
from dashboard.now import LiveTables
from dashboard.render import Renderer
from dashboard.texts import load, written
from tests.dashboard import goldens
from tests.dashboard.reading import read
from tests.dashboard.shop_world import NOW, Client, OneKey, app_over, busy_log, signed_in, tail_of, week
from tests.dashboard.test_live import SCOPE, next_message
from tests.dashboard.test_pages import addresses

RUSSIAN = {"accept_language": "ru-RU,ru;q=0.9,en;q=0.5"}
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
ADDRESS = re.compile(r"https?://\S+")
CYRILLIC = re.compile(r"[А-Яа-яЁё]")
NAMES = {
    *[
        "r46",
        "CSV",
        "JSON",
        "PNG",
        "SQL",
        "Parquet",
        "FILE",
        "canonical",
        "views",
        "js",
        "Kettles",
        "Co",
        "Lamps",
    ]
} | {
    *[
        "REES",
        "Retail",
        "Rocket",
        "Nosto",
        "Einstein",
        "Mapp",
        "Algonomy",
        "Dynamic",
        "Yield",
        "Exponea",
        "Bloomreach",
        "Yespo",
        "Intempt",
    ]
}
"""Latin words that are no data of a page and stand in no Russian sentence."""


def _words(value: Any) -> Iterator[str]:
    """Words of data: of every text in it, however deep."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
    elif isinstance(value, str):
        yield from WORD.findall(value)


def russian() -> list[str]:
    """Sentences in Russian of the catalogue: what is Latin in them is meant to be."""
    texts = written("ru").values()
    flat = [text for words in texts for text in ([words] if isinstance(words, str) else words.values())]
    return [text for text in flat if CYRILLIC.search(text)]


def english(client: Client, address: str, texts: Sequence[str]) -> dict[str, list[str]]:
    """Latin words of the texts of a Russian page that are neither data of it nor names, each with where it stands."""
    path, _, query = address.partition("?")
    data = client.get(f"{path}.json?{query}", **RUSSIAN).json()
    rows = [table["rows"] for table in data["tables"].values()]
    told = [data["shop"], data["time_zone"], data["filters"], data["currency"]]
    known = {*NAMES, *_words(rows), *_words(told), *_words(russian())}
    found: dict[str, list[str]] = {}
    for text in texts:
        strange = [word for word in WORD.findall(ADDRESS.sub("", text)) if word not in known]
        if strange:
            found[text] = strange
    return found


@pytest.fixture(scope="module")
def client() -> Client:
    return signed_in(app_over(week()))


@pytest.mark.parametrize("address", addresses())
def test_a_page_speaks_russian_whole(client: Client, address: str) -> None:
    page = read(client.get(address, **RUSSIAN).text)
    assert page.language == "ru"
    assert english(client, address, page.texts) == {}


@pytest.mark.parametrize(
    ("cookie", "accepted", "chosen"),
    [
        ("", "", "en"),
        ("", "ru", "ru"),
        ("", "ru-RU,ru;q=0.9,en-US;q=0.8", "ru"),
        ("", "de,en;q=0.5,ru;q=0.7", "ru"),
        ("", "de, en;q=0.7, ru;q=0.7", "en"),
        ("", "ru;q=0, en;q=0.1", "en"),
        ("", "ru;q=nonsense, de", "en"),
        ("", "*;q=0.5", "en"),
        ("en", "ru", "en"),
        ("ru", "en", "ru"),
        ("../../etc/passwd", "ru", "ru"),
        ("de", "", "en"),
    ],
)
def test_the_chosen_language_goes_before_the_browser_s(cookie: str, accepted: str, chosen: str) -> None:
    assert language.choose(cookie, accepted) == chosen


@pytest.mark.parametrize("path", ["/signin", "/signin?token=x", "/tag", "/nothing"])
def test_pages_before_sign_in_and_errors_speak_russian_too(path: str) -> None:
    page = read(Client(app_over(week())).get(path, **RUSSIAN).text)
    known = {*NAMES, *_words(russian())}
    assert page.language == "ru"
    assert [text for text in page.texts if not known.issuperset(WORD.findall(text))] == []


def test_a_person_chooses_a_language_and_is_back_where_they_were(client: Client) -> None:
    here = "/orders?period=7d&tab=credited"
    page = client.get(here)
    assert read(page.text).language == "en"
    assert '<button class="quiet" name="language" value="ru" lang="ru">Русский</button>' in page.text
    assert f'<input type="hidden" name="next" value="{here.replace("&", "&amp;")}">' in page.text
    person = Client(client.app, dict(client.cookies))
    answer = person.post("/language", {"language": "ru", "next": here})
    assert (answer.status, answer.headers["location"]) == (303, here)
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert read(person.get(here, accept_language="en").text).language == "ru"


@pytest.mark.parametrize(
    ("next_", "there"),
    [
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil", "/"),
        ("", "/"),
        ("/live", "/live"),
    ],
)
def test_choosing_a_language_leads_nowhere_else(client: Client, next_: str, there: str) -> None:
    answer = Client(client.app).post("/language", {"language": "ru", "next": next_})
    assert (answer.status, answer.headers["location"]) == (303, there)


def test_a_language_that_is_none_is_not_kept_and_another_site_chooses_nothing(client: Client) -> None:
    asked = Client(client.app)
    assert "set-cookie" not in asked.post("/language", {"language": "de\r\nx: y", "next": "/"}).headers
    answer = asked.post("/language", {"language": "ru", "next": "/"}, sec_fetch_site="cross-site")
    assert (answer.status, asked.cookies) == (403, {})


def test_numbers_of_data_are_the_same_in_every_language_and_only_its_words_differ(client: Client) -> None:
    address = "/overview.json?period=7d"
    english, russian_ = client.get(address).json(), client.get(address, **RUSSIAN).json()
    assert (english["title"], russian_["title"]) == ("Overview", "Обзор")
    told = russian_["tables"]["overview/products"]
    assert told["title"] == "Лучшие товары"
    for page in (english, russian_):
        for table in page["tables"].values():
            del table["title"], table["define"]
        del page["title"]
    assert english == russian_
    csv = "/overview.csv?period=7d&table=overview/totals"
    assert client.get(csv).body == client.get(csv, **RUSSIAN).body


def test_the_overview_reads_as_reviewed_in_russian() -> None:
    assert goldens.reader()("overview-ru") == (goldens.FOLDER / "overview-ru.txt").read_text()


def test_the_stream_of_live_speaks_the_language_of_its_page() -> None:
    async def first(tongue: str, db: Any, tail: Tail) -> dict[str, Any]:
        reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
        stream = Stream(
            sources=Sources(reader, LiveTables(tail, NOW), OneKey()),
            clock=lambda: NOW,
            fragment=fragments({tongue: Renderer(Assets(), load(tongue))}),
        )
        messages = stream.messages(replace(SCOPE, language=tongue, words=load(tongue)), 0)
        return await next_message(messages)

    def parts(tongue: str) -> dict[str, str]:
        found: dict[str, str] = asyncio.run(first(tongue, week(), tail_of(busy_log())))["parts"]
        return found

    russian_, english = parts("ru"), parts("en")
    assert [word in russian_["feed"] for word in ("Покупка", "с замечаниями")] == [True, True]
    assert (f"50,50{SPACE}€" in russian_["today"], "€50.50" in english["today"]) == (True, True)


def test_a_form_that_changes_nothing_says_why_in_the_language_of_the_page(client: Client) -> None:
    draft = quote('{"version":1,"rule":{"is":"all","of":[{"is":"arm","values":[]}]}}')
    for act, why in (
        ("nothing", "на этой странице нет такой формы"),
        ("save", "rule.of[0].values: пусто"),
    ):
        answer = client.post(f"/segments?tab=builder&draft={draft}", {"act": act, "name": "x"}, **RUSSIAN)
        assert (answer.status, f"Ничего не изменено: {why}." in answer.text) == (400, True)
