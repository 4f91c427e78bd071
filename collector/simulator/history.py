"""Days of a shop's life, request by request in the order of arrival.

The history ends at the moment it is given: what would arrive later is not sent and not
part of the truth. Only the visits of the hour are in memory, and the truth itself.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector import record
from collector.adapters import load_adapters
from collector.ids import IdMaker
from collector.simulator.audience import Arrival, Visitor, arrival, bot_agent, day_curve, visitor
from collector.simulator.shopper import stroll
from collector.simulator.traffic import Delivery, deliveries, late_delivery
from collector.simulator.truth import Truth
from collector.simulator.walk import Anonymity, Step, Walk
from collector.wire import Key, Shop, WireRequest

REGULARS = 20_000  # how many known browsers may come back
BOTS = 0.02
ANONYMOUS = 0.04
RETURNING = 0.28
LATE = 0.01
LATEST_HOURS = 40
MOST_LATE_EVENTS = 50  # one request's worth
BROKEN_CALLS = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Which history. `visitors` is the mean number of visits a day; `growth` from the first day to the last."""

    seed: int = 46
    days: int = 90
    visitors: int = 1_000
    growth: float = 0.35
    origin: str = "https://shop.hearth.example"


@dataclass(frozen=True, slots=True)
class _OneShop:
    shop: Shop

    def find(self, shop_id: str) -> Shop | None:
        return self.shop if shop_id == self.shop.shop_id else None

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """None: this shop speaks only the protocol of the script."""
        return ()


class History:
    """One pass over a scenario. `truth` is right at every moment of the pass."""

    def __init__(self, scenario: Scenario, shop: Shop, *, now: datetime, ids: IdMaker) -> None:
        """`now` is aware; `ids` makes the request ids."""
        self.truth = Truth()
        self.day = 0  # days finished, of `scenario.days`
        self._scenario = scenario
        self._shop = shop
        self._now = now
        self._ids = ids
        self._zone = ZoneInfo(shop.timezone)
        self._regulars: list[Visitor] = []
        self._orders = 100_000

    def records(self) -> Iterator[record.Record]:
        """The history as the log would hold it: every request through the real adapter."""
        endpoint = next(one for one in load_adapters()["r46"].endpoints if one.path == "/collect")
        shops = _OneShop(self._shop)
        for request in self.requests():
            yield record.of(
                endpoint.decode(request, shops),
                request_id=request.request_id,
                received_at=request.received_at,
                user_agent=request.headers["user-agent"],
            )

    def requests(self) -> Iterator[WireRequest]:
        """The requests in the order in which they arrive."""
        for delivery in self._in_order():
            received_at = delivery.received_at
            delivery.tell(self.truth)
            yield WireRequest(
                method="POST",
                path="/collect",
                headers=delivery.headers,
                body=delivery.body,
                received_at=received_at,
                request_id=self._ids(received_at),
                new_id=lambda moment=received_at: self._ids(moment),  # type: ignore[misc]
            )

    def _in_order(self) -> Iterator[Delivery]:
        """Every delivery up to now. A visit's requests never arrive before it starts."""
        waiting: list[tuple[int, int, Delivery]] = []
        last = int(self._now.timestamp() * 1000)
        count = 0
        for start, found in self._visits():
            while waiting and waiting[0][0] < start:
                yield heapq.heappop(waiting)[2]
            for delivery in found:
                if delivery.received <= last:
                    count += 1
                    heapq.heappush(waiting, (delivery.received, count, delivery))
        while waiting:
            yield heapq.heappop(waiting)[2]

    def _visits(self) -> Iterator[tuple[int, list[Delivery]]]:
        """Start in true milliseconds and requests of every visit, in the order of starts."""
        today = self._now.astimezone(self._zone).date()
        for day in range(self._scenario.days):
            rng = random.Random(f"{self._scenario.seed}/{day}")  # noqa: S311
            for start in self._starts(rng, day, today - timedelta(days=self._scenario.days - 1 - day)):
                yield start, list(self._visit(rng, start))
            self.day = day + 1

    def _starts(self, rng: random.Random, day: int, on: date) -> list[int]:
        scenario = self._scenario
        hours, weekdays = day_curve()
        grown = 1 + scenario.growth * (day / max(scenario.days - 1, 1) - 0.5)
        mean = scenario.visitors * grown * weekdays[on.weekday()] * rng.gauss(1, 0.04)
        begins = [int(datetime.combine(on, time(hour), self._zone).timestamp()) * 1000 for hour in range(24)]
        last = self._now.timestamp() * 1000
        starts = sorted(
            begin + rng.randrange(3_600_000) for begin in rng.choices(begins, weights=hours, k=round(mean))
        )
        return [start for start in starts if start <= last]

    def _visit(self, rng: random.Random, start: int) -> Iterator[Delivery]:
        chance = rng.random()
        anonymity: Anonymity = "gpc" if chance < ANONYMOUS / 2 else "no_did" if chance < ANONYMOUS else ""
        who = visitor(rng) if anonymity else self._someone(rng, start)
        walk = self._walk(rng, who, arrival(rng), start, anonymity)
        stroll(walk)
        who.cart = {} if anonymity else dict(walk.cart)
        who.free_at = walk.now + 7_300_000
        if rng.random() < BROKEN_CALLS:
            rng.choice(walk.posts).steps.append(Step({"call": ["track", "view", {"price": 9.9}]}, ""))
        if rng.random() < BOTS:
            yield from self._bot(rng, start)
        if not walk.arrival.message and rng.random() < LATE and _events(walk) <= MOST_LATE_EVENTS:
            yield late_delivery(walk, rng, self._shop.shop_id, rng.randrange(LATEST_HOURS * 3_600_000))
        else:
            yield from deliveries(walk, rng, self._shop.shop_id)

    def _someone(self, rng: random.Random, start: int) -> Visitor:
        """A new browser, or one of the last days that is not here at this moment."""
        back = int(rng.expovariate(1 / (3 * self._scenario.visitors)))
        if rng.random() < RETURNING and back < len(self._regulars):
            found = self._regulars[-1 - back]
            if found.free_at < start:
                return found
        new = visitor(rng)
        self._regulars.append(new)
        if len(self._regulars) > 2 * REGULARS:
            del self._regulars[:REGULARS]
        return new

    def _bot(self, rng: random.Random, start: int) -> Iterator[Delivery]:
        """A crawler that runs scripts: it looks at a few products and buys nothing."""
        crawler = Visitor(did="", agent=bot_agent(rng), segment="A")
        walk = self._walk(rng, crawler, Arrival(1, "direct"), start, "no_did")
        stroll(walk)
        walk.posts = [post for post in walk.posts if all(step.order is None for step in post.steps)]
        for delivery in deliveries(walk, rng, self._shop.shop_id):
            delivery.ignored = True
            yield delivery

    def _walk(
        self, rng: random.Random, who: Visitor, came: Arrival, start: int, anonymity: Anonymity
    ) -> Walk:
        return Walk(
            rng,
            who,
            came,
            start=start,
            origin=self._scenario.origin,
            anonymity=anonymity,
            new_order_id=self._new_order_id,
        )

    def _new_order_id(self) -> str:
        self._orders += 1
        return str(self._orders)


def _events(walk: Walk) -> int:
    return sum(len(post.steps) for post in walk.posts)
