"""A page begins before its questions are answered, and is the same page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import duckdb
import pytest
from starlette.requests import Request

from collector.store.reader import CursorPool, DuckReader
from dashboard.begun import Begun
from dashboard.reply import Reply
from tests.dashboard.shop_world import app_over, signed_in, week
from tests.dashboard.test_panels import ASKER, PERIOD, Slow, site, slow, view

STYLE = '<link rel="stylesheet" href="/assets/dashboard.'
REQUEST = {"type": "http.request", "body": b"", "more_body": False}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    found = week()
    yield found
    found.close()


class Visit:
    """A browser at the other end of one connection: what it was sent, and when it leaves."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.left = asyncio.Event()
        self._asked = False

    async def receive(self) -> Any:
        if not self._asked:
            self._asked = True
            return REQUEST
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not seen():
                await asyncio.sleep(0)


def visited(db: duckdb.DuckDBPyConnection, reader: Slow, then: Callable[[Visit], Awaitable[None]]) -> Visit:
    """Overview is asked for; `then` goes on while its slow question waits."""
    client = signed_in(app_over(db, reader=reader))

    async def ask() -> Visit:
        visit = Visit()
        connection = client.connection("GET", "/overview?period=7d", {})
        asked = asyncio.ensure_future(client.app(connection, visit.receive, visit.send))
        await visit.until(lambda: bool(reader.asked) and "</script>" in visit.text)
        await then(visit)
        await asked
        return visit

    return asyncio.run(ask())


def test_style_and_scripts_are_named_while_a_question_is_still_asked(db: duckdb.DuckDBPyConnection) -> None:
    reader = slow(db, "item_name")
    early: list[str] = []

    async def go_on(visit: Visit) -> None:
        early.append(visit.text)
        reader.go.set()

    visit = visited(db, reader, go_on)
    assert STYLE in early[0]
    assert "<body>" not in early[0]
    assert visit.text.startswith(early[0])
    assert visit.text.rstrip().endswith("</html>")
    assert visit.text.count("<!doctype html>") == visit.text.count(STYLE) == 1
    assert visit.sent[0]["status"] == 200


def test_who_leaves_after_the_beginning_ends_the_questions(db: duckdb.DuckDBPyConnection) -> None:
    reader = slow(db, "item_name")

    async def leave(visit: Visit) -> None:
        visit.left.set()

    visit = visited(db, reader, leave)
    assert reader.ended.wait(10)
    assert "<body>" not in visit.text


def test_beginning_and_rest_are_the_page(db: duckdb.DuckDBPyConnection) -> None:
    whole = site(DuckReader(CursorPool(db.cursor), CursorPool(db.cursor)), patience=None)
    begun: list[str] = []

    async def ask() -> tuple[str, str]:
        rest = await whole.html(view("overview"), PERIOD, ASKER, begin=begun.append)
        return str(rest.body), str((await whole.html(view("overview"), PERIOD, ASKER)).body)

    rest, page = asyncio.run(ask())
    assert (begun[0] + rest).split() == page.split()


def test_a_page_that_answers_a_form_is_sent_whole(db: duckdb.DuckDBPyConnection) -> None:
    whole = site(DuckReader(CursorPool(db.cursor), CursorPool(db.cursor)), patience=None)
    begun: list[str] = []
    asked = whole.html(view("overview"), PERIOD, ASKER, refused="no", begin=begun.append)
    page = asyncio.run(asked)
    assert (begun, page.status, str(page.body).lstrip()[:15]) == ([], 400, "<!doctype html>")


def test_a_page_that_fails_after_its_beginning_says_so() -> None:
    async def fail() -> Reply:
        raise LookupError("lost")

    async def ask() -> str:
        visit = Visit()
        request = Request({"type": "http"}, visit.receive)
        answer = Begun(request, "<title>Overview</title>", fail(), lambda: Reply(body="<h1>It failed</h1>"))
        with pytest.raises(LookupError):
            await answer(request.scope, visit.receive, visit.send)
        assert [message.get("more_body") for message in visit.sent] == [None, True, False]
        return visit.text

    assert asyncio.run(ask()) == "<title>Overview</title><h1>It failed</h1>"
