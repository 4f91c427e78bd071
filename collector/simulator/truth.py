"""What really happened in a simulated shop, for reports to be measured against.

Everything here is counted from what the simulator decided, never from what the
collector understood. Times are UTC and exact to the millisecond.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

Pair = tuple[str, str | None]
"""recommended_by and recommended_code."""


@dataclass(frozen=True, slots=True)
class TrueLine:
    """One article of an order; `earned_by` is the tool whose touch led to it, if any."""

    product_id: str
    quantity: int
    revenue: Decimal
    earned_by: Pair | None


@dataclass(frozen=True, slots=True)
class TrueOrder:
    """`revenue` is without delivery; `message` is the last message clicked within 48 hours."""

    order_id: str
    session_id: str | None
    revenue: Decimal
    lines: tuple[TrueLine, ...]
    message: Pair | None = None
    edited: bool = False


@dataclass(slots=True)
class TrueSession:
    """One visit of a known browser, as far as it has been sent."""

    device_id: str
    channel: str
    started_at: datetime
    ended_at: datetime
    events: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Truth:
    """The right answers for everything that was sent so far.

    `events` are distinct accepted events by canonical name; `touches` are clicks, adds
    and message clicks by kind and pair; `orders` holds the last version of every order.
    """

    requests: int = 0
    events: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    late: int = 0
    sessions: dict[str, TrueSession] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    orders: dict[str, TrueOrder] = field(default_factory=dict)
    touches: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    searches: Counter[str] = field(default_factory=Counter)
    fruitless: Counter[str] = field(default_factory=Counter)

    @property
    def revenue(self) -> Decimal:
        """Of all orders, without delivery."""
        return sum((order.revenue for order in self.orders.values()), Decimal(0))

    @property
    def unattributed(self) -> Decimal:
        """Revenue of lines that no tool earned."""
        return sum(
            (
                line.revenue
                for order in self.orders.values()
                for line in order.lines
                if line.earned_by is None
            ),
            Decimal(0),
        )

    def direct_revenue(self) -> dict[Pair, Decimal]:
        """By tool and code: last click or add of the same product in the same session."""
        earned: defaultdict[Pair, Decimal] = defaultdict(Decimal)
        for order in self.orders.values():
            for line in order.lines:
                if line.earned_by is not None:
                    earned[line.earned_by] += line.revenue
        return dict(earned)

    def direct_orders(self) -> dict[Pair, int]:
        """Orders with at least one line that the tool earned."""
        return dict(
            Counter(
                pair
                for order in self.orders.values()
                for pair in {line.earned_by for line in order.lines if line.earned_by is not None}
            )
        )

    def message_revenue(self) -> dict[Pair, Decimal]:
        """Whole orders by the last message clicked in the 48 hours before."""
        earned: defaultdict[Pair, Decimal] = defaultdict(Decimal)
        for order in self.orders.values():
            if order.message is not None:
                earned[order.message] += order.revenue
        return dict(earned)
