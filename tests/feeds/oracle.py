"""What each feed should give, computed in plain Python from what happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

from tests.feeds.world import Row, owner

Orders = dict[str, tuple[datetime, str, frozenset[str]]]
"""By number: when first placed, by whom, and the products of the last version."""


def viewed(rows: list[Row], visitor: str) -> list[str]:
    """Products by the last look at each, newest first."""
    last: dict[str, datetime] = {}
    for row in rows:
        if row.what == "view" and not row.bot and owner(row.device) == visitor:
            last[row.items[0][0]] = row.at
    return sorted(last, key=lambda name: last[name], reverse=True)


def carted(rows: list[Row], visitor: str, since: datetime) -> list[str]:
    """Products that are still in the cart, by when they came, newest first: each followed alone."""
    mine = [row for row in rows if owner(row.device) == visitor and row.what in _CART]
    found = {}
    for product in {name for row in mine for name, _ in row.items}:
        came = _came(mine, product, since)
        if came is not None:
            found[product] = came
    return sorted(sorted(found), key=lambda name: found[name], reverse=True)


def _came(mine: list[Row], product: str, since: datetime) -> datetime | None:
    """When the product came into the cart it is in now; None where it is in none."""
    quantity, came = 0, since
    counted: set[str] = set()
    for row in mine:
        told = dict(row.items).get(product, 0)
        if row.what == "buy":
            if not told or row.order in counted:
                continue
            counted.add(row.order)
        if row.at < since or not (told or row.what == "snapshot"):
            continue
        if row.what == "snapshot":
            came = came if 0 < told <= quantity else row.at
            quantity = told
        elif row.what == "add":
            quantity, came = quantity + told, row.at
        else:
            quantity = max(0, quantity - told) if row.what == "remove" else 0
    return came if quantity else None


_CART = ("add", "remove", "remove_all", "snapshot", "buy")


def orders(rows: list[Row]) -> Orders:
    """Orders of people that were not cancelled: the last version counts, the first tells who and when."""
    first: dict[str, Row] = {}
    last: dict[str, Row] = {}
    cancelled = set()
    for row in rows:
        if row.what == "buy":
            first.setdefault(row.order, row)
            last[row.order] = row
        elif row.what == "cancel":
            cancelled.add(row.order)
    return {
        key: (row.at, owner(row.device), frozenset(name for name, _ in last[key].items))
        for key, row in first.items()
        if key not in cancelled and not last[key].bot
    }


def together(placed: Orders) -> dict[str, Counter[str]]:
    """By product: in how many orders each other one stands beside it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for _, _, names in placed.values():
        for one in names:
            found[one].update(names - {one})
    return found


def following(placed: Orders) -> dict[str, Counter[str]]:
    """By product: in how many orders each other one follows it, in its buyer's next order."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    sequences: dict[str, list[tuple[datetime, str, frozenset[str]]]] = defaultdict(list)
    for key, (at, visitor, names) in placed.items():
        sequences[visitor].append((at, key, names))
    for sequence in sequences.values():
        for (before, _, earlier), (at, _, later) in pairwise(sorted(sequence)):
            if timedelta(minutes=5) <= at - before <= timedelta(days=180):
                for one in earlier:
                    found[one].update(later - {one})
    return found


def ranked(placed: Orders, product: str, counts: Counter[str]) -> list[tuple[str, int, float]]:
    """Others with at least two orders: by orders, then by lift, then by name."""
    holding = Counter(name for _, _, names in placed.values() for name in names)
    lifts = {
        other: orders * len(placed) / (holding[product] * holding[other]) for other, orders in counts.items()
    }
    chosen = [(other, orders, round(lifts[other], 3)) for other, orders in counts.items() if orders > 1]
    return sorted(chosen, key=lambda one: (-one[1], -lifts[one[0]], one[0]))


def popular(rows: list[Row], placed: Orders, now: datetime, hours: int, by: str) -> dict[str, float]:
    """A visitor's device counts once an hour, product and kind; an order once; older hours count less."""
    since = now - timedelta(hours=hours)
    wants: set[tuple[str, datetime, str, str]] = set()
    for row in rows:
        if row.what in ("view", "add") and not row.bot:
            wants.add((row.items[0][0], _hour(row.at), row.what + "s", row.device))
    scores: dict[str, float] = defaultdict(float)
    for product, at, kind, _ in wants:
        if at >= since:
            scores[product] += _weight(kind, by) * 0.5 ** (_age(at, now) / (hours / 4))
    for placed_at, _, names in placed.values():
        for product in names if placed_at >= since else ():
            scores[product] += _weight("purchases", by) * 0.5 ** (_age(_hour(placed_at), now) / (hours / 4))
    return {product: round(score, 3) for product, score in scores.items() if score}


def _weight(kind: str, by: str) -> int:
    return {"views": 1, "adds": 3, "purchases": 5}[kind] if by in ("all", kind) else 0


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _age(hour: datetime, now: datetime) -> int:
    return int((_hour(now) - hour) / timedelta(hours=1))
