"""How often an item was wanted lately (docs/wire/r46.md §5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from collector.history.statements import rows
from collector.store import Reader
from collector.wire import Shop, Told

DAILY = timedelta(hours=24)
COUNTED = ("view", "cart", "purchase")


def counters(reader: Reader, shop: Shop, params: Mapping[str, str], now: datetime) -> Told:
    """Views, additions to carts and orders of the last day and of the shop's short window.

    Each event and each order counts once, bots do not count.
    """
    day, recent = now - DAILY, now - timedelta(minutes=shop.now_window_min)
    item = params.get("item", "")
    found = rows(
        reader, "counters", shop=shop.shop_id, item=item, day=day, recent=recent, since=min(day, recent)
    )
    daily = {row["what"]: row["daily"] for row in found}
    lately = {row["what"]: row["recent"] for row in found}
    return {
        "daily": {what: daily.get(what, 0) for what in COUNTED},
        "now": {what: lately.get(what, 0) for what in COUNTED},
    }
