"""A shop's page with blocks on it, the built file beside it, and what the page's queue got.

The clock of the page is a fake one that stands still; what is on screen is a real browser's.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page

import static
from tests.script.recorder import Recorder

STUB = "window.r46=window.r46||function(){(r46.q=r46.q||[]).push(arguments)};"

# Which one-second timers run: how a test knows that the file has judged a block, one way or the other.
TIMERS = """
window.running = new Set();
const set = window.setTimeout, clear = window.clearTimeout;
window.setTimeout = (action, wait, ...rest) => {
  const id = set(() => { running.delete(id); action(...rest) }, wait);
  if (wait == 1000) running.add(id);
  return id;
};
window.clearTimeout = id => { running.delete(id); clear(id) };
"""

PAGE = """<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href=data:,>
<style>body{margin:0;height:9000px} .at{position:absolute;left:0;width:400px;height:200px}</style>
<script>%(timers)s%(script)s</script>
<script async src="%(src)s" %(attributes)s></script>
%(body)s"""

ITEMS = '<a data-r46-item="37" href="#a"><b>Cup</b></a> <a data-r46-item="56" href="#b">Pot</a>'
SHOWN = [{"id": "37", "position": 1}, {"id": "56", "position": 2}]


def block(top: int, code: str = "hits", *, style: str = "", inner: str = ITEMS, more: str = "") -> str:
    """A block so many pixels from the top: 400 × 200 unless its style says otherwise."""
    return f'<div class=at data-r46-block="{code}" style="top:{top}px;{style}" {more}>{inner}</div>'


def viewed(code: str = "hits", items: Any = SHOWN, by: str = "dynamic") -> list[Any]:
    """The call that a seen block makes."""
    return ["track", "block_view", {"recommended_by": by, "recommended_code": code, "items": items}]


def clicked(item_id: str, position: int, code: str = "hits") -> list[Any]:
    """The call that a click on a block's item makes."""
    items = [{"id": item_id, "position": position}]
    return ["track", "block_click", {"recommended_by": "dynamic", "recommended_code": code, "items": items}]


class Window:
    """One page of a shop in a window of 1,000 × 1,000 pixels."""

    def __init__(self, context: BrowserContext, recorder: Recorder) -> None:
        self.recorder = recorder
        self.errors: list[str] = []
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page: Page = context.new_page()
        self.page.set_viewport_size({"width": 1000, "height": 1000})
        self.page.clock.install(time=1_795_251_600)
        self.page.clock.pause_at(1_795_251_601)
        recorder.pages["/views.js"] = static.path("views.js").read_text(encoding="utf-8")

    def open(
        self, body: str, *, script: str = STUB, attributes: str = "", query: str = "", path: str = "/shop"
    ) -> Page:
        """Show the page; returns when its scripts have run."""
        src = f"{self.recorder.origin}/views.js{query}"
        facts = {"timers": TIMERS, "script": script, "src": src, "attributes": attributes, "body": body}
        self.recorder.pages[path] = PAGE % facts
        self.page.goto(self.recorder.origin + path)
        return self.page

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)

    def judged(self, running: int) -> None:
        """Wait until exactly so many seconds run."""
        self.page.wait_for_function("count => running.size == count", arg=running)

    def frames(self, count: int) -> None:
        """Let the browser draw so often; its own frames do not follow the page's clock."""
        for _ in range(count):
            self.run(
                "new Promise(done => new IntersectionObserver(() => done()).observe(document.documentElement))"
            )

    def pass_(self, milliseconds: int) -> None:
        """Let time pass on the page's clock."""
        self.page.clock.run_for(milliseconds)

    def calls(self, name: str = "r46") -> Any:
        """The calls in the loader's queue."""
        return self.run(f"JSON.parse(JSON.stringify(({name}.q || []).map(call => Array.from(call))))")

    def hide(self, hidden: bool) -> None:
        """What a browser does to a tab that comes to the back or the front; a headless one has no others."""
        value = str(hidden).lower()
        self.run(f"Object.defineProperty(document, 'hidden', {{value: {value}, configurable: true}})")
        self.run("document.dispatchEvent(new Event('visibilitychange'))")
