"""Days of a shop's life, request by request in the order of arrival.

The history ends at the moment it is given: what would arrive later is not sent and not
part of the truth. Only the visits of the hour are in memory, and the truth itself.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector import record
from collector.adapters import load_adapters
from collector.ids import IdMaker
from collector.simulator.audience import Arrival, arrival, bot_agent, day_curve, monitor_agent
from collector.simulator.pages import Step
from collector.simulator.people import APART_MS, Guest, Population
from collector.simulator.scenario import Scenario
from collector.simulator.server import ShopServer
from collector.simulator.shopper import stroll
from collector.simulator.traffic import Delivery, deliveries, late_delivery
from collector.simulator.truth import Chances, Truth
from collector.simulator.walk import Anonymity, Walk
from collector.wire import Endpoint, Key, Shop, WireRequest

__all__ = ["History", "Scenario"]

MOST_LATE_EVENTS = 50  # one request's worth


@dataclass(frozen=True, slots=True)
class _OneShop:
    shop: Shop
    key: Key

    def find(self, shop_id: str) -> Shop | None:
        return self.shop if shop_id == self.shop.shop_id else None

    def keys(self, vendor: str, name: str, value: str) -> Sequence[Key]:
        """The one key of the checkout in another currency."""
        known = vendor == self.key.vendor and self.key.public.get(name) == value
        return (self.key,) if known else ()


class History:
    """One pass over a scenario. `truth` is right at every moment of the pass."""

    def __init__(self, scenario: Scenario, shop: Shop, *, now: datetime, ids: IdMaker) -> None:
        """`now` is aware; `ids` makes the request ids. Only this history knows the shop's secret."""
        self.truth = Truth()
        self.day = 0  # days finished, of `scenario.days`
        self.scenario = scenario
        self._server = ShopServer(scenario, shop.shop_id, f"secret-of-{scenario.seed}")
        self._shop = replace(shop, secret_sha256=self._server.secret_sha256)
        self._now = now
        self._ids = ids
        self._zone = ZoneInfo(shop.timezone)
        self._population = Population(scenario)
        self._orders = 100_000

    def records(self) -> Iterator[record.Record]:
        """The history as the log would hold it: every request through the real adapter."""
        endpoints = _endpoints()
        shops = _OneShop(self._shop, self._server.key)
        for request in self.requests():
            yield record.of(
                endpoints[request.path].decode(request, shops),
                request_id=request.request_id,
                received_at=request.received_at,
                user_agent=request.headers["user-agent"],
            )

    def requests(self) -> Iterator[WireRequest]:
        """The requests in the order in which they arrive; a path's named segments stay names."""
        for delivery in self._in_order():
            received_at = delivery.received_at
            delivery.tell(self.truth)
            yield WireRequest(
                method="POST",
                path=delivery.path,
                params=delivery.params,
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
        for day in range(self.scenario.days):
            rng = random.Random(f"{self.scenario.seed}/{day}")  # noqa: S311
            for start in self._starts(rng, day, today - timedelta(days=self.scenario.days - 1 - day)):
                yield start, list(self._visit(rng, start))
            self.day = day + 1

    def _starts(self, rng: random.Random, day: int, on: date) -> list[int]:
        scenario = self.scenario
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
        scenario = self.scenario
        chance = rng.random() / scenario.anonymous if scenario.anonymous else 1.0
        anonymity: Anonymity = "gpc" if chance < 0.5 else "no_did" if chance < 1 else ""
        guest = Guest(self._population.stranger(rng)) if anonymity else self._population.comes(rng, start)
        walk = self._walk(rng, guest, arrival(rng), start, anonymity)
        stroll(walk, scenario, self.truth.chances, signs_in=guest.signs_in)
        self._population.leaves(guest, {} if anonymity else walk.cart, walk.now)
        if rng.random() < scenario.broken_calls:
            rng.choice(walk.posts).steps.append(Step({"call": ["track", "view", {"price": 9.9}]}, ""))
        yield from self._sent(walk, rng)
        yield from self._server.tells(walk, rng)
        if _has_order(walk):
            yield from self._telephone(rng, walk.now)
        if rng.random() < scenario.bots:
            yield from self._bot(rng, start)
        if rng.random() < scenario.monitors:
            yield from self._monitor(rng, start)

    def _sent(self, walk: Walk, rng: random.Random) -> Iterator[Delivery]:
        """What the browser sends: at once, or all of it when it finds a network again.

        Not late are messages' visits, first introductions and broken clocks, which would
        say other things then; and orders whose visit would never be told.
        """
        scenario, shop_id = self.scenario, self._shop.shop_id
        plain = not walk.arrival.message and not walk.introduces and not walk.visitor.broken_clock
        if rng.random() < scenario.late and plain and _events(walk) <= MOST_LATE_EVENTS:
            told = late_delivery(walk, rng, shop_id, rng.randrange(scenario.late_hours * 3_600_000))
            if told.received_at <= self._now or not _has_order(walk):
                yield told
                return
        yield from deliveries(walk, rng, shop_id, scenario.duplicates)

    def _telephone(self, rng: random.Random, at: int) -> Iterator[Delivery]:
        """Beside orders of browsers, now and then somebody orders without one."""
        if rng.random() < self.scenario.server_orders:
            person = self._population.customer(rng, at)
            person.free_at = max(person.free_at, at + APART_MS)
            yield from self._server.telephone(person, at, self._new_order_id(), rng)

    def _bot(self, rng: random.Random, start: int) -> Iterator[Delivery]:
        """A crawler that runs scripts: it looks at a few products and buys nothing."""
        crawler = replace(self._population.stranger(rng), did="", agent=bot_agent(rng), segment="A")
        walk = self._walk(rng, Guest(crawler), Arrival(1, "direct"), start, "no_did")
        stroll(walk, self.scenario, Chances())
        walk.posts = [post for post in walk.posts if all(step.order is None for step in post.steps)]
        for delivery in deliveries(walk, rng, self._shop.shop_id, self.scenario.duplicates):
            delivery.ignored = True
            yield delivery

    def _monitor(self, rng: random.Random, start: int) -> Iterator[Delivery]:
        """A program that shops, orders included, with an id of its own; nobody signs in."""
        person = self._population.person(rng, account=False)
        browser = replace(self._population.stranger(rng), person=person, agent=monitor_agent(rng))
        walk = self._walk(rng, Guest(browser), Arrival(1, "direct"), start, "")
        stroll(walk, self.scenario, Chances())
        for delivery in deliveries(walk, rng, self._shop.shop_id, self.scenario.duplicates):
            delivery.marked = True
            yield delivery

    def _walk(
        self, rng: random.Random, guest: Guest, came: Arrival, start: int, anonymity: Anonymity
    ) -> Walk:
        return Walk(
            rng,
            guest.visitor,
            came,
            start=start,
            origin=self.scenario.origin,
            anonymity=anonymity,
            new_order_id=self._new_order_id,
            cart={} if anonymity else guest.cart,
        )

    def _new_order_id(self) -> str:
        self._orders += 1
        return str(self._orders)


def _events(walk: Walk) -> int:
    return sum(len(post.steps) for post in walk.posts)


def _has_order(walk: Walk) -> bool:
    return bool(walk.foreign) or any(step.order for post in walk.posts for step in post.steps)


def _endpoints() -> dict[str, Endpoint]:
    """Of both protocols, by path."""
    adapters = load_adapters()
    return {one.path: one for name in ("r46", "intempt") for one in adapters[name].endpoints}
