"""Clicks that a page may have sent twice: the browser code repeats on the next page what was not acknowledged.

A repeat carries no id and no time, so it cannot be told from a second click. It is only marked.
Each process remembers what it saw itself.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple

MOST_CLICKS = 20_000
MOST_PAGES = 8
WATCHED = frozenset({"addToBasket", "recomAddToBasket", "recomMouseDown"})


class Click(NamedTuple):
    """What was done to which product, by which device of a shop."""

    shop_id: str
    session: str
    event: str
    item: str


class Replays:
    """The latest clicks and the page views they came from, at most `most` of them."""

    def __init__(self, most: int = MOST_CLICKS) -> None:
        self._most = most
        self._seen: OrderedDict[Click, dict[str, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def is_repeat(self, click: Click, page_view: str, moment: datetime, seconds: int) -> bool:
        """Whether another page view sent the click within `seconds`; it is remembered either way.

        A recomMouseDown also repeats an addToBasket: the browser code takes what it remembers of
        the one for the other.
        """
        since = moment - timedelta(seconds=seconds)
        found = self._elsewhere(click, page_view, since)
        if not found and click.event == "recomMouseDown":
            found = self._elsewhere(click._replace(event="addToBasket"), page_view, since)
        self._remember(click, page_view, moment)
        return found

    def _elsewhere(self, click: Click, page_view: str, since: datetime) -> bool:
        pages = self._seen.get(click, {})
        return any(seen >= since for page, seen in pages.items() if page != page_view)

    def _remember(self, click: Click, page_view: str, moment: datetime) -> None:
        pages = self._seen.setdefault(click, {})
        pages.pop(page_view, None)
        pages[page_view] = moment
        if len(pages) > MOST_PAGES:
            del pages[next(iter(pages))]
        self._seen.move_to_end(click)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
