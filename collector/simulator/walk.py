"""One visit: pages, calls a shop's pages make, the cart, and what each touch was worth.

A walk knows what is true; it does not know requests. It writes posts: the calls of one
moment on one page, which the browser sends together.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from collector.simulator.audience import Arrival, Tool, Visitor, random_text
from collector.simulator.catalogue import Product, products
from collector.simulator.pages import Step, item, link, page_view, purchase
from collector.simulator.truth import HOME, Pair, TrueLine, TrueOrder

MESSAGE_MS = 48 * 3_600_000
RATES = {"CHF": 950, "GBP": 840, "PLN": 4_300, "USD": 1_080}
"""Prices of another currency, for a thousand of the shop's own; of one that is not here the same."""

Anonymity = Literal["", "gpc", "no_did"]


@dataclass(slots=True)
class Post:
    """Calls of one page that leave together at `at` (true milliseconds)."""

    at: int
    page: str
    ref: str
    pv: str
    source: tuple[str, str, int] | None
    steps: list[Step] = field(default_factory=list)


class Walk:
    """A visit in progress. Every public method is something the visitor does."""

    def __init__(
        self,
        rng: random.Random,
        visitor: Visitor,
        arrival: Arrival,
        *,
        start: int,
        origin: str,
        anonymity: Anonymity,
        new_order_id: Callable[[], str],
        cart: dict[str, int],
    ) -> None:
        self.rng = rng
        self.visitor = visitor
        self.arrival = arrival
        self.anonymity: Anonymity = anonymity
        self.sid = random_text(rng, 10)
        self.now = start
        self.posts: list[Post] = []
        self.foreign: list[tuple[int, TrueOrder]] = []  # paid at `now` in a shop of another currency
        self.introduces = False  # the person says for the first time who they are
        self.cart = cart
        self.tool: Pair | None = None  # of this product page's address
        self.came_by: Tool | None = None
        self.product: Product | None = None
        self.touched: dict[str, Pair] = {}  # the touch that would earn the product now
        self.banned: set[str] = set()
        self.origin = origin
        self._new_order_id = new_order_id
        self._page = arrival.referrer
        self._ref = ""
        self._pv = ""

    def land(self, path: str, *steps: Step) -> None:
        """The first page: a session starts; a message that was clicked is reported."""
        opening = [Step({"call": ["track", "session_start"]}, "session_start")]
        message = self.arrival.message
        if message is not None:
            by, code = message
            self.visitor.message = (by, code, self.now)
            clicked = {"path": "/track/clicked", "type": by, "code": code}
            opening.append(Step(clicked, "custom", touch=("message_click", by, code)))
        self._go(path + ("?" + self.arrival.query if self.arrival.query else ""))
        self.post(*opening, page_view(), *steps)

    def open(self, path: str, *steps: Step, referrer: str = "") -> None:
        """Another page, after reading this one."""
        self.read()
        self.tool = self.product = self.came_by = None
        self._go(path)
        if referrer:
            self._ref = referrer
        self.post(page_view(), *steps)

    def view(self, product: Product, tool: Tool | None = None, code: str = "", *, land: bool = False) -> None:
        """A product's page, plainly or by a tool's link."""
        pair: Pair | None = (tool.by, code or tool.code or None) if tool else None
        step = Step({"call": ["track", "view", item(product, stock=True)]}, "view_item")
        path = f"/p/{product.product_id}"
        if land:
            self.land(path, step)
        else:
            self._touch(step, "click", product, pair, in_call=False)
            self.open(path + link(pair), step)
        self.product, self.tool, self.came_by = product, pair, tool

    def search(self, query: str, found: list[str]) -> None:
        """The search page; one page in ten does not report its results."""
        bare = self.rng.random() < 0.1
        data: Any = query if bare else {"query": query, "results": found[:20]}
        step = Step({"call": ["track", "search", data]}, "search", term=query)
        step.found = None if bare else bool(found)
        self.open(f"/search?q={quote(query)}", step)

    def add(self, product: Product, pair: Pair | None = None) -> None:
        """Into the cart. On the product's own page its link's tool is credited as well."""
        if product.product_id in self.banned:
            return
        rng = self.rng
        self.read()
        on_page = self.product is product
        count = 2 if rng.random() < 0.15 else 1
        bare = count == 1 and on_page and rng.random() < 0.15
        data: Any = product.product_id if bare else {**item(product), "amount": count}
        step = Step({"call": ["track", "cart", data]}, "add_to_cart")
        self._touch(step, "add", product, pair or (self.tool if on_page else None), in_call=pair is not None)
        self.cart[product.product_id] = self.cart.get(product.product_id, 0) + count
        self.post(step)

    def remove(self, product_id: str) -> None:
        """All of one article out of the cart: what was touched before earns nothing."""
        self.read()
        del self.cart[product_id]
        self.touched.pop(product_id, None)
        self.post(Step({"call": ["track", "remove_from_cart", product_id]}, "remove_from_cart"))

    def reduce(self, product_id: str) -> None:
        """One less of an article of which two or more are in the cart."""
        self.read()
        self.cart[product_id] -= 1
        data = {"id": product_id, "amount": 1}
        self.post(Step({"call": ["track", "remove_from_cart", data]}, "remove_from_cart"))

    def snapshot(self) -> Step:
        """The whole cart, as the cart page reports it."""
        lines = [{"id": product_id, "amount": count} for product_id, count in self.cart.items()]
        return Step({"call": ["track", "cart", lines]}, "cart_update")

    def empty(self) -> None:
        """The cart is cleared; nothing that was touched so far is bought any more."""
        self.read()
        self.banned |= self.touched.keys() | self.cart.keys()
        self.cart.clear()
        self.touched.clear()
        self.post(self.snapshot())

    def sign_in(self) -> Step:
        """The visitor says who they are."""
        person = self.visitor.person
        self.introduces |= not person.introduced
        profile = person.says(self.rng, ("id", "email", "phone"))
        return Step({"call": ["profile", "set", profile]}, "identify", login=person.label)

    def order(self, *, percent: int = 0, pair: Pair | None = None) -> Step:
        """An order of the whole cart; `pair` is a tool named on the purchase itself."""
        order = self._order(self.cart, percent=percent, pair=pair)
        for product_id in self.cart:
            self.touched.pop(product_id, None)
        self.cart.clear()
        return purchase(order, percent, pair)

    def first_half(self) -> Step:
        """One piece of the first article paid by itself; what helped it helps the others as well."""
        product_id = next(iter(self.cart))
        self.cart[product_id] -= 1
        return purchase(self._order({product_id: 1}), 0)

    def order_abroad(self, currency: str) -> None:
        """The whole cart paid in the currency; that shop's server tells the order, no page does."""
        order = self._order(self.cart, currency=currency, rate=RATES.get(currency, 1_000))
        for product_id in self.cart:
            self.touched.pop(product_id, None)
        self.cart.clear()
        self.foreign.append((self.now, order))

    def _order(
        self,
        cart: dict[str, int],
        *,
        percent: int = 0,
        pair: Pair | None = None,
        currency: str = HOME,
        rate: int = 1_000,
    ) -> TrueOrder:
        lines = tuple(
            TrueLine(
                product_id,
                count,
                price_in(products()[product_id], rate) * count * (100 - percent) / 100,
                None if self.anonymity else self.touched.get(product_id, pair),
            )
            for product_id, count in cart.items()
        )
        revenue = sum((line.revenue for line in lines), Decimal(0))
        known = None if self.anonymity else self.sid
        return TrueOrder(self._new_order_id(), known, revenue, lines, currency=currency)

    def amend(self, step: Step) -> Step:
        """The order of that step once more under its id, with one piece more of its first article."""
        before = step.order
        assert before is not None, "only a purchase can be amended"
        first = before.lines[0]
        piece = first.revenue / first.quantity
        line = replace(first, quantity=first.quantity + 1, revenue=first.revenue + piece)
        order = replace(before, lines=(line, *before.lines[1:]), revenue=before.revenue + piece, edited=True)
        code = step.body["call"][2].get("promocode", "SAVE0")
        return purchase(order, int(code.removeprefix("SAVE")))

    def post(self, *steps: Step) -> None:
        """Calls on the page where the visitor is."""
        message = self.visitor.message
        fresh = message if message and self.now - message[2] < MESSAGE_MS and not self.anonymity else None
        self.posts.append(Post(self.now, self._page, self._ref, self._pv, fresh, list(steps)))

    def read(self, seconds: float = 22) -> None:
        """Time passes: at least three seconds, seldom many, never a session's gap."""
        self.now += 3_000 + min(int(self.rng.expovariate(1 / seconds) * 1000), 900_000)

    def _go(self, path: str) -> None:
        self._ref, self._page = self._page, self.origin + path
        self._pv = random_text(self.rng, 8)

    def _touch(self, step: Step, kind: str, product: Product, pair: Pair | None, *, in_call: bool) -> None:
        """The step names the tool, in the call as a page would, or beside it as the script does."""
        if pair is None:
            return
        by, code = pair
        if in_call:
            step.body["call"][2] |= {"recommended_by": by, **({"recommended_code": code} if code else {})}
        else:
            step.body |= {"by": by, **({"code": code} if code else {})}
        step.touch = (kind, by, code)
        self.touched[product.product_id] = pair


def price_in(product: Product, rate: int) -> Decimal:
    """The price in another currency, in whole hundredths."""
    return Decimal(product.cents * rate // 1_000).scaleb(-2)
