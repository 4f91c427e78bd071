"""Random shops for tests of the feeds, told twice: as records, and as plain rows for an oracle.

Every event has a moment of its own, so that "the last" is never two.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from collector.event import Event, Item
from collector.ids import keyed_id
from collector.wire import Shop
from tests.store.world import START, Sender, item

SHOP = Shop(shop_id="shop-1", origins=("https://shop.example",))
PRODUCTS = tuple(f"p{number}" for number in range(6))
OWNERS = {"d0": "ann@shop.example", "d1": "ann@shop.example", "d2": "bob@shop.example"}
"""Who signs in on which device; the others stay nobody's."""

DEVICES = (*OWNERS, "d3", "d4")
NOW = START + timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened. `items` are product and quantity; `order` and `version` of a purchase."""

    at: datetime
    device: str
    what: str  # view, add, remove, remove_all, snapshot, buy, cancel, sign_in
    items: tuple[tuple[str, int], ...] = ()
    order: str = ""
    bot: bool = False
    told: dict[str, str] = field(default_factory=dict, hash=False)  # name, price, url, picture, page


def owner(device: str) -> str:
    """Devices of one address are one visitor."""
    return OWNERS.get(device, device)


def history(seed: int, length: int = 200) -> list[Row]:
    """What happened in `NOW`'s last forty days, in order."""
    dice = random.Random(seed)
    moments = sorted(dice.sample(range(int((NOW - START).total_seconds()) - 1), length))
    rows = [Row(START - timedelta(seconds=9 - n), device, "sign_in") for n, device in enumerate(OWNERS)]
    orders: list[str] = []
    for moment in moments:
        at = START + timedelta(seconds=moment)
        what = dice.choice(("view",) * 6 + ("add",) * 6 + ("buy",) * 4 + _CHANGES)
        chosen = tuple((name, dice.randint(1, 3)) for name in dice.sample(PRODUCTS, dice.randint(1, 3)))
        fields: dict[str, Any] = {"bot": dice.random() < 0.1}
        if what in ("view", "add", "remove", "remove_all"):
            chosen = chosen[:1]
        if what == "view":
            fields["told"] = _told(dice, chosen[0][0])
        if what == "snapshot" and dice.random() < 0.3:
            chosen = ()
        if what == "buy":
            again = orders and dice.random() < 0.15
            fields["order"] = dice.choice(orders) if again else f"o{len(orders)}"
            if not again:
                orders.append(fields["order"])
        if what == "cancel":
            fields["order"] = dice.choice(orders or ["o-none"])
        rows.append(Row(at, dice.choice(DEVICES), what, chosen, **fields))
    return rows


_CHANGES = ("remove", "remove", "remove_all", "remove_all", "snapshot", "cancel")


def _told(dice: random.Random, product: str) -> dict[str, str]:
    told = {
        "name": f"Kettle {product} {dice.randint(1, 3)}",
        "price": str(dice.choice((9.5, 12, 20.25))),
        "url": f"https://shop.example/p/{product}",
        "picture": f"https://pictures.example/{product}-{dice.randint(1, 2)}.jpg",
        "page": f"https://shop.example/goods/{product}?utm_source=mail&recommended_by=dynamic#top",
    }
    return {name: value for name, value in told.items() if dice.random() < 0.7}


def records(rows: list[Row], seed: int = 1) -> list[bytes]:
    """A request a row, in their order."""
    sender = Sender(seed)
    return [
        sender.request([event(sender, row, n)], user_agent="bot/1" if row.bot else "Firefox")
        for n, row in enumerate(rows)
    ]


def event(sender: Sender, row: Row, number: int) -> Event:
    """The canonical event of a row; the number is the sender's own id, so that a repeat is known."""
    fields: dict[str, Any] = {"device_id": row.device, "session_id": f"s-{row.device}"}
    fields["event_id"] = keyed_id("shop-1", "rees46", "eid", str(number))
    items = tuple(item(name, str(quantity), "10") for name, quantity in row.items)
    match row.what:
        case "sign_in":
            return sender.event("identify", row.at, email=OWNERS[row.device], **fields)
        case "view":
            return sender.event(
                "view_item", row.at, items=(_described(row),), page_url=row.told.get("page"), **fields
            )
        case "add":
            return sender.event("add_to_cart", row.at, items=items, **fields)
        case "snapshot":
            return sender.event("cart_update", row.at, items=items, is_full=True, **fields)
        case "remove":
            return sender.event("remove_from_cart", row.at, items=items, **fields)
        case "remove_all":
            return sender.event("remove_from_cart", row.at, items=items, notes=("remove_all",), **fields)
        case "buy":
            return sender.event("purchase", row.at, items=items, order_key=row.order, **fields)
        case _:
            fields = {"event_id": fields["event_id"], "order_key": row.order, "order_status": "CANCELLED"}
            return sender.event("order_status", row.at, **fields)


def _described(row: Row) -> Item:
    told = row.told
    props = {name: told[key] for name, key in (("url", "url"), ("image", "picture")) if key in told}
    return item(row.items[0][0], None, told.get("price"), item_name=told.get("name"), props=props)
