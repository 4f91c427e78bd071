"""What being treated does: arm B pays more readily for what a tool helped to fill the cart with."""

from __future__ import annotations

from collector.simulator.audience import tools
from collector.simulator.scenario import ALL, Scenario
from collector.simulator.truth import Chances, Pair
from collector.simulator.walk import Walk


def chance_to_pay(walk: Walk, pay: float, scenario: Scenario, chances: Chances) -> float:
    """How likely the cart is paid: arm B of a test more readily, by the tools that filled it."""
    pays = min(1.0, pay * scenario.pays)
    if walk.anonymity:
        return pays
    helped = {_place(pair) for product_id, pair in walk.touched.items() if product_id in walk.cart}
    lift = 1.0
    for place, gain in scenario.uplift.items():
        lift *= 1 + gain if place == ALL or place in helped else 1
    treated = min(1.0, pays * lift)
    chances.untreated += pays
    chances.treated += treated
    return treated if walk.visitor.segment == "B" else pays


def places() -> tuple[str, ...]:
    """Where a tool may stand, as an uplift names it."""
    return tuple(dict.fromkeys((*tools(), *(tool.by for tool in tools().values() if not tool.code))))


def _place(pair: Pair) -> str:
    """Where on the pages the tool stands: what audience.toml calls it."""
    by, code = pair
    return code if code in tools() else by
