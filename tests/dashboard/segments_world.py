"""Random small shops as rows, random rules about them, and who is meant by plain Python.

The oracle reads a rule as the JSON it is and the rows as they lie in the store; it shares
nothing with the grammar's classes, the compiler or the fragments but the words.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import duckdb

from dashboard.periods import months_before
from tests.dashboard import rfm_oracle
from tests.dashboard.shop_world import OTHER, SHOP, empty_store, fill

AS_OF = datetime(2026, 3, 18, 10, 30, tzinfo=UTC).replace(tzinfo=None)
ZONE = ZoneInfo(SHOP.timezone)
HOSTILE = ("it's", 'a"b', "100%", "_", "\\", "x' or 1=1 --", "\x01\x1b[2J", "ключ", "/a~b", "$shop")
VISITORS = tuple(f"v{number}" for number in range(9))
Row = dict[str, Any]
LANDED: Mapping[str, str] = {
    "https://x.example/p/37?utm_source=news#top": "x.example/p/37",
    "//x.example/p/37/": "x.example/p/37",
    "HTTP://x.example?a=b": "x.example",
    "https://x.example/sale": "x.example/sale",
}
"""Addresses on which sessions landed, and how a rule calls the page."""


@dataclass
class World:
    """Rows of one store, by table, and what its lists hold."""

    events: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    touches: list[Row] = field(default_factory=list)
    visitor_nodes: list[Row] = field(default_factory=list)
    visitor_ids: list[Row] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def store(self) -> duckdb.DuckDBPyConnection:
        db = empty_store()
        for table in ("events", "items", "sessions", "orders", "touches", "visitor_nodes", "visitor_ids"):
            rows = getattr(self, table)
            if rows:
                fill(db, table, rows)
        return db


def random_world(seed: int) -> World:
    rng = random.Random(seed)
    world = World()
    for number in range(rng.randrange(10, 80)):
        _event(world, rng, number)
    for number in range(rng.randrange(4, 40)):
        world.sessions.append(_session(rng, number))
    for number in range(rng.randrange(0, 25)):
        world.orders.append(_order(rng, number))
    _people(world, rng)
    for number in range(rng.randrange(4, 40)):
        world.touches.append(_touch(rng, number))
    return world


def _moment(rng: random.Random) -> datetime:
    """Around borders of days and of the moment itself, some of them later than it."""
    if rng.random() < 0.1:
        return AS_OF - timedelta(days=rng.choice([0, 1, 3, 7]))
    return AS_OF + timedelta(minutes=rng.randrange(-60 * 24 * 25, 60 * 24))


def _long_ago(rng: random.Random) -> datetime:
    """Around the day on which three months before the moment begin."""
    return datetime(2025, 12, 17, 23, tzinfo=UTC).replace(tzinfo=None) + timedelta(hours=rng.randrange(72))


def _event(world: World, rng: random.Random, number: int) -> None:
    event = rng.choice(["view_item", "purchase", "search", "custom", "identify", "view_item_list"])
    row: Row = {
        "shop_id": SHOP.shop_id if rng.random() < 0.93 else OTHER.shop_id,
        "ts": _moment(rng),
        "event": event,
        "event_id": f"00000000-0000-7000-8000-{number:012x}",
        "request_id": f"00000000-0000-7000-8000-{rng.randrange(4):012x}",
        "seq": number,
        "visitor_id": rng.choice(VISITORS) if rng.random() < 0.95 else None,
        "bot": rng.random() < 0.15,
        "custom_name": rng.choice(["size", HOSTILE[0]]) if event == "custom" else None,
        "order_key": rng.choice(["k1", "k2", None]) if event == "purchase" else None,
        "transaction_id": rng.choice(["t1", None]) if event == "purchase" else None,
        "search_term": rng.choice(["Lamp ", "lamp", "100%", None]) if event == "search" else None,
        "category_id": rng.choice(["7", None]) if event == "view_item_list" else None,
        "category_path": rng.choice(["Home", "Home / Lamps", None]) if event == "view_item_list" else None,
        "recommended_by": rng.choice(["dynamic", HOSTILE[5], None]),
        "recommended_code": rng.choice(["blk", None]),
        "ab_segment": rng.choice(["A", "B", None, None]),
        "user_id": rng.choice(["7", None, None, None, None]),
        "email": rng.choice(["a@b.example", None, None, None, None, None]),
        "phone": None,
        "props": _props(rng) if event == "identify" else None,
    }
    world.events.append(row)
    if event in ("view_item", "purchase", "view_item_list"):
        for line in range(rng.randrange(0, 3)):
            shared = ("shop_id", "ts", "event", "event_id", "visitor_id", "bot")
            item: Row = {name: row[name] for name in shared}
            item |= {
                "line": line,
                "item_id": rng.choice(["37", "lid", HOSTILE[1]]),
                "item_group_id": rng.choice(["37", "g", None]),
                "item_brand": rng.choice(["Hearth", HOSTILE[0], None]),
                "item_category": rng.choice(["Home", "Home / Lamps", "Homes", None]),
            }
            world.items.append(item)


def _props(rng: random.Random) -> str | None:
    told: dict[str, Any] = {}
    for name in ("tier", HOSTILE[8], 'a"b'):
        if rng.random() < 0.6:
            told[name] = rng.choice(["gold", 5, "5", "7.5", None, True, HOSTILE[0], "n/a"])
    if rng.random() < 0.5:
        told["segment_add"] = rng.choice(["vip", HOSTILE[0]])
    if rng.random() < 0.3:
        told["segment_remove"] = rng.choice(["vip", HOSTILE[0]])
    return json.dumps(told, separators=(",", ":")) if told else None


def _session(rng: random.Random, number: int) -> Row:
    return {
        "shop_id": SHOP.shop_id if rng.random() < 0.93 else OTHER.shop_id,
        "session_key": f"s{number}",
        "visitor_id": rng.choice(VISITORS),
        "started_at": _moment(rng),
        "bot": rng.random() < 0.15,
        "device_type": rng.choice(["desktop", "mobile", None]),
        "browser": rng.choice(["Firefox", HOSTILE[2], None]),
        "os": rng.choice(["Linux", None]),
        "channel": rng.choice(["direct", "email", None]),
        "utm_source": rng.choice(["news", HOSTILE[0], None]),
        "utm_medium": rng.choice(["mail", None]),
        "utm_campaign": rng.choice(["spring", None]),
        "landing_url": rng.choice([*LANDED, None]),
        "referrer_host": rng.choice(["find.example", HOSTILE[0], None]),
    }


def _touch(rng: random.Random, number: int) -> Row:
    return {
        "shop_id": SHOP.shop_id if rng.random() < 0.93 else OTHER.shop_id,
        "touch_id": f"t{number}",
        "event_id": f"00000000-0000-7000-8000-{number:012d}",
        "ts": _moment(rng),
        "visitor_id": rng.choice(VISITORS),
        "kind": rng.choice(["click", "add", "message", "impression"]),
        "family": "storefront",
        "recommended_by": rng.choice(["dynamic", HOSTILE[5]]),
        "recommended_code": rng.choice(["blk9", HOSTILE[1], None]),
        "bot": rng.random() < 0.15,
    }


def _order(rng: random.Random, number: int) -> Row:
    return {
        "shop_id": SHOP.shop_id if rng.random() < 0.93 else OTHER.shop_id,
        "order_key": f"o{number}",
        "placed_at": _long_ago(rng) if rng.random() < 0.25 else _moment(rng),
        "visitor_id": rng.choice(VISITORS) if rng.random() < 0.9 else None,
        "revenue": Decimal(rng.choice([0, 1000, 1001, 3333])) / 100,
        "currency": rng.choice(["EUR", "EUR", None, "USD"]),
        "bot": rng.random() < 0.15,
    }


def _people(world: World, rng: random.Random) -> None:
    """Nodes that are somebody, before a change of hands and after it, and identifiers of people."""
    for node in ("d1", "u:7", "v1"):
        if rng.random() < 0.6:
            change = _moment(rng)
            for since, until in (
                (datetime(1, 1, 1, tzinfo=UTC).replace(tzinfo=None), change),
                (change, datetime(9999, 1, 1, tzinfo=UTC).replace(tzinfo=None)),
            ):
                world.visitor_nodes.append(
                    {
                        "shop_id": rng.choice([SHOP.shop_id, SHOP.shop_id, OTHER.shop_id]),
                        "node": node,
                        "since": since,
                        "until": until,
                        "visitor_id": rng.choice(VISITORS),
                    }
                )
    for kind, value in (
        ("email", "a@b.example"),
        ("user_id", "9"),
        ("phone", "+4912345"),
        ("loyalty_id", "9"),
    ):
        if rng.random() < 0.7:
            world.visitor_ids.append(
                {
                    "shop_id": rng.choice([SHOP.shop_id, SHOP.shop_id, OTHER.shop_id]),
                    "visitor_id": rng.choice(VISITORS),
                    "kind": kind,
                    "value": value,
                    "first_at": _moment(rng),
                }
            )
    nodes = ["d1", "u:7", "v1", "v2", "e:a@b.example", "u:9", "p:+4912345", HOSTILE[5]]
    world.lists = {"l1": rng.sample(nodes, rng.randrange(1, 6)), "l2": []}


# Rules


def random_rule(rng: random.Random, depth: int = 0) -> Row:
    if depth < 3 and rng.random() < 0.45 - 0.1 * depth:
        kind = rng.choice(["all", "any", "not"])
        if kind == "not":
            return {"is": "not", "of": random_rule(rng, depth + 1)}
        return {"is": kind, "of": [random_rule(rng, depth + 1) for _ in range(rng.randrange(1, 4))]}
    return CONDITIONS[rng.choice(sorted(CONDITIONS))](rng)


def _days(rng: random.Random) -> Row:
    which = rng.randrange(4)
    if which == 0:
        return {"days": rng.choice([1, 3, 7, 30])}
    since = date(2026, 3, rng.randrange(1, 19))
    to = since + timedelta(days=rng.randrange(0, 9))
    told = {"since": since.isoformat(), "to": to.isoformat()}
    return [{}, {"since": told["since"]}, rng.choice([told, {"to": told["to"]}])][which - 1]


def _times(rng: random.Random) -> Row:
    return rng.choice(
        [{}, {"least": 2}, {"least": 0, "most": 0}, {"least": 0, "most": 1}, {"least": 1, "most": 2}]
    )


def _did(rng: random.Random) -> Row:
    event = rng.choice(["view_item", "view_item", "purchase", "search", "custom", "view_item_list"])
    found: Row = {"is": "did", "event": event, **_times(rng), **_days(rng)}
    if event == "custom":
        found["name"] = rng.choice(["size", HOSTILE[0], "none"])
    choices = {
        "product": ["37", "lid", HOSTILE[1]],
        "brand": ["Hearth", HOSTILE[0], "%"],
        "category": ["Home", "Home / Lamps", "7", "Ho"],
        "search_term": ["LAMP", "100%", HOSTILE[5]],
        "recommended_by": ["dynamic", HOSTILE[5]],
        "recommended_code": ["blk"],
    }
    for name, values in choices.items():
        if rng.random() < (0.35 if name == "category" else 0.12):
            found[name] = rng.choice(values)
    return found


def _orders(rng: random.Random) -> Row:
    measure = rng.choice(["count", "sum", "average", "days_since"])
    least, most = {
        "count": rng.choice([(1, None), (0, 1), (2, 3), (None, 2), (0, 0)]),
        "sum": rng.choice([("10", None), (None, "33.33"), ("10.01", "50"), ("0", "0")]),
        "average": rng.choice([("10", "10.01"), ("20", None), (None, "15.5")]),
        "days_since": rng.choice([(1, 5), (None, 3), (4, None)]),
    }[measure]
    bounds = {name: value for name, value in (("least", least), ("most", most)) if value is not None}
    return {"is": "orders", "measure": measure, **bounds, **_days(rng)}


def _property(rng: random.Random) -> Row:
    more: Row = rng.choice(
        [{}, {"values": ["gold", "5", "true"]}, {"values": [HOSTILE[0]]}, {"least": 5}, {"most": "7.5"}]
    )
    return {"is": "property", "name": rng.choice(["tier", HOSTILE[8], 'a"b', "none"]), **more}


CONDITIONS: Mapping[str, Callable[[random.Random], Row]] = {
    "identified": lambda rng: {"is": "identified"},
    "first_seen": lambda rng: {"is": "first_seen", **_days(rng)},
    "last_seen": lambda rng: {"is": "last_seen", **_days(rng)},
    "sessions": lambda rng: {"is": "sessions", **_times(rng), **_days(rng)},
    "did": _did,
    "orders": _orders,
    "rfm": lambda rng: {
        "is": "rfm",
        "cell": rng.choice(["51", "511", "11", "555", "55", "111"]),
        "method": rng.choice(["rees46", "quintiles"]),
        "months": rng.choice([3, 12]),
    },
    "device": lambda rng: {
        "is": "device",
        "part": rng.choice(["device_type", "browser", "os"]),
        "values": rng.choice([["mobile", "Firefox"], ["desktop", "Linux"], [HOSTILE[2], "mobile"]]),
        **_days(rng),
    },
    "arrival": lambda rng: {
        "is": "arrival",
        "part": rng.choice(["channel", "utm_source", "utm_medium", "utm_campaign", "landing", "referrer"]),
        "values": rng.choice(
            [["email", "mail", "x.example/p/37"], ["news", "direct"], [HOSTILE[0], "spring", "x.example"]]
        ),
        **_days(rng),
    },
    "touched": lambda rng: {
        "is": "touched",
        "recommended_by": rng.choice(["dynamic", HOSTILE[5]]),
        **rng.choice([{}, {"recommended_code": "blk9"}, {"recommended_code": HOSTILE[1]}]),
        **_days(rng),
    },
    "arm": lambda rng: {"is": "arm", "values": rng.choice([["A"], ["B"], ["A", "B"]]), **_days(rng)},
    "property": _property,
    "list": lambda rng: rng.choice(
        [
            {"is": "list", "id": "l1"},
            {"is": "list", "id": "l2"},
            {"is": "list", "source": "events", "id": "vip"},
            {"is": "list", "source": "events", "id": HOSTILE[0]},
        ]
    ),
}


# Who is meant


def meant(rule: Row, world: World, as_of: datetime) -> set[str]:
    """The visitors of a rule as of a moment."""
    return _meant(rule, world, as_of) & everyone(world, as_of)


def everyone(world: World, as_of: datetime) -> set[str]:
    seen = [(row, row["started_at"]) for row in world.sessions]
    seen += [(row, row["placed_at"]) for row in world.orders]
    return {row["visitor_id"] for row, at in seen if _ours(row) and at < as_of}


def _ours(row: Row) -> bool:
    return row["shop_id"] == SHOP.shop_id and not row["bot"] and row["visitor_id"] is not None


def _meant(rule: Row, world: World, as_of: datetime) -> set[str]:
    kind = rule["is"]
    if kind == "all":
        return set.intersection(*(_meant(part, world, as_of) for part in rule["of"]))
    if kind == "any":
        return set.union(*(_meant(part, world, as_of) for part in rule["of"]))
    if kind == "not":
        return everyone(world, as_of) - _meant(rule["of"], world, as_of)
    return {who for who in everyone(world, as_of) if HOLDS[kind](rule, who, world, as_of)}


def _within(rule: Row, as_of: datetime) -> Callable[[datetime], bool]:
    def midnight(text: str, more: int) -> datetime:
        day = date.fromisoformat(text) + timedelta(days=more)
        return datetime.combine(day, time(), ZONE).astimezone(UTC).replace(tzinfo=None)

    def within(at: datetime) -> bool:
        if at >= as_of:
            return False
        if "days" in rule:
            return at >= as_of - timedelta(days=rule["days"])
        return ("since" not in rule or at >= midnight(rule["since"], 0)) and (
            "to" not in rule or at < midnight(rule["to"], 1)
        )

    return within


def _mine(rows: Iterable[Row], who: str, name: str, within: Callable[[datetime], bool]) -> list[Row]:
    return [row for row in rows if _ours(row) and row["visitor_id"] == who and within(row[name])]


def _between(value: Decimal | int, rule: Row, default: int | None = None) -> bool:
    least, most = rule.get("least", default), rule.get("most")
    return (least is None or value >= Decimal(str(least))) and (most is None or value <= Decimal(str(most)))


def _identified(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    mine = _mine(world.events, who, "ts", _within(rule, as_of))
    return any(row["user_id"] or row["email"] or row["phone"] for row in mine)


def _seen(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    before: Callable[[datetime], bool] = lambda at: at < as_of  # noqa: E731
    times = [row["started_at"] for row in _mine(world.sessions, who, "started_at", before)]
    times += [row["placed_at"] for row in _mine(world.orders, who, "placed_at", before)]
    chosen = min(times) if rule["is"] == "first_seen" else max(times)
    return _within(rule, as_of)(chosen)


def _sessions(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    return _between(len(_mine(world.sessions, who, "started_at", _within(rule, as_of))), rule, 1)


def _did_it(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    found = set()
    for row in _mine(world.events, who, "ts", _within(rule, as_of)):
        if row["event"] == rule["event"] and _fits(rule, row, world):
            one = row["event_id"]
            if row["event"] == "purchase":
                one = row["order_key"] or row["transaction_id"] or one
            found.add(one)
    return _between(len(found), rule, 1)


def _fits(rule: Row, row: Row, world: World) -> bool:
    if rule.get("name") and row["custom_name"] != rule["name"]:
        return False
    if (
        "search_term" in rule
        and (row["search_term"] or "\0").strip(" ").lower() != rule["search_term"].strip(" ").lower()
    ):
        return False
    if any(name in rule and row[name] != rule[name] for name in ("recommended_by", "recommended_code")):
        return False
    asked = [name for name in ("product", "brand", "category") if name in rule]
    if not asked:
        return True
    lines = [item for item in world.items if item["event_id"] == row["event_id"]]
    if any(all(_item(name, rule[name], item) for name in asked) for item in lines):
        return True
    return asked == ["category"] and (
        row["category_id"] == rule["category"] or _below(rule["category"], row["category_path"])
    )


def _item(name: str, value: str, item: Row) -> bool:
    if name == "product":
        return value in (item["item_id"], item["item_group_id"])
    if name == "brand":
        return bool(item["item_brand"] == value)
    return _below(value, item["item_category"])


def _below(category: str, path: str | None) -> bool:
    return path is not None and (path == category or path.startswith(f"{category} / "))


def _bought(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    mine = _mine(world.orders, who, "placed_at", _within(rule, as_of))
    if rule["measure"] == "count":
        return _between(len(mine), rule, 1)
    if rule["measure"] == "days_since":
        return bool(mine) and _between((as_of - max(row["placed_at"] for row in mine)).days, rule)
    own = [row["revenue"] for row in mine if row["currency"] in ("EUR", None)]
    if not own:
        return False
    total = sum(own, Decimal(0))
    return _between(total if rule["measure"] == "sum" else total / len(own), rule)


def _in_cell(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    today = as_of.replace(tzinfo=UTC).astimezone(ZONE).date()
    first = months_before(today + timedelta(days=1), rule["months"])
    start = datetime.combine(first, time(), ZONE).astimezone(UTC).replace(tzinfo=None)
    orders = [
        rfm_oracle.Order(
            visitor=row["visitor_id"],
            at=row["placed_at"],
            revenue=row["revenue"],
            currency=row["currency"],
            bot=row["bot"],
        )
        for row in world.orders
        if row["shop_id"] == SHOP.shop_id
    ]
    buyers = rfm_oracle.buyers(orders, start, as_of, "EUR")
    steps = rfm_oracle.cube(buyers, rule["method"]).get(who) if buyers else None
    return steps is not None and "".join(map(str, steps)).startswith(rule["cell"])


def _in_session(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    mine = _mine(world.sessions, who, "started_at", _within(rule, as_of))
    return any(_trait(row, rule["part"]) in rule["values"] for row in mine)


def _trait(row: Row, part: str) -> str | None:
    if part == "referrer":
        return cast("str | None", row["referrer_host"])
    return LANDED.get(row["landing_url"]) if part == "landing" else row[part]


def _touched(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    code = rule.get("recommended_code")
    return any(
        row["recommended_by"] == rule["recommended_by"]
        and (code is None or row["recommended_code"] == code)
        and row["kind"] != "impression"
        for row in _mine(world.touches, who, "ts", _within(rule, as_of))
    )


def _in_arm(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    return any(
        row["ab_segment"] in rule["values"] for row in _mine(world.events, who, "ts", _within(rule, as_of))
    )


def _told(who: str, world: World, as_of: datetime) -> list[Row]:
    """What the profile said, in time order."""
    mine = [
        row for row in _mine(world.events, who, "ts", lambda at: at < as_of) if row["event"] == "identify"
    ]
    mine.sort(key=lambda row: (row["ts"], row["request_id"], row["seq"]))
    return [json.loads(row["props"] or "{}") for row in mine]


def _has_property(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    said = [told[rule["name"]] for told in _told(who, world, as_of) if told.get(rule["name"]) is not None]
    if not said:
        return False
    text = said[-1] if isinstance(said[-1], str) else json.dumps(said[-1])
    if "values" in rule:
        return text in rule["values"]
    if "least" not in rule and "most" not in rule:
        return True
    try:
        number = Decimal(text)
    except ArithmeticError:
        return False
    return _between(number, rule)


def _in_list(rule: Row, who: str, world: World, as_of: datetime) -> bool:
    if rule.get("source") == "events":
        inside = False
        for told in _told(who, world, as_of):
            inside = (inside or told.get("segment_add") == rule["id"]) and told.get("segment_remove") != rule[
                "id"
            ]
        return inside
    for node in world.lists[rule["id"]]:
        rows = [row for row in world.visitor_nodes if row["shop_id"] == SHOP.shop_id and row["node"] == node]
        known = [row["visitor_id"] for row in rows if row["since"] <= as_of < row["until"]]
        if who in (known or [node]) or _owns(who, node, world, as_of):
            return True
    return False


def _owns(who: str, node: str, world: World, as_of: datetime) -> bool:
    names = {"user_id": "u:", "email": "e:", "phone": "p:"}
    return any(
        row["visitor_id"] == who and f"{names[row['kind']]}{row['value']}" == node
        for row in world.visitor_ids
        if row["shop_id"] == SHOP.shop_id and row["kind"] in names and row["first_at"] < as_of
    )


HOLDS: Mapping[str, Callable[[Row, str, World, datetime], bool]] = {
    "identified": _identified,
    "first_seen": _seen,
    "last_seen": _seen,
    "sessions": _sessions,
    "did": _did_it,
    "orders": _bought,
    "rfm": _in_cell,
    "device": _in_session,
    "arrival": _in_session,
    "touched": _touched,
    "arm": _in_arm,
    "property": _has_property,
    "list": _in_list,
}


def asked(db: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Any]) -> list[str]:
    """The members that a question gives."""
    return [row[0] for row in db.execute(sql, dict(params)).fetchall()]


def rules_of(seed: int, count: int) -> Sequence[Row]:
    """Random rules; each kind of condition alone comes among them."""
    rng = random.Random(seed)
    alone = [make(rng) for make in CONDITIONS.values()]
    alone += [CONDITIONS[kind](rng) for kind in ("did",) * 8 + ("property",) * 4 + ("rfm",) * 3]
    return [*alone, *(random_rule(rng) for _ in range(count))]
