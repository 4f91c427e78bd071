"""What really happened in a simulated shop, for reports to be measured against.

Everything here is counted from what the simulator decided, never from what the
collector understood. Times are UTC and exact to the millisecond.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

HOME = "EUR"
"""The shop's own currency."""

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
    """`revenue` is without delivery, in `currency`. `person` is who a server says it was."""

    order_id: str
    session_id: str | None
    revenue: Decimal
    lines: tuple[TrueLine, ...]
    edited: bool = False
    currency: str = HOME
    person: str | None = None


@dataclass(slots=True)
class TrueSession:
    """One visit of a known browser, as far as it has been sent."""

    device_id: str
    channel: str
    started_at: datetime
    ended_at: datetime
    events: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody said who they are, in a session of a browser."""

    session_id: str
    at: datetime
    person: str


@dataclass(frozen=True, slots=True)
class MessageClick:
    """A message clicked in a session."""

    session_id: str
    at: datetime
    pair: Pair


@dataclass(slots=True)
class Chances:
    """Of the visits with a cart that began: the orders to expect if all, or none, were treated."""

    untreated: float = 0.0
    treated: float = 0.0

    @property
    def lift(self) -> float:
        """The true relative effect on orders a visit; 0 where there is nothing to compare."""
        return self.treated / self.untreated - 1 if self.untreated else 0.0


@dataclass(slots=True)
class Truth:
    """The right answers for everything that was sent so far.

    `events` are distinct accepted events of people by canonical name; `touches` are clicks,
    adds and message clicks by kind and pair; `orders` holds the last version of every order,
    `placed` when it was first told to have been placed, `status` what a server said of it
    last. `robots` are events that are kept and marked, `ignored` those that are not kept
    as events. `reports` are people and moments of orders that no browser told.
    """

    requests: int = 0
    events: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    late: int = 0
    sessions: dict[str, TrueSession] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    logins: defaultdict[str, list[Login]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[str, TrueOrder] = field(default_factory=dict)
    placed: dict[str, datetime] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    reports: list[tuple[str, datetime]] = field(default_factory=list)
    robots: Counter[str] = field(default_factory=Counter)
    robot_sessions: set[str] = field(default_factory=set)
    robot_orders: set[str] = field(default_factory=set)
    touches: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    clicks: list[MessageClick] = field(default_factory=list)
    searches: Counter[str] = field(default_factory=Counter)
    fruitless: Counter[str] = field(default_factory=Counter)
    chances: Chances = field(default_factory=Chances)

    @property
    def revenue(self) -> Decimal:
        """Booked, of all orders in the shop's currency, without delivery."""
        return self.booked().get(HOME, Decimal(0))

    def booked(self) -> dict[str, Decimal]:
        """Revenue of all orders by currency."""
        return _sums((order.currency, order.revenue) for order in self.orders.values())

    def net(self) -> dict[str, Decimal]:
        """Revenue of the orders that were neither cancelled nor given back, by currency."""
        return _sums(
            (order.currency, Decimal(0) if order.order_id in self.status else order.revenue)
            for order in self.orders.values()
        )

    @property
    def unattributed(self) -> Decimal:
        """Revenue of lines that no tool earned, in the shop's currency."""
        return self.direct().get((HOME, None), Decimal(0))

    def direct(self) -> dict[tuple[str, Pair | None], Decimal]:
        """Revenue of lines by currency and the tool that earned them, or None."""
        return _sums(
            ((order.currency, line.earned_by), line.revenue)
            for order in self.orders.values()
            for line in order.lines
        )

    def direct_revenue(self, currency: str = HOME) -> dict[Pair, Decimal]:
        """By tool and code: last click or add of the same product in the same session."""
        return {pair: sum_ for (of, pair), sum_ in self.direct().items() if of == currency and pair}

    def direct_orders(self) -> dict[Pair, int]:
        """Orders with at least one line that the tool earned."""
        return dict(
            Counter(
                pair
                for order in self.orders.values()
                for pair in {line.earned_by for line in order.lines if line.earned_by is not None}
            )
        )


Key = TypeVar("Key", bound=Hashable)


def _sums(amounts: Iterable[tuple[Key, Decimal]]) -> dict[Key, Decimal]:
    found: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for key, amount in amounts:
        found[key] += amount
    return dict(found)
