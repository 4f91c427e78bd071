"""The RFM cube by plain Python, from orders alone. Shares nothing with the queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

AXES = ("days", "orders", "revenue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order. `at` is naive UTC."""

    visitor: str | None
    at: datetime
    revenue: Decimal
    currency: str | None = None
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    visitor: str
    days: int
    orders: int
    revenue: Decimal


def buyers(orders: Sequence[Order], start: datetime, until: datetime, currency: str) -> list[Buyer]:
    """Visitors with an order of the window in the shop's currency."""
    theirs: dict[str, list[Order]] = {}
    for order in orders:
        if order.visitor is not None and not order.bot and start <= order.at < until:
            theirs.setdefault(order.visitor, []).append(order)
    return [
        Buyer(
            visitor=visitor,
            days=(until - max(order.at for order in found)).days,
            orders=len(found),
            revenue=sum((one.revenue for one in found if (one.currency or currency) == currency), Decimal(0)),
        )
        for visitor, found in theirs.items()
        if any((one.currency or currency) == currency for one in found)
    ]


def cube(found: Sequence[Buyer], method: str) -> dict[str, tuple[int, int, int]]:
    """Steps of R, F and M of every visitor; there is at least one."""
    step = {"rees46": equal_step, "quintiles": quintile}[method]
    days, orders, revenue = (step(sorted(Decimal(getattr(one, axis)) for one in found)) for axis in AXES)
    return {
        one.visitor: (6 - days(Decimal(one.days)), orders(Decimal(one.orders)), revenue(one.revenue))
        for one in found
    }


def equal_step(values: Sequence[Decimal]) -> Callable[[Decimal], int]:
    """Fifths of the range that is left when 2 % are taken from both ends."""
    cut = len(values) * 2 // 100
    kept = values[cut : len(values) - cut]
    low, high = Fraction(kept[0]), Fraction(kept[-1])
    edges = [low + (high - low) * part / 5 for part in range(6)]

    def step(value: Decimal) -> int:
        if value > high:
            return 5
        inside = [number for number, (_, end) in enumerate(pairwise(edges), 1) if value <= end]
        return inside[0]

    return step


def quintile(values: Sequence[Decimal]) -> Callable[[Decimal], int]:
    """Fifths of the visitors, by how many have less."""

    def step(value: Decimal) -> int:
        less = len([other for other in values if other < value])
        return 1 + less * 5 // len(values)

    return step
