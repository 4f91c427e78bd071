"""One visitor of a shop whose pages lie on one origin and whose real collector on another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import visitor
from tests.script.recorder import Recorder, recording
from tests.script.visit import LOADERS, READY, page_of
from tests.server import Server, wait_until


class Shopper:
    """A browser in a shop whose pages lie on one origin and whose collector on another."""

    def __init__(self, context: BrowserContext, shop: Recorder, server: Server) -> None:
        self.context = context
        self.shop = shop
        self.server = server
        self.errors: list[str] = []
        self.asked: list[str] = []
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def open(
        self,
        calls: str,
        loader: str = "ours",
        path: str = "/p",
        page: Page | None = None,
        query: str = "",
        name: str = "r46",
    ) -> Page:
        """Go to a page with the tag, called `name`, and these calls; returns when it is live."""
        tag = LOADERS[loader].replace("r46", name)
        self.shop.pages[path] = page_of(tag, f"{self.server.origin}/v3.js", calls)
        page = page or self.context.new_page()
        page.goto(self.shop.origin + path + query)
        page.wait_for_function(READY.replace("r46", name))
        return page

    def own(self, count: int) -> list[dict[str, Any]]:
        """What the store has of this visitor's pages, once it has so many."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            rows = self.server.exported()
            found[:] = [row for row in rows if row.get("page_url", "").startswith(self.shop.origin + "/")]
            return len(found) >= count

        wait_until(enough, 30, lambda: f"only {[record['event'] for record in found]}")
        return found

    def own_names(self, count: int) -> list[str]:
        return [record["event"] for record in self.own(count)]

    def stored(self, count: int) -> list[dict[str, Any]]:
        """What the store has, once it has so many."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            found[:] = self.server.exported()
            return len(found) >= count

        wait_until(enough, 30, lambda: f"only {[record['event'] for record in found]}")
        return found

    def names(self, count: int) -> list[str]:
        return [record["event"] for record in self.stored(count)]

    def check(self) -> None:
        assert self.errors == []
        hosts = {urlsplit(url).netloc for url in self.asked if url.startswith("http")}
        assert hosts <= {urlsplit(self.shop.origin).netloc, urlsplit(self.server.origin).netloc}


@contextmanager
def shopping(browser: Browser, server: Server) -> Iterator[Shopper]:
    """A new visitor of a shop; a script error or a request to a stranger fails the test."""
    with recording() as shop, visitor(browser) as context:
        found = Shopper(context, shop, server)
        yield found
        found.check()
