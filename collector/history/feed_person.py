"""A visitor's feeds: what was looked at, and what is in the cart (docs/feeds.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from collector.feeds import FARTHEST, MOST, Question
from collector.history.statements import rows
from collector.history.visitor import identified
from collector.store import Reader
from collector.wire import Shop

VIEWED_FOR = timedelta(days=90)
IN_CART_FOR = timedelta(days=30)
MOST_VIEWS = FARTHEST + MOST + 1
MOST_MOVES = 2_000
"""Changes of a cart that are looked at, the newest."""

Found = list[dict[str, Any]]


class Held(NamedTuple):
    """How much of a product is in a cart, and when it came there last."""

    quantity: Decimal
    at: datetime


def viewed(reader: Reader, shop: Shop, question: Question, now: datetime) -> Found:
    """Products by the visitor's last look at each, on all devices while they were theirs."""
    last: dict[str, datetime] = {}
    for node in _nodes(reader, shop, question.did, now):
        seen = rows(
            reader,
            "feed_viewed",
            shop=shop.shop_id,
            node=node["node"],
            since=max(now - VIEWED_FOR, node["since"]),
            until=node["until"],
            most=MOST_VIEWS + len(question.items),
        )
        for one in seen:
            item = one["item_id"]
            last[item] = max(one["seen_at"], last.get(item, one["seen_at"]))
    return _page(last, question)


def carted(reader: Reader, shop: Shop, question: Question, now: datetime) -> Found:
    """Products that are in the visitor's cart, by when they came there last."""
    visitor = identified(reader, shop, question.did) or question.did
    who = {"shop": shop.shop_id, "visitor": visitor}
    moves = rows(reader, "feed_carted", **who, since=now - IN_CART_FOR, most=MOST_MOVES)
    if any(move["kind"] == "bought" for move in moves):
        reports = {one["event_id"]: one["order_key"] for one in rows(reader, "feed_orders", **who)}
        moves = first_reports(list(reversed(moves)), reports)
    else:
        moves.reverse()
    return _page({item: held.at for item, held in in_cart(moves).items()}, question)


def first_reports(moves: Sequence[Mapping[str, Any]], orders: Mapping[Any, str]) -> Found:
    """The moves without later reports of an order: each product of one leaves the cart once."""
    counted: set[tuple[str, str]] = set()
    kept = []
    for move in moves:
        if move["kind"] == "bought":
            bought = (orders.get(move["event_id"], str(move["event_id"])), move["item_id"])
            if bought in counted:
                continue
            counted.add(bought)
        kept.append(dict(move))
    return kept


def in_cart(changes: Iterable[Mapping[str, Any]]) -> dict[str, Held]:
    """Products in the cart after changes in the order of time, and when each was last added.

    A product that is bought or taken out to the last piece leaves; a snapshot leaves what it names,
    and is no addition of what was there already.
    """
    held: dict[str, Held] = {}
    before: dict[str, Held] = {}
    for change in changes:
        item, quantity, at = change["item_id"], change["quantity"], change["ts"]
        if item is None:
            before, held = held, {}
            continue
        had = held[item].quantity if item in held else Decimal(0)
        if change["kind"] == "snapshot":
            known = before.get(item)
            at = known.at if known and quantity <= known.quantity else at
        if change["kind"] in ("snapshot", "add"):
            held[item] = Held(had + quantity, at)
        elif change["kind"] == "remove" and had > quantity:
            held[item] = held[item]._replace(quantity=had - quantity)
        else:
            held.pop(item, None)
    return {item: one for item, one in held.items() if one.quantity > 0}


def _nodes(reader: Reader, shop: Shop, did: str, now: datetime) -> Found:
    """A device that nothing identified is all there is of its visitor."""
    visitor = identified(reader, shop, did)
    if visitor is None:
        return [{"node": did, "since": now - VIEWED_FOR, "until": now + VIEWED_FOR}]
    return rows(reader, "feed_nodes", shop=shop.shop_id, visitor=visitor)


def _page(last: Mapping[str, datetime], question: Question) -> Found:
    """Newest first, one more than asked for; the score is the moment in epoch seconds."""
    wanted = [item for item in sorted(last) if item not in question.items]
    wanted.sort(key=lambda item: last[item], reverse=True)
    page = wanted[question.offset : question.offset + question.limit + 1]
    return [
        {
            "id": item,
            "score": int(last[item].replace(tzinfo=UTC).timestamp()),
            "at": last[item].isoformat(timespec="milliseconds") + "Z",
        }
        for item in page
    ]
