"""`recommend` of the old types, answered from the feeds where a shop has that switched on (docs/feeds.md).

For any other shop, type or block the answer stays the empty one, and in any case the request is kept
as `tool_request`: that a tool was asked is known, that it was seen is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from collector import options
from collector.adapters.r46.reads import Asks, answer_body
from collector.feeds import LEGACY, MOST, Question, ask, needs, seeds, tool_of
from collector.feeds.products import products
from collector.reading.values import NOTHING, boolean, identifier
from collector.wire import Ask, Decoded, Shop, WireReply, WireRequest

SWITCH = "r46.recommend"
USUAL = 10
_PRODUCT = ("item", "item_id", "items")
_CART = ("cart_item_id", "cart")
Shape = Callable[[str, list[Any]], Any]


def asks(shape: Shape) -> Asks:
    """The question to the feeds that a request is, and what its answer needs to know."""

    def asked(
        request: WireRequest, shop: Shop, values: Mapping[str, Any], *, hidden: bool
    ) -> tuple[Ask, Mapping[str, Any]] | None:
        if not options.switch(shop, SWITCH):
            return None
        kind = request.params.get("code") or identifier(values.get("recommender_type")) or ""
        legacy = LEGACY.get(kind)
        if legacy is None:
            return None
        question = Question(
            feed=legacy.feed,
            did="" if hidden else _told(values.get("did")) or _told(values.get("ssid")),
            items=_items(values),
            limit=_limit(values.get("limit")),
            by=legacy.by,
            hours=legacy.hours,
        )
        if needs(question):
            return None
        extended = boolean(values.get("extended")) is True
        facts = {
            "tool": tool_of(legacy.feed, by=kind),
            "origins": shop.origins or _origins(request),
            "shape": lambda found: shape(kind, found if extended else [one["id"] for one in found]),
        }
        return ask(question), facts

    return asked


def answer(decoded: Decoded) -> WireReply:
    """What the feed gives; the empty answer where none was asked or none can be told."""
    facts = decoded.facts
    told = facts.get("history")
    if told is None:
        return answer_body(decoded)
    found = products(told, facts["origins"], facts["tool"])
    return WireReply(body=msgspec.json.encode(facts["shape"](found)))


def ids(kind: str, found: list[Any]) -> Any:
    """The answer to a type: the products alone."""
    return found


def block(kind: str, found: list[Any]) -> Any:
    """The answer to a block's code."""
    return {"id": None, "code": kind, "title": "", "html": "", "recommends": found}


def _items(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The product of the page, else those in the cart; one, a list, or one text with commas."""
    for names in (_PRODUCT, _CART):
        found: list[str] = []
        for name in names:
            given = values.get(name)
            for part in given if isinstance(given, list) else [given]:
                found += _told(part).split(",")
        if told := seeds([one.strip() for one in found]):
            return told
    return ()


def _told(given: Any) -> str:
    """An id as text; "" for what is none."""
    found = identifier(given)
    return "" if found is None or found in NOTHING else found


def _limit(given: Any) -> int:
    written = identifier(given) or ""
    if not (written.isascii() and written.isdigit()) or len(written) > 9:
        return USUAL
    return min(max(int(written), 1), MOST)


def _origins(request: WireRequest) -> tuple[str, ...]:
    """The page that asks, for a shop that lists no origins."""
    origin = request.headers.get("origin")
    return (origin,) if origin and origin != "null" else ()
