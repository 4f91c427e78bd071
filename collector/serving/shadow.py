"""Shadow mode for commands: what pages show of a vendor, as plain values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.control import Control
from collector.errors import OperatorError
from collector.forwarder.reading import Reading, ledger_file
from collector.serving.engine import Engine
from collector.settings import Settings
from dashboard.answers import Sources, answer
from dashboard.filters import parse
from dashboard.now import LiveTables
from dashboard.scope import Scope, scope_of
from dashboard.shadow import rules
from dashboard.shadow.view import CHOICE, CLAIMS, DELIVERY, ORDERS

PATH = "/-/shadow"
MOST_ORDERS = 1_000_000


def shadow(
    settings: Settings, engine: Engine, control: Control, params: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """Days of the period with both sides and what was delivered, and with `orders` every order.

    Raises OperatorError for an unknown shop, period or rule.
    """
    scope = _scope(control, params, now)
    ledgers = _ledgers(settings)
    sources = Sources(engine.store.reader(), LiveTables(engine.tail, now), control, ledgers)
    names = (CHOICE, CLAIMS, DELIVERY, *((ORDERS,) if params.get("orders") else ()))
    found = asyncio.run(answer(sources, names, scope, page_offset=0, page_size=MOST_ORDERS))
    for name in names:
        missing = found.missing(name)
        if missing is not None:
            raise OperatorError(scope.words(missing.key, **missing.facts))
    return {name.rpartition("_")[2]: list(found[name].rows) for name in names}


def _ledgers(settings: Settings) -> Any:
    return lambda destination_id: Reading(ledger_file(settings.data, destination_id))


def _scope(control: Control, params: Mapping[str, str], now: datetime) -> Scope:
    shop = control.find(params.get("shop", ""))
    if shop is None:
        raise OperatorError(f"no shop has the id {params.get('shop', '')!r}; `r46 shop list` shows them")
    asked = {name: params.get(name, "") for name in ("period", "rule")}
    filters, notes = parse({"tab": "shadow", "code": params.get("vendor", ""), **asked})
    if notes:
        raise OperatorError(f"{notes[0].value!r} is not a {notes[0].name}")
    scope = scope_of(
        shop,
        filters,
        slug="destinations",
        now=now,
        shops=(shop,),
        tab="shadow",
        presets=tuple(control.presets.of(shop.shop_id)),
    )
    if filters.rule and filters.rule not in rules.offered(scope):
        raise OperatorError(f"{filters.rule!r} is no rule; one of {', '.join(rules.offered(scope))}")
    return scope
