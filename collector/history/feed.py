"""What a feed gives now (docs/feeds.md): products, and what events said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from collector.feeds import FARTHEST, MOST, Question, asked
from collector.history.feed_person import Found, carted, viewed
from collector.history.statements import rows
from collector.store import Reader
from collector.wire import Shop, Told

BOUGHT_FOR = timedelta(days=365)
LEAST_ORDERS = 2
"""What one order alone brought together is chance."""

WEIGHTS: Mapping[str, float] = {"views": 1.0, "adds": 3.0, "purchases": 5.0}
HALVED = 4
"""What is wanted counts half after this part of the time looked at."""

_CENT = Decimal("0.01")
_UNTOLD: Mapping[str, None] = dict.fromkeys(("name", "page", "picture", "price", "currency"))


def feed(reader: Reader, shop: Shop, params: Mapping[str, str], now: datetime) -> Told:
    """`items` in the feed's order with what events said of them, and whether there are `more`."""
    question = asked(params)
    found = _ANSWERS[question.feed](reader, shop, question, now)
    page = found[: question.limit]
    known = _known(reader, shop, [one["id"] for one in page])
    return {
        "items": [{**_UNTOLD, **one, **known.get(one["id"], {})} for one in page],
        "more": len(found) > question.limit,
    }


def _known(reader: Reader, shop: Shop, items: list[str]) -> Mapping[str, Mapping[str, Any]]:
    if not items:
        return {}
    told = rows(reader, "feed_products", shop=shop.shop_id, items=items)
    return {one["id"]: {**one, **_priced(one, shop)} for one in told}


def _priced(one: Mapping[str, Any], shop: Shop) -> dict[str, str | None]:
    """The price as money is written, "12.50", and its currency; neither where none was told."""
    price: Decimal | None = one["price"]
    if price is None:
        return {"price": None, "currency": None}
    cents = price.quantize(_CENT)
    return {"price": str(cents if cents == price else price), "currency": one["currency"] or shop.currency}


def _together(reader: Reader, shop: Shop, question: Question, now: datetime) -> Found:
    return _bought(reader, shop, question, now, "together")


def _next(reader: Reader, shop: Shop, question: Question, now: datetime) -> Found:
    return _bought(reader, shop, question, now, "next")


def _bought(reader: Reader, shop: Shop, question: Question, now: datetime, kind: str) -> Found:
    """Others by how many orders have them, those of equally many by lift."""
    since = now - BOUGHT_FOR
    given = {"shop": shop.shop_id, "since": since}
    seeds = list(question.items)
    most = FARTHEST + MOST + 1 + len(seeds)
    found = rows(reader, "feed_bought", **given, kind=kind, items=seeds, least=LEAST_ORDERS, most=most)
    orders = {one["other_id"]: one["orders"] for one in found if one["other_id"] not in seeds}
    if not orders:
        return []
    told = rows(reader, "feed_counts", **given, items=[*seeds, *orders])
    holding = {one["item_id"]: one["orders"] for one in told}
    (every,) = rows(reader, "feed_total", **given)
    seeded = sum(holding.get(seed, 0) for seed in seeds)
    lifts = {
        item: count * every["orders"] / ((seeded or 1) * holding[item]) for item, count in orders.items()
    }
    ranked = sorted(orders, key=lambda item: (-orders[item], -lifts[item], item))
    page = ranked[question.offset : question.offset + question.limit + 1]
    return [{"id": item, "score": orders[item], "lift": round(lifts[item], 3)} for item in page]


def _popular(reader: Reader, shop: Shop, question: Question, now: datetime) -> Found:
    weights = {name: WEIGHTS[name] if question.by in ("all", name) else 0.0 for name in WEIGHTS}
    found = rows(
        reader,
        "feed_popular",
        shop=shop.shop_id,
        viewed=weights["views"],
        added=weights["adds"],
        bought=weights["purchases"],
        since=now - timedelta(hours=question.hours),
        now=now,
        half_life=question.hours / HALVED,
        without=list(question.items),
        page_size=question.limit + 1,  # one more tells whether there are more
        page_offset=question.offset,
    )
    return [{**one, "score": round(one["score"], 3)} for one in found]


_ANSWERS: Mapping[str, Callable[[Reader, Shop, Question, datetime], Found]] = {
    "recently_viewed": viewed,
    "recently_added_to_cart": carted,
    "bought_together": _together,
    "bought_next": _next,
    "popular_now": _popular,
}
