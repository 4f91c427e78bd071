"""Worlds in which the rules of vendors differ, and what each rule says of them, in plain Python.

Shares nothing with the queries but the tables: every preset is written down again as the
table of docs/attribution.md has it, and every touch is judged one by one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb

from collector.control.presets import KINDS, MATCHES, RESETS, UNITS, VALUES, WINNERS, preset_of
from collector.control.presets import Preset as Own
from collector.errors import OperatorError
from tests.dashboard.attribution_world import (
    MESSAGE_TOOLS,
    SHOP,
    Add,
    Line,
    Order,
    Removal,
    Touch,
    World,
    fill,
    insert,
    moment,
)

BERLIN = ZoneInfo("Europe/Berlin")
DAY = 24 * 60
TOUCHED = (
    *(-25 * DAY, -10 * DAY, -DAY, -700, -60, -31, -30, -5, 0, 0, 1, 5, 10, 29, 30, 31, 45, 61, 90),
    *(600, 640, 700, 719, 720, 1300, DAY, DAY + 10, 2 * DAY, 3 * DAY, 7 * DAY, 7 * DAY + 1),
)
PLACED = (0, 10, 30, 31, 61, 64, 90, 650, 730, DAY, DAY + 10, 2 * DAY, 5 * DAY, 7 * DAY, 8 * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """The seven parameters as the table of presets has them. `window` judges a touch."""

    whole: bool = False
    kinds: tuple[str, ...] = ("click", "add")
    window: Callable[[Order, Touch], bool]
    winner: str = "last"
    match: str = "item"
    value: str = "booked"
    reset: bool = False
    run: bool = False


def within(minutes: float) -> Callable[[Order, Touch], bool]:
    return lambda order, touch: order.at - touch.at <= minutes


def session(order: Order, touch: Touch) -> bool:
    return order.session is not None and touch.session == order.session


def same_day(order: Order, touch: Touch) -> bool:
    days = [moment(at).replace(tzinfo=UTC).astimezone(BERLIN).date() for at in (order.at, touch.at)]
    return days[0] == days[1]


PRESETS = {
    "rees46": Preset(window=session),
    "rees46_messages": Preset(whole=True, kinds=("message_click",), window=within(2 * DAY), match="any"),
    "retail_rocket_item": Preset(window=within(DAY), match="group"),
    "retail_rocket_check": Preset(whole=True, window=within(DAY), match="any", reset=True),
    "nosto": Preset(kinds=("click before add",), window=session, winner="first_to_cart", run=True),
    "dynamic_yield": Preset(kinds=("click",), window=within(30 * DAY)),
    "einstein": Preset(kinds=("click",), window=within(7 * DAY), winner="first"),
    "mapp": Preset(whole=True, kinds=("click",), window=within(DAY), match="any", value="gross"),
    "algonomy": Preset(kinds=("click",), window=same_day),
    "strict": Preset(window=session, value="net"),
}


def rule_of(own: Own) -> Preset:
    """A saved preset as this file reads rules."""
    windows = {"session": session, "run": session, "day": same_day, "time": within(own.hours * 60)}
    kinds = {
        "click_add": ("click", "add"),
        "click": ("click",),
        "click_before_add": ("click before add",),
        "message_click": ("message_click",),
    }
    return Preset(
        whole=own.unit == "order",
        kinds=kinds[own.kinds],
        window=windows[own.span],
        winner=own.winner,
        match=own.match,
        value=own.value,
        reset=own.reset == "source",
        run=own.span == "run",
    )


def typed(seed: int, number: int) -> Own:
    """Any preset that a shop may save."""
    pick = random.Random(f"{seed}/{number}").choice
    while True:
        parts = {
            "name": f"rule {number}",
            "window": pick(["session", "run", "day", "1h", "24h", "7d", "30d"]),
            "unit": pick(UNITS),
            "kinds": pick(KINDS),
            "winner": pick(WINNERS),
            "match": pick(MATCHES),
            "value": pick(VALUES),
            "reset": pick(RESETS),
        }
        try:
            return preset_of(parts)
        except OperatorError:
            continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A world, the channels of its sessions, and totals with shipping and tax (None: not sent)."""

    world: World
    channels: dict[str, str | None]
    totals: dict[str, tuple[Decimal | None, Decimal, Decimal]]


def group_of(item: str | None) -> str | None:
    return None if item is None or "-" not in item else item.split("-")[0]


def dense(seed: int, number: int) -> Shop:
    """A visitor or two, a few sessions, items in two groups, and all of it often at the same moments."""
    roll = random.Random(f"{seed}/{number}")
    pick = roll.choice
    visitors = [f"ann-{number}"] * 9 + [f"bob-{number}"]
    sessions = [f"s{one}-{number}" for one in (1, 1, 1, 2)]
    items, rarely = ["mug-red", "mug-red", "mug-blue", "lid"], [False] * 14 + [True]
    codes = [None, "blk-1", "blk-2"]

    def touch(index: int) -> Touch:
        message = pick([False] * 5 + [True])
        return Touch(
            id=f"{roll.getrandbits(32):08x}-{number}-{index}",
            at=pick(TOUCHED),
            visitor=pick(visitors),
            session=pick(sessions),
            item=None if message else pick([*items, *items, None]),
            kind=pick(["message_click", "message_seen"])
            if message
            else pick(["click"] * 5 + ["add"] * 2 + ["impression"]),
            by=pick(["bulk", "chain"]) if message else pick(["dynamic", "listing", "full_search"]),
            code=pick(codes),
            family="message" if message else "storefront",
            bot=pick(rarely),
            shop=pick([SHOP] * 14 + ["shop-2"]),
        )

    def order(index: int) -> Order:
        names = roll.sample(sorted(set(items)), pick([0, 1, 1, 2, 3]))
        amounts = ["0", "0.01", "9.99", "10.00", "33.3333"]
        by = [None, None, None, "dynamic", "bulk"]
        lines = tuple(
            Line(item=name, revenue=pick(amounts), by=pick(by), code=pick(codes), group=group_of(name))
            for name in names
        )
        visitor = pick([*visitors, None])
        return Order(
            key=f"o{number}-{index}",
            at=pick(PLACED),
            visitor=visitor,
            session=pick([*sessions, None]) if visitor else None,
            lines=lines,
            lump="0" if lines else pick(["0", "12.34"]),
            currency=pick(["EUR", "EUR", "USD"]),
            bot=pick(rarely),
            cancelled=pick([False, False, True]),
        )

    world = World(
        touches=tuple(touch(index) for index in range(roll.randint(2, 9))),
        orders=tuple(order(index) for index in range(roll.randint(1, 3))),
        removals=tuple(
            Removal(at=pick(TOUCHED), visitor=pick(visitors), item=pick([*items, None]))
            for _ in range(pick([0, 0, 1]))
        ),
        adds=tuple(
            Add(at=pick(TOUCHED), visitor=pick(visitors), session=pick(sessions), item=pick(items))
            for _ in range(pick([0, 1, 2, 3]))
        ),
    )
    cents = [Decimal(0), Decimal("4.90"), Decimal("0.07")]
    return Shop(
        world=world,
        channels={one: pick([None, "direct", "direct", "email", "paid_search"]) for one in set(sessions)},
        totals={
            one.key: (pick([None, one.revenue + Decimal("5.55")]), pick(cents), pick(cents))
            for one in world.orders
        },
    )


def together(shops: Sequence[Shop]) -> Shop:
    worlds = [shop.world for shop in shops]
    return Shop(
        world=World(
            touches=tuple(one for world in worlds for one in world.touches),
            orders=tuple(one for world in worlds for one in world.orders),
            removals=tuple(one for world in worlds for one in world.removals),
            adds=tuple(one for world in worlds for one in world.adds),
        ),
        channels={key: channel for shop in shops for key, channel in shop.channels.items()},
        totals={key: total for shop in shops for key, total in shop.totals.items()},
    )


def stock(db: duckdb.DuckDBPyConnection, shop: Shop) -> None:
    """Make the tables hold this shop and nothing else."""
    fill(db, shop.world)
    db.execute("delete from events")
    known: list[Touch | Order | Add] = [*shop.world.touches, *shop.world.orders, *shop.world.adds]
    insert(
        db,
        "events",
        [
            {
                "shop_id": getattr(one, "shop", SHOP),
                "ts": moment(one.at),
                "session_key": one.session,
                "bot": False,
            }
            for one in known
        ],
    )
    db.execute("update touches set item_group_id = split_part(item_id, '-', 1) where contains(item_id, '-')")
    db.execute("update orders set cancelled = false, undone = 0, extra = 0")
    db.execute("update order_lines set undone = 0, extra = 0")
    for order in shop.world.orders:
        total, shipping, tax = shop.totals[order.key]
        beside = shipping + tax if total is None else total - order.revenue
        db.execute(
            "update orders set value = ?, shipping = ?, tax = ?, cancelled = ?, extra = ?, undone = ? where order_key = ?",
            [total, shipping, tax, order.cancelled, beside, order.undone, order.key],
        )
        db.execute("update order_lines set extra = ? where order_key = ? and line = 0", [beside, order.key])
        if order.cancelled:
            db.execute("update order_lines set undone = revenue where order_key = ?", [order.key])
    for key, channel in shop.channels.items():
        db.execute("update sessions set channel = ? where session_key = ?", [channel, key])


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is credited: a line, or (number -1) a whole order."""

    order: Order
    number: int
    revenue: Decimal
    line: Line | None


def units(shop: Shop, preset: Preset) -> list[Unit]:
    found: list[Unit] = []
    for order in shop.world.orders:
        if order.bot:
            continue
        gone = preset.value == "net" and order.cancelled
        if preset.whole:
            found.append(Unit(order=order, number=-1, revenue=total_of(shop, order, preset), line=None))
            continue
        for number, line in enumerate(order.lines):
            revenue = Decimal(0) if gone else Decimal(line.revenue)
            if preset.value == "gross" and number == 0:
                revenue += total_of(shop, order, preset) - order.revenue
            found.append(Unit(order=order, number=number, revenue=revenue, line=line))
    return found


def total_of(shop: Shop, order: Order, preset: Preset) -> Decimal:
    """What the whole order is worth under the preset."""
    if preset.value == "net" and order.cancelled:
        return Decimal(0)
    if preset.value == "gross":
        total, shipping, tax = shop.totals[order.key]
        return order.revenue + shipping + tax if total is None else total
    return order.revenue


def eligible(shop: Shop, preset: Preset, unit: Unit) -> list[Touch]:
    """Touches that count, oldest first; what the purchase names where there is no other."""
    found = [touch for touch in shop.world.touches if _counts(shop, preset, unit, touch)]
    if not found and preset.kinds != ("message_click",) and unit.order.visitor:
        for number, line in enumerate(unit.order.lines):
            if unit.number in (-1, number) and line.by and line.by not in MESSAGE_TOOLS:
                name = f"purchase:{unit.order.key}:{number}"
                found = [Touch(id=name, at=unit.order.at, kind="purchase", by=line.by, code=line.code)]
                break
    return sorted(found, key=lambda touch: (touch.at, touch.id))


def _counts(shop: Shop, preset: Preset, unit: Unit, touch: Touch) -> bool:
    order = unit.order
    if touch.shop != SHOP or touch.bot or touch.visitor != order.visitor or touch.at > order.at:
        return False
    if preset.kinds == ("message_click",):
        if touch.family != "message" or not _is_click(shop.world, touch) or not preset.window(order, touch):
            return False
        paused = preset.run and _pause(shop.world, order, touch)
        return not (paused or (preset.reset and _reset(shop, order, touch)))
    allowed = ("click",) if preset.kinds == ("click before add",) else preset.kinds
    if touch.family != "storefront" or touch.kind not in allowed:
        return False
    if not _matches(preset, unit, touch) or not preset.window(order, touch):
        return False
    if preset.kinds == ("click before add",):
        added = added_at(shop.world, unit)
        if added is None or touch.at > added:
            return False
    if preset.run and _pause(shop.world, order, touch):
        return False
    return not (_taken_out(shop.world, order, touch) or (preset.reset and _reset(shop, order, touch)))


def _is_click(world: World, touch: Touch) -> bool:
    if touch.kind == "message_click":
        return True
    same = [
        one
        for one in world.touches
        if (one.visitor, one.by, one.code or "", one.shop, one.bot, one.family)
        == (touch.visitor, touch.by, touch.code or "", SHOP, False, "message")
    ]
    return (
        touch.kind == "message_seen" and min(same, key=lambda one: (one.at, one.kind, one.id)).id == touch.id
    )


def _matches(preset: Preset, unit: Unit, touch: Touch) -> bool:
    if preset.match == "any" or unit.line is None:
        return True
    if touch.item == unit.line.item:
        return True
    same = touch.item is not None and group_of(touch.item) == unit.line.group
    return preset.match == "group" and same and unit.line.group is not None


def _taken_out(world: World, order: Order, touch: Touch) -> bool:
    """The touched item left the cart after the touch: removed, or bought."""
    return any(
        removal.visitor == order.visitor
        and removal.item in (None, touch.item)
        and touch.at < removal.at < order.at
        for removal in world.removals
    ) or any(
        other.visitor == order.visitor
        and not other.bot
        and any(line.item == touch.item for line in other.lines)
        and touch.at <= other.at < order.at - 5
        for other in world.orders
    )


def added_at(world: World, unit: Unit) -> float | None:
    """The first add of the line's item since it was last not in the cart, at most 30 days before the order."""
    order, line = unit.order, unit.line
    if line is None:
        return None
    removed = [
        one.at
        for one in world.removals
        if one.visitor == order.visitor and one.item in (None, line.item) and one.at < order.at
    ]
    bought = [
        one.at
        for one in world.orders
        if one.visitor == order.visitor
        and not one.bot
        and one.at < order.at - 5
        and any(other.item == line.item for other in one.lines)
    ]
    adds = [
        one.at
        for one in world.adds
        if one.visitor == order.visitor
        and one.item == line.item
        and order.at - 30 * DAY <= one.at <= order.at
        and all(one.at >= at for at in removed)
        and all(one.at > at for at in bought)
    ]
    return min(adds, default=None)


def _pause(world: World, order: Order, touch: Touch) -> bool:
    """More than half an hour without an event in the session, between the touch and the order."""
    known: list[Touch | Order | Add] = [*world.touches, *world.orders, *world.adds]
    moments = sorted(
        one.at
        for one in known
        if one.session == order.session
        and touch.at <= one.at <= order.at
        and getattr(one, "shop", SHOP) == SHOP
    )
    return any(later - earlier > 30 for earlier, later in pairwise(moments))


def _reset(shop: Shop, order: Order, touch: Touch) -> bool:
    """An external session of the visitor began after the touch and not after the order."""
    known: list[Touch | Order | Add] = [*shop.world.touches, *shop.world.orders, *shop.world.adds]
    starts: dict[str, float] = {}
    whose: dict[str, str] = {}
    for one in known:
        if one.session and one.visitor:
            starts[one.session] = min(one.at, starts.get(one.session, one.at))
            whose[one.session] = one.visitor
    return any(
        whose[key] == order.visitor
        and shop.channels[key] not in (None, "direct")
        and touch.at < start <= order.at
        for key, start in starts.items()
    )


Code = tuple[str, str]


def code_of(touch: Touch) -> Code:
    return touch.by, touch.code or ""


def weights(
    shop: Shop,
    unit: Unit,
    touches: Sequence[Touch],
    model: str,
    effects: Mapping[Code, Fraction] | None = None,
) -> dict[str, Fraction]:
    """Touch id to weight, exactly; touches come oldest first. The model markov needs the effects."""
    n = len(touches)
    if not n:
        return {}
    if model in ("last", "first"):
        return {(touches[-1] if model == "last" else touches[0]).id: Fraction(1)}
    if model == "first_to_cart":
        added = added_at(shop.world, unit)
        before = [touch for touch in touches if added is not None and touch.at <= added]
        return {(before or touches)[-1].id: Fraction(1)}
    if model == "linear":
        return {touch.id: Fraction(1, n) for touch in touches}
    if model == "position":
        ends = {1: [Fraction(1)], 2: [Fraction(1, 2)] * 2}
        middle = [Fraction(1, 5) / (n - 2)] * (n - 2) if n > 2 else []
        shares = ends.get(n) or [Fraction(2, 5), *middle, Fraction(2, 5)]
        return {touch.id: share for touch, share in zip(touches, shares, strict=True)}
    if model in ("markov", "shapley"):
        codes = {code_of(touch) for touch in touches}
        worth = {code: (effects or {}).get(code, Fraction(0)) for code in codes}
        if model == "shapley" or not any(worth.values()):
            worth = dict.fromkeys(codes, Fraction(1))
        times = Counter(map(code_of, touches))
        whole = sum(worth.values())
        return {
            touch.id: worth[code_of(touch)] / whole / times[code_of(touch)]
            for touch in touches
            if worth[code_of(touch)]
        }
    half = 7 * DAY if touches[0].kind == "message_click" or touches[0].family == "message" else DAY
    raw = [Fraction(2 ** (-(unit.order.at - touch.at) / half)) for touch in touches]
    return {touch.id: one / sum(raw) for touch, one in zip(touches, raw, strict=True)}


def journeys(shop: Shop, preset: Preset, since: datetime, until: datetime) -> list[tuple[list[Code], bool]]:
    """The codes of every journey of the period, oldest first, and whether an order ended it."""
    kinds = ("click",) if preset.kinds == ("click before add",) else preset.kinds
    found: list[tuple[list[Code], bool]] = []
    for visitor in sorted({touch.visitor for touch in shop.world.touches}):
        happened: list[tuple[float, int, str, Code | None]] = [
            (order.at, 1, order.key, None)
            for order in shop.world.orders
            if order.visitor == visitor and order.shop == SHOP and not order.bot
        ]
        for touch in shop.world.touches:
            if touch.visitor != visitor or touch.shop != SHOP or touch.bot:
                continue
            message = touch.family == "message" and _is_click(shop.world, touch)
            block = touch.family == "storefront" and touch.kind in kinds
            if message if kinds == ("message_click",) else block:
                happened.append((touch.at, 0, touch.id, code_of(touch)))
        path: list[Code] = []
        for at, _, _, code in sorted(happened, key=lambda one: one[:3]):
            if not since <= moment(at) < until:
                continue
            if code is not None:
                path.append(code)
                continue
            found.append((path, True))
            path = []
        found.append((path, False))
    return [(path[-20:], bought) for path, bought in found if path]


def effects_of(walks: Sequence[tuple[list[Code], bool]]) -> dict[Code, Fraction]:
    """How much smaller the chance of an order is when every journey that comes to a code ends there."""
    moves: Counter[tuple[Code | str, Code | str]] = Counter()
    for path, bought in walks:
        way = ["begin", *path, "order" if bought else "end"]
        moves.update(pairwise(way))
    codes = sorted({code for path, _ in walks for code in path})
    whole = _chance(moves, codes)
    if not whole:
        return dict.fromkeys(codes, Fraction(0))
    return {code: 1 - _chance(moves, [one for one in codes if one != code]) / whole for code in codes}


def _chance(moves: Mapping[tuple[Code | str, Code | str], int], codes: Sequence[Code]) -> Fraction:
    """The chance of an order for who begins, with these codes alone; exactly, by elimination from the bottom."""
    places: list[Code | str] = ["begin", *codes]
    leaving: Counter[Code | str] = Counter()
    for (here, _), times in moves.items():
        leaving[here] += times
    table = {
        here: {
            there: Fraction(times, leaving[here])
            for (start, there), times in moves.items()
            if start == here and (there in places or there == "order")
        }
        for here in places
    }
    for gone in reversed(places[1:]):
        own = table[gone].pop(gone, Fraction(0))
        onward = {there: share / (1 - own) for there, share in table.pop(gone).items()}
        for row in table.values():
            share = row.pop(gone, Fraction(0))
            for there, part in onward.items():
                row[there] = row.get(there, Fraction(0)) + share * part
    return table["begin"].get("order", Fraction(0))
