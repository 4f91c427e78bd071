"""Random histories of a few visitors, dense in what makes derived tables hard."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from collector.event import Event
from collector.ids import is_keyed
from tests.store.world import START, Sender, item, purchase_id

MINUTE = timedelta(minutes=1)
STEPS = (
    timedelta(seconds=1),
    MINUTE,
    40 * MINUTE,
    timedelta(seconds=7199),
    timedelta(seconds=7200),
    200 * MINUTE,
)
PAGES = (
    "https://shop.example/",
    "https://shop.example/?utm_source=mail",
    "https://shop.example/#top",
    "https://shop.example/kettles?page=2",
    None,
)
ITEMS = ("a", "b", "c")


MARKS = {
    "email": ("a@x", "b@x", "c@x"),
    "phone": ("+1", "+2"),
    "user_id": ("u1", "u2", "u3"),
    "ids": ({"loyalty_id": "L1"}, {"loyalty_id": "L2"}, {"pushToken": "t"}),
    "alias": (({"type": "user_id", "value": "u3"},),),
}
"""What tells who somebody is, shared by the visitors of a history."""


def history(seed: int, requests: int = 60, identified: float = 0.0) -> list[bytes]:
    """Records in the order of the log: late events, repeated requests, reused sessions, edited orders.

    `identified`: the share of requests whose events state who they are about.
    """
    sender = Sender(seed)
    random = sender.random
    clocks = {visitor: START + timedelta(minutes=random.randrange(600)) for visitor in range(4)}
    dated: list[tuple[datetime, bytes]] = []
    for number in range(requests):
        visitor = random.randrange(4)
        clocks[visitor] += random.choice(STEPS)
        events = [
            _event(sender, visitor, clocks[visitor], number, seq) for seq in range(random.randint(1, 3))
        ]
        if random.random() < identified:
            events = [structs.replace(event, **_marks(sender)) for event in events]
        late = timedelta(minutes=random.choice((0, 0, 0, 10, 150, 700)))
        received = clocks[visitor] + late
        agent = random.choice(("Firefox", "Firefox", "bot/1"))
        endpoint = random.choice(("rees46.push", "rees46.collect"))
        events = [_losing(sender, events[0]), *events[1:]]
        sent = sender.request(events, received_at=received, user_agent=agent, endpoint=endpoint)
        dated.append((received, sent))
        if random.random() < 0.2:
            again = received + timedelta(minutes=random.choice((0, 1, 300)))
            repeated = [event if is_keyed(event.event_id) else _afresh(sender, event) for event in events]
            sent = sender.request(repeated, received_at=again, user_agent=agent, endpoint=endpoint)
            dated.append((again, sent))
    random.shuffle(dated)
    dated.sort(key=lambda pair: pair[0] + timedelta(minutes=random.choice((0, 0, 90))))
    return [line for _, line in dated]


def _marks(sender: Sender) -> dict[str, Any]:
    names = sender.random.sample(("email", "email", "phone", "user_id", "user_id", "ids", "alias"), 2)
    return {name: sender.random.choice(MARKS[name]) for name in names[: sender.random.choice((1, 1, 2))]}


def _afresh(sender: Sender, event: Event) -> Event:
    """The same event sent again: without a key it is another one."""
    return structs.replace(event, event_id=sender.new_id(event.ts))


def _losing(sender: Sender, event: Event) -> Event:
    """Sometimes the first event of a request tells what its page had to give up, or something else."""
    lost = sender.random.choice((None, None, None, None, 1, 7, 0, -3, "x", 10**12))
    return event if lost is None else structs.replace(event, props={**event.props, "lost": lost})


def _event(sender: Sender, visitor: int, clock: datetime, number: int, seq: int) -> Event:
    random = sender.random
    fields: dict[str, Any] = {"device_id": f"d{visitor}"}
    if random.random() < 0.75:
        fields["session_id"] = f"s{visitor}-{random.randrange(2)}"
    if random.random() < 0.05:
        fields = {"user_id": "u1"} if random.random() < 0.5 else {}
    ts = clock + timedelta(seconds=random.choice((0, 0, 1, 5)))
    kind = random.choice(_KINDS)
    made: Event = kind(sender, ts, fields, f"{number}.{seq}")
    return made


def _page(sender: Sender, ts: datetime, fields: dict[str, Any], _: str) -> Event:
    url = sender.random.choice(PAGES)
    page = sender.random.choice((None, *(f"pv{number}" for number in range(12))))
    return sender.event("page_view", ts, page_url=url, page_view_id=page, **fields)


def _view(sender: Sender, ts: datetime, fields: dict[str, Any], _: str) -> Event:
    tool = sender.random.choice((None, "dynamic", "bulk"))
    sent_at = ts - timedelta(minutes=sender.random.choice((0, 5, 500)))
    props = {"msg_from": tool, "msg_at": int(sent_at.timestamp() * 1000)} if tool == "bulk" else {}
    return sender.event(
        "view_item", ts, items=(item(_item(sender)),), recommended_by=tool, props=props, **fields
    )


def _add(sender: Sender, ts: datetime, fields: dict[str, Any], _: str) -> Event:
    quantity = str(sender.random.randint(1, 2))
    return sender.event("add_to_cart", ts, items=(item(_item(sender), quantity, "10"),), **fields)


def _remove(sender: Sender, ts: datetime, fields: dict[str, Any], _: str) -> Event:
    notes = sender.random.choice(((), (), ("remove_all",)))
    return sender.event("remove_from_cart", ts, items=(item(_item(sender), "1"),), notes=notes, **fields)


def _cart(sender: Sender, ts: datetime, fields: dict[str, Any], _: str) -> Event:
    chosen = sender.random.sample(ITEMS, sender.random.randrange(3))
    items = tuple(item(name, str(sender.random.randint(1, 2))) for name in chosen)
    return sender.event("cart_update", ts, items=items, is_full=True, **fields)


def _purchase(sender: Sender, ts: datetime, fields: dict[str, Any], _: str) -> Event:
    random = sender.random
    key = f"o{random.randrange(8)}"
    price = random.choice(("9.99", "10", "0", None))
    value = random.choice((None, "21", "33.33", "100"))
    status = random.choice((None, None, "CANCELLED"))
    names = random.sample(ITEMS, random.randint(1, 3))
    return sender.event(
        "purchase",
        ts,
        event_id=purchase_id(key, *names, str(price), str(value), str(status)),
        order_key=key,
        transaction_id=key,
        items=tuple(item(name, str(random.randint(1, 3)), price) for name in names),
        value=value,
        shipping=random.choice((None, "5")),
        order_status=status,
        **fields,
    )


def _keyed(sender: Sender, ts: datetime, fields: dict[str, Any], name: str) -> Event:
    source = sender.random.choice(("client", "server"))
    return sender.event(
        "search", ts, event_id=purchase_id("eid", name), ts_source=source, search_term="x", **fields
    )


def _item(sender: Sender) -> str:
    return sender.random.choice(ITEMS)


_KINDS = (_page, _page, _view, _view, _add, _add, _remove, _cart, _purchase, _keyed)
