"""What the shop's own servers tell: copies of orders, orders without a browser, what became of them.

Three ways of real shops: `POST /push` of the same protocol for orders by customer id or
e-mail, `POST /sync/orders` with the shop's secret for their states, and for a checkout in
another currency a second protocol that names currencies, with the browser's ids.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from collector.simulator.audience import Person
from collector.simulator.catalogue import products
from collector.simulator.pages import Step
from collector.simulator.scenario import Scenario
from collector.simulator.traffic import Delivery
from collector.simulator.truth import TrueLine, TrueOrder
from collector.simulator.walk import Walk
from collector.wire import Key

HOUR = 3_600_000
_HEADERS = {"content-type": "application/json", "user-agent": "GuzzleHttp/7"}
ABROAD = "/v1/:org/projects/:project/sources/:source/track"
_NAMES = {"org": "hearth", "project": "abroad", "source": "checkout"}
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class ShopServer:
    """The servers of one history. `secret` opens what only they may tell."""

    scenario: Scenario
    shop_id: str
    secret: str

    @property
    def secret_sha256(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @property
    def key(self) -> Key:
        """Of the checkout in another currency."""
        return Key(
            key_id="abroad",
            shop_id=self.shop_id,
            vendor="intempt",
            public=_NAMES,
            hashes={"api_key": hashlib.sha256(f"hearth.{self.secret}".encode()).hexdigest()},
            kept={},
            created_at=0,
        )

    def tells(self, walk: Walk, rng: random.Random) -> Iterator[Delivery]:
        """Everything that servers tell of the orders of a visit, now or in the days after.

        An order that the visitor edits has no copy, and one from abroad no states: its server
        speaks a protocol that has none.
        """
        placed = [
            (post.at, step)
            for post in walk.posts
            for step in post.steps
            if step.order is not None and not step.repeat
        ]
        edited = {step.order.order_id for _, step in placed if step.order and step.order.edited}
        for at, step in placed:
            if step.order is None or step.order.edited:
                continue
            if step.order.order_id not in edited:
                yield from self._copy(walk, step, at, rng)
            yield from self._state(step.order.order_id, at, rng)
        for at, order in walk.foreign:
            yield from self._twice(self._abroad(walk, order, at, rng), rng)

    def telephone(self, person: Person, at: int, order_id: str, rng: random.Random) -> Iterator[Delivery]:
        """An order that no browser knows: the customer is told by id or e-mail."""
        product = rng.choice(list(products().values()))
        count = rng.randrange(1, 4)
        revenue = Decimal(product.cents * count).scaleb(-2)
        line = TrueLine(product.product_id, count, revenue, None)
        order = TrueOrder(order_id, None, revenue, (line,), person=person.label)
        goods = [{"id": product.product_id, "amount": count, "price": product.price}]
        told = {"items": goods, "order_price": float(revenue), **self._who(person, rng)}
        yield from self._twice(self._push(told, Step({}, "purchase", order=order), at + 150), rng)
        yield from self._state(order_id, at, rng)

    def _copy(self, walk: Walk, step: Step, at: int, rng: random.Random) -> Iterator[Delivery]:
        """The same order from the server: a moment later, the same; or before, with another delivery fee."""
        if walk.anonymity or rng.random() >= self.scenario.server_copies:
            return
        assert step.order is not None, "only orders are copied"
        data = step.body["call"][2]
        told = {"items": data["products"], **{name: data[name] for name in ("order_price", "order_delivery")}}
        told |= self._who(walk.visitor.person, rng)
        order = replace(step.order, person=walk.visitor.person.label)
        if rng.random() < 0.5:
            copy = Step({}, "purchase", order=step.order, repeat=True)
            yield self._push(told, copy, at + rng.randrange(2_000, 20_000))
            return
        for name in ("order_price", "order_delivery"):
            told[name] = round(told[name] + 1, 2)
        yield self._push(told, Step({}, "purchase", order=order), at - rng.randrange(200, 900))

    def _state(self, order_id: str, at: int, rng: random.Random) -> Iterator[Delivery]:
        """A few orders are cancelled within three days, or come back within two weeks."""
        chance = rng.random()
        if chance < self.scenario.cancelled:
            status, later = "cancelled", rng.randrange(HOUR, 72 * HOUR)
        elif chance < self.scenario.cancelled + self.scenario.returned:
            status, later = "refunded", rng.randrange(20 * HOUR, 14 * 24 * HOUR)
        else:
            return
        state = {"id": order_id, "status": status}
        body = {"shop_id": self.shop_id, "shop_secret": self.secret, "orders": [state]}
        step = Step(state, "order_status", status=status)
        told = Delivery(at + later, _encoder.encode(body), _HEADERS, [(0, step)], path="/sync/orders")
        yield from self._twice(told, rng)

    def _who(self, person: Person, rng: random.Random) -> dict[str, str]:
        return person.says(rng, ("external_id", "email", "phone"))

    def _push(self, told: Mapping[str, Any], step: Step, at: int) -> Delivery:
        order = step.order
        assert order is not None, "servers push orders"
        body = {"shop_id": self.shop_id, "event": "purchase", "order_id": order.order_id, **told}
        return Delivery(at, _encoder.encode(body), _HEADERS, [(0, step)], path="/push")

    def _abroad(self, walk: Walk, order: TrueOrder, at: int, rng: random.Random) -> Delivery:
        """One event a line, as that protocol has it; the first stands for the order in the truth."""
        payload = [
            {
                "eventId": f"{order.order_id}-{place}",
                "timestamp": at,
                "profileId": walk.visitor.did,
                "sessionId": walk.sid,
                "data": _line_of(order, line),
            }
            for place, line in enumerate(order.lines)
        ]
        received = at + rng.randrange(40, 400)
        steps: Sequence[tuple[int, Step]] = [
            (received - at, Step({}, "purchase", order=order)) for _ in payload
        ]
        body = _encoder.encode({"track": [{"name": "Product ordered", "payload": payload}]})
        headers = {**_HEADERS, "authorization": f"ApiKey hearth.{self.secret}"}
        return Delivery(received, body, headers, steps, walk, path=ABROAD, params=_NAMES)

    def _twice(self, told: Delivery, rng: random.Random) -> Iterator[Delivery]:
        """Some answers get lost, and the server tells again."""
        yield told
        if rng.random() < self.scenario.duplicates:
            yield replace(told, received=told.received + rng.randrange(1_000, 60_000), again=True)


def _line_of(order: TrueOrder, line: TrueLine) -> dict[str, Any]:
    return {
        "productId": line.product_id,
        "quantity": line.quantity,
        "price": str(line.revenue / line.quantity),
        "currency": order.currency,
        "orderId": order.order_id,
    }
