"""One visitor of a shop: pages with our tag, what the page saw, what the browser asked for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

from tests.script.recorder import Recorder

SHOP = "0123456789abcdef0123456789abcd"

OURS = """
window.r46=window.r46||function(){(r46.q=r46.q||[]).push(arguments)};
%(calls)s
</script><script async src="%(url)s">"""

MODERN = """
(function(page,url){
  window.r46=window.r46||function(){(r46.q=r46.q||[]).push(arguments)};
  ['dns-prefetch','preconnect','preload'].forEach(function(rel){
    var link=page.createElement('link');
    link.rel=rel; link.href=url; if(rel=='preload')link.as='script';
    page.head.appendChild(link);
  });
  var script=page.createElement('script');
  script.async=true; script.src=url; page.head.appendChild(script);
})(document,'%(url)s');
%(calls)s"""

LEGACY = """
window.r46=window.r46||function(){(r46.q=r46.q||[]).push(arguments)};
var tag=document.createElement('script'), first=document.getElementsByTagName('script')[0];
tag.async=true; tag.src='%(url)s'.replace(/^http:/,''); first.parentNode.insertBefore(tag,first);
%(calls)s"""

LOADERS = {"ours": OURS, "modern": MODERN, "legacy": LEGACY}

INIT = f"r46('init','{SHOP}');"

PURCHASE = {"order": "N1", "order_price": 10, "products": [{"id": 1, "amount": 1, "price": 10}]}
BUY = f"r46('track','purchase',{json.dumps(PURCHASE)});"

EMPTY_QUEUE = (
    "Object.entries(localStorage).some(([key, value]) => /_queue:/.test(key) && !JSON.parse(value)[1])"
)

READY = "window.r46 && r46.loaded"


def page_of(loader: str, url: str, calls: str) -> str:
    """A shop's page: the loader's snippet, then its calls, in one inline script."""
    script = loader % {"url": url, "calls": calls}
    return f"<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href=data:,><script>{script}</script>"


class Visit:
    """A browser profile in a shop whose tag is served by the recorder."""

    def __init__(self, context: BrowserContext, recorder: Recorder) -> None:
        self.context = context
        self.recorder = recorder
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.requested: list[str] = []
        self.known = {recorder.origin}
        context.on("request", lambda request: self.requested.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on(
            "console", lambda line: self.warnings.append(line.text) if line.type == "warning" else None
        )

    def open(
        self,
        calls: str = INIT,
        *,
        loader: str = OURS,
        path: str = "/p",
        query: str = "",
        page: Page | None = None,
        shop: Recorder | None = None,
    ) -> Page:
        """Go to a page with the tag and these calls; returns when the script is live."""
        host = shop or self.recorder
        self.known.add(host.origin)
        host.pages[path] = page_of(loader, f"{self.recorder.origin}/v3.js", calls)
        page = page or self.context.new_page()
        page.goto(host.origin + path + query)
        page.wait_for_function(READY)
        return page

    def stored(self, count: int) -> list[dict[str, Any]]:
        """The events kept, once there are so many."""
        self.recorder.wait(lambda: len(self.recorder.stored()) >= count, f"{count} events")
        return self.recorder.stored()

    def calls(self, count: int) -> list[Any]:
        """The calls kept, once there are so many."""
        return [event["call"] for event in self.stored(count)]

    def said(self, page: Page, count: int) -> Any:
        """What the page's callbacks pushed to `said`, once there are so many."""
        page.wait_for_function("count => window.said && said.length >= count", arg=count)
        return page.evaluate("said")

    def check(self) -> None:
        assert self.errors == []
        origins = {"{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in self.requested}
        assert {origin for origin in origins if origin.startswith("http")} <= self.known


def queued(page: Page) -> Any:
    """The persistent queue as it lies in storage, [lost, event, ...]; None where there is none."""
    found = page.evaluate(
        "Object.keys(localStorage).filter(k => /_queue:/.test(k)).map(k => localStorage[k])[0]"
    )
    return json.loads(found) if found else None


START = [["track", "session_start"], ["track", "page_view"]]
"""What every first page of a session sends by itself."""

LATER = [["track", "page_view"]]
"""What every other page sends by itself."""
