"""How a visitor decides: what to open, what to take, when to leave.

Every decision is a draw from the walk's own random numbers, so a seed is a history.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from collector.simulator.audience import queries, tools
from collector.simulator.catalogue import Product, bought_together, categories, products, search, similar
from collector.simulator.effect import chance_to_pay
from collector.simulator.pages import Step
from collector.simulator.scenario import Scenario
from collector.simulator.truth import Chances
from collector.simulator.walk import Walk

PAYMENT_PAGES = ("https://checkout.stripe.com/c/pay/cs_live_a1", "https://www.paypal.com/checkoutnow")

SIGNS_IN = 0.08  # of people with an account, before they shop
PLAIN_CART = 0.1  # chance to take a product that no tool showed


@dataclass(frozen=True, slots=True)
class Mood:
    """How long somebody stays, how readily they take things, and whether they pay."""

    weight: float
    leave: float  # chance to leave after each page
    take: float  # factor on the chance to put a product into the cart
    pay: float  # chance to check out what is in the cart


MOODS = (Mood(63, 0.68, 0.2, 0.05), Mood(29, 0.30, 0.7, 0.26), Mood(8, 0.14, 2.6, 0.66))


def stroll(walk: Walk, scenario: Scenario, chances: Chances, *, signs_in: bool = False) -> None:
    """A whole visit, from the landing to the last page; its chances to pay are added to `chances`.

    `signs_in`: at some moment, because another person did so before.
    """
    rng = walk.rng
    mood = rng.choices(MOODS, weights=[one.weight for one in MOODS])[0]
    _land(walk)
    has_account = walk.visitor.person.account and not walk.anonymity
    early = rng.random()
    if signs_in or (has_account and early < SIGNS_IN):
        if rng.random() < 0.5:
            _next(walk, mood)
        walk.read()
        walk.post(walk.sign_in())
    for _ in range(30):
        if rng.random() < mood.leave:
            break
        _next(walk, mood)
    if walk.cart and rng.random() < chance_to_pay(walk, mood.pay, scenario, chances):
        _check_out(walk, mood, scenario)


def _land(walk: Walk) -> None:
    chance = walk.rng.random()
    if walk.arrival.message is not None or walk.arrival.channel == "direct":
        chance *= 0.6
    if chance < 0.45:
        walk.land("/")
    elif chance < 0.6:
        shelf = walk.rng.choice(categories())
        walk.land(f"/c/{shelf.category_id}", _shelf_call(shelf.category_id))
    else:
        walk.view(_popular(walk.rng), land=True)


def _next(walk: Walk, mood: Mood) -> None:
    if walk.product is not None:
        _at_product(walk, mood, walk.product)
    elif walk.cart and walk.rng.random() < 0.15:
        _at_cart(walk, mood)
    else:
        _browse(walk)


def _at_product(walk: Walk, mood: Mood, product: Product) -> None:
    rng, tool = walk.rng, tools()
    came_by = walk.came_by
    ease = 1.3 if product.cents < 3_000 else 0.5 if product.cents > 10_000 else 1.0
    if rng.random() < (came_by.cart if came_by else PLAIN_CART) * mood.take * ease:
        walk.add(product)
        together = tool["bought_together"]
        if rng.random() < together.cart:
            walk.add(rng.choice(bought_together(product.product_id)), (together.by, together.code))
    chance = rng.random()
    if chance < tool["similar_items"].click:
        walk.view(rng.choice(similar(product.product_id)), tool["similar_items"])
    elif chance < tool["similar_items"].click + tool["bought_together"].click:
        walk.view(rng.choice(bought_together(product.product_id)), tool["bought_together"])
    elif walk.cart and chance < 0.45:
        _at_cart(walk, mood)
    else:
        _browse(walk)


def _browse(walk: Walk) -> None:
    rng, tool = walk.rng, tools()
    chance = rng.random()
    if chance < 0.10:
        _search(walk)
    elif chance < 0.14:
        query = rng.choice(queries()[0])
        walk.view(rng.choice(search(query)[:3]), tool["instant_search"], query)
    elif chance < 0.30:
        walk.open("/")
        if rng.random() < tool["home_hits"].click:
            walk.view(_popular(rng), tool["home_hits"])
        elif rng.random() < tool["look_book"].click:
            walk.view(_popular(rng), tool["look_book"])
        elif rng.random() < 0.004 and not walk.cart:
            _one_click(walk)
    elif chance < 0.72:
        _shelf(walk)
    else:
        walk.view(_popular(rng))


def _shelf(walk: Walk) -> None:
    rng, tool = walk.rng, tools()
    shelf = rng.choice(categories())
    walk.open(f"/c/{shelf.category_id}", _shelf_call(shelf.category_id))
    if rng.random() < tool["category_popular"].click:
        walk.view(rng.choice(shelf.products[:4]), tool["category_popular"])
    elif rng.random() < tool["listing"].click:
        walk.view(rng.choice(shelf.products), tool["listing"])
    elif rng.random() < 0.5:
        walk.view(rng.choice(shelf.products))


def _search(walk: Walk) -> None:
    rng = walk.rng
    fruitful, fruitless = queries()
    query = rng.choice(fruitless if rng.random() < 0.12 else fruitful)
    found = search(query)
    walk.search(query, [product.product_id for product in found])
    if found and rng.random() < tools()["full_search"].click:
        walk.view(rng.choice(found[:6]), tools()["full_search"], query)


def _at_cart(walk: Walk, mood: Mood) -> None:
    rng = walk.rng
    walk.open("/cart", *([walk.snapshot()] if rng.random() < 0.4 else ()))
    chance = rng.random()
    product_id = rng.choice(list(walk.cart))
    if chance < 0.12:
        walk.remove(product_id)
    elif chance < 0.15 and walk.cart[product_id] > 1:
        walk.reduce(product_id)
    elif chance < 0.17:
        walk.empty()
    upsell = tools()["cart_upsell"]
    if walk.cart and rng.random() < upsell.cart * mood.take / 2:
        walk.add(rng.choice(bought_together(next(iter(walk.cart)))), (upsell.by, upsell.code))


def _check_out(walk: Walk, mood: Mood, scenario: Scenario) -> None:
    rng = walk.rng
    if rng.random() < 0.7:
        _at_cart(walk, mood)
    if not walk.cart:
        return
    walk.open("/checkout", Step({"call": ["track", "checkout_started"]}, "custom"))
    if walk.visitor.person.account and not walk.anonymity:
        walk.post(walk.sign_in())
    currencies = list(scenario.currencies)
    share = rng.random() - sum(scenario.currencies.values())
    if share < 0 and not walk.anonymity:
        walk.open("/thank-you")
        walk.order_abroad(rng.choices(currencies, weights=list(scenario.currencies.values()))[0])
    else:
        _pay(walk, scenario)


def _pay(walk: Walk, scenario: Scenario) -> None:
    rng = walk.rng
    bought = next(iter(walk.cart))
    if rng.random() < scenario.split and sum(walk.cart.values()) > 1 and walk.cart[bought] > 1:
        walk.open("/thank-you", walk.first_half())
        walk.now += 60_000
    step = walk.order(percent=rng.choices((0, 10, 20), weights=(86, 9, 5))[0])
    walk.open("/thank-you", step, referrer=rng.choice(PAYMENT_PAGES) if rng.random() < 0.3 else "")
    if rng.random() < scenario.reloads:
        walk.open("/thank-you", Step(step.body, "purchase", order=step.order, repeat=True))
    if rng.random() < scenario.edited:
        walk.read()
        walk.post(walk.amend(step))
    if rng.random() < 0.02:
        _again(walk, products()[bought])


def _again(walk: Walk, product: Product) -> None:
    """The same article once more, ten minutes later: the touch has been used up."""
    walk.now += 600_000
    walk.view(product)
    walk.add(product)
    if walk.cart:
        walk.open("/thank-you", walk.order())


def _one_click(walk: Walk) -> None:
    """Bought from a block without a product page: only the purchase names the tool."""
    hits = tools()["home_hits"]
    product = _popular(walk.rng)
    if product.product_id in walk.touched or product.product_id in walk.banned:
        return
    walk.cart[product.product_id] = 1
    walk.open("/thank-you", walk.order(pair=(hits.by, hits.code)))
    walk.banned.add(product.product_id)


def _shelf_call(category_id: str) -> Step:
    return Step({"call": ["track", "category", category_id]}, "view_item_list")


def _popular(rng: random.Random) -> Product:
    goods, totals = _popularity()
    return rng.choices(goods, cum_weights=totals)[0]


@cache
def _popularity() -> tuple[list[Product], list[float]]:
    """A few products are wanted by many: the n-th of a fixed shuffle weighs 1/(n+5)."""
    goods = list(products().values())
    random.Random(46).shuffle(goods)  # noqa: S311
    return goods, list(accumulate(1 / (place + 5) for place in range(len(goods))))
