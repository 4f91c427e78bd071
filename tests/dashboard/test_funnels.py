"""Funnels against every chain of events that there is, enumerated one by one in plain Python."""

from __future__ import annotations

import html
import random
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import duckdb
import pytest

from dashboard import funnel, queries
from dashboard.filters import parse
from dashboard.funnel_drops import duration
from dashboard.scope import scope_of
from tests.dashboard.shop_world import (
    HOSTILE,
    NOW,
    SHOP,
    Client,
    OneKey,
    app_over,
    at,
    empty_store,
    event,
    fill,
    order,
    session,
    signed_in,
    week,
)

START, UNTIL = at("03-10 00:00"), at("03-12 00:00")
WORLDS = 40
USUAL = list(funnel.USUAL)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Happening:
    """Something that can be a step, with what decides its place among others of the moment."""

    shop: str
    visitor: str | None
    session: str | None
    ts: datetime
    place: int
    request: UUID | None
    seq: int
    name: str
    bot: bool

    @property
    def place_in_time(self) -> tuple[datetime, int, str, int]:
        return self.ts, self.place, str(self.request or ""), self.seq


@dataclass(frozen=True)
class World:
    """What happened in one shop, the device of each session and the tools used in it."""

    happenings: Sequence[Happening]
    devices: Mapping[str, str]
    tools: Mapping[str, str]


NAMES = ("view_item", "add_to_cart", "search", "custom:a,b", "custom:<b>")


def world(number: int) -> World:
    """Few visitors, few moments: everything collides with everything."""
    dice = random.Random(number)
    shop = f"w{number}"
    moments = [
        START + timedelta(minutes=dice.choice((-90, 0, 30, 59, 60, 61, 1439, 2879, 2881, 3500)))
        for _ in range(6)
    ]
    happenings: list[Happening] = []
    devices: dict[str, str] = {}
    for index in range(dice.randint(1, 6)):
        key, visitor = f"{shop}-s{index}", f"{shop}-v{dice.randint(0, 2)}"
        devices[key] = dice.choice(("mobile", "desktop"))
        begun = dice.choice(moments)
        bot = dice.random() < 0.1
        happenings.append(Happening(shop, visitor, key, begun, 0, None, 0, "session", bot))
        for _ in range(dice.randint(0, 6)):
            when = (
                max(begun, dice.choice(moments))
                if dice.random() < 0.6
                else begun + timedelta(seconds=dice.randint(0, 90_000))
            )
            request, seq = UUID(int=dice.getrandbits(128)), dice.randint(0, 2)
            happenings.append(Happening(shop, visitor, key, when, 1, request, seq, dice.choice(NAMES), bot))
    for _ in range(dice.randint(0, 4)):
        one = dice.choice(happenings)
        owner, key_ = dice.choice(((one.visitor, one.session), (one.visitor, None), (None, None)))
        when = dice.choice((one.ts, dice.choice(moments)))
        request = UUID(int=dice.getrandbits(128))
        happenings.append(Happening(shop, owner, key_, when, 2, request, 0, "purchase", one.bot))
    return World(
        happenings,
        devices,
        {key: dice.choice(("dynamic", "listing")) for key in devices if dice.random() < 0.5},
    )


def store(worlds: Sequence[World]) -> duckdb.DuckDBPyConnection:
    db = empty_store()
    rows: dict[str, list[Row]] = defaultdict(list)
    for number, one in enumerate(worlds):
        for what in one.happenings:
            shared: dict[str, Any] = {
                "shop_id": what.shop,
                "visitor_id": what.visitor,
                "session_key": what.session,
                "bot": what.bot,
            }
            if what.name == "session":
                device = one.devices[str(what.session)]
                rows["sessions"].append(
                    {
                        **shared,
                        "started_at": what.ts,
                        "ended_at": what.ts + timedelta(days=3),
                        "device_type": device,
                        "channel": device[:1],
                    }
                )
            elif what.name == "purchase":
                rows["orders"].append(
                    {**shared, "order_key": str(what.request), "placed_at": what.ts, "event_id": what.request}
                )
            else:
                custom = what.name.removeprefix("custom:") if what.name.startswith("custom:") else None
                name = "custom" if custom else what.name
                rows["events"].append(
                    {
                        **shared,
                        "ts": what.ts,
                        "request_id": what.request,
                        "seq": what.seq,
                        "event": name,
                        "custom_name": custom,
                    }
                )
        for key, tool in one.tools.items():
            rows["touches"].append(
                {
                    "shop_id": f"w{number}",
                    "touch_id": key,
                    "ts": START,
                    "visitor_id": "x",
                    "session_key": key,
                    "kind": "click",
                    "family": "storefront",
                    "recommended_by": tool,
                }
            )
    for table, listed in rows.items():
        fill(db, table, listed)
    return db


@dataclass(frozen=True, kw_only=True)
class Asked:
    steps: Sequence[str]
    unit: str
    window: str


def lanes(one: World, asked: Asked) -> dict[str, list[list[Happening]]]:
    """By unit, the lists of things that one attempt may use, in order."""
    found: dict[str, dict[str, list[Happening]]] = defaultdict(lambda: defaultdict(list))
    for what in sorted(one.happenings, key=lambda what: what.place_in_time):
        unit = what.session if asked.unit == "session" else what.visitor
        lane = what.session if "session" in (asked.unit, asked.window) else what.visitor
        if what.visitor and unit and lane and not what.bot:
            found[unit][lane].append(what)
    return {unit: list(by_lane.values()) for unit, by_lane in found.items()}


def chains(
    lane: Sequence[Happening], asked: Asked, taken: tuple[Happening, ...], rest: int
) -> Iterator[tuple[Happening, ...]]:
    """Every way to take the steps, one after the other, from `rest` on."""
    if len(taken) == len(asked.steps):
        return
    for index in range(rest, len(lane)):
        what = lane[index]
        inside = (
            START <= what.ts < UNTIL
            if not taken
            else what.ts - taken[0].ts <= timedelta(seconds=funnel.WINDOWS[asked.window])
        )
        if what.name == asked.steps[len(taken)] and inside:
            yield (*taken, what)
            yield from chains(lane, asked, (*taken, what), index + 1)


def expected(one: World, asked: Asked) -> dict[str, list[float | None]]:
    """By unit, the shortest seconds to each step; units without a first step are missing."""
    told: dict[str, list[float | None]] = {}
    for unit, its in lanes(one, asked).items():
        shortest: dict[int, float] = {}
        for lane in its:
            for chain in chains(lane, asked, (), 0):
                took = (chain[-1].ts - chain[0].ts).total_seconds()
                shortest[len(chain)] = min(took, shortest.get(len(chain), took))
        if 1 in shortest:
            told[unit] = [shortest.get(step) for step in range(1, len(asked.steps) + 1)]
    return told


def params(shop: str, asked: Asked, **more: Any) -> dict[str, Any]:
    return {
        "shop": shop,
        "start": START,
        "until": UNTIL,
        "steps": list(asked.steps),
        "unit": asked.unit,
        "window": asked.window,
        "within": funnel.WINDOWS[asked.window],
        **more,
    }


def ask(db: duckdb.DuckDBPyConnection, name: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    query = queries.load(name)
    result = db.execute(query.sql, {taken: given[taken] for taken in query.params})
    return [dict(zip(query.columns, row, strict=True)) for row in result.fetchall()]


@pytest.fixture(scope="module")
def worlds() -> tuple[list[World], duckdb.DuckDBPyConnection]:
    made = [world(number) for number in range(WORLDS)]
    return made, store(made)


def choices(number: int) -> Asked:
    dice = random.Random(1000 + number)
    known = ("session", "purchase", *NAMES)
    steps = dice.choice(
        (USUAL, ["view_item", "view_item", "purchase"], dice.choices(known, k=dice.randint(2, 6)))
    )
    return Asked(steps=steps, unit=dice.choice(funnel.UNITS), window=dice.choice(tuple(funnel.WINDOWS)))


def test_steps_and_times_are_those_of_every_chain_tried_one_by_one(worlds: Any) -> None:
    made, db = worlds
    deepest = 0
    for number in range(2 * WORLDS):
        asked, shop = choices(number), number % WORLDS
        reached = expected(made[shop], asked)
        rows = ask(db, "funnels/steps", params(f"w{shop}", asked))
        for step, row in enumerate(rows):
            times = [seconds for took in reached.values() if (seconds := took[step]) is not None]
            before = rows[step - 1]["units"] if step else None
            median = statistics.median(times) if times and step else None
            assert (row["step"], row["name"], row["units"]) == (step + 1, asked.steps[step], len(times)), (
                asked
            )
            assert row["median_seconds"] == (None if median is None else pytest.approx(median, abs=0.001)), (
                asked
            )
            quartiles = _quartiles(times) if step else (None, None)
            assert (row["quarter_seconds"], row["three_quarters_seconds"]) == quartiles
            assert row["lost"] == (None if before is None else before - row["units"])
            assert row["of_previous"] == (row["units"] / before if before else None)
            assert row["of_first"] == (row["units"] / rows[0]["units"] if rows[0]["units"] else None)
            deepest = max(deepest, step + 1 if times else 0)
        assert len(rows) == len(asked.steps)
    assert deepest >= 4


def _quartiles(times: Sequence[float]) -> tuple[Any, Any]:
    """The first and the third quartile, between the values where they fall there."""
    if not times:
        return None, None
    low, _, high = statistics.quantiles(
        [*times, *times[:1]] if len(times) < 2 else times, n=4, method="inclusive"
    )
    return pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001)


@pytest.mark.parametrize("unit", funnel.UNITS)
@pytest.mark.parametrize("window", funnel.WINDOWS)
def test_steps_never_increase_in_the_whole_nor_in_any_part_of_it(worlds: Any, unit: str, window: str) -> None:
    _, db = worlds
    for number, split in enumerate(funnel.SPLITS):
        steps = choices(3 * number + len(window)).steps
        asked = Asked(steps=steps, unit=unit, window=window)
        shop = f"w{(7 * number + len(window)) % WORLDS}"
        units = [row["units"] for row in ask(db, "funnels/steps", params(shop, asked))]
        parts = ask(db, "funnels/split", params(shop, asked, split=split))
        counts = [[row[f"units_{step}"] for step in range(1, len(steps) + 1)] for row in parts]
        for falling in (units, *counts):
            assert falling == sorted(falling, reverse=True)
        assert units == [sum(column) for column in zip(*counts, strict=True)] or not counts


@pytest.mark.parametrize("unit", funnel.UNITS)
def test_who_dropped_out_are_those_that_reached_a_step_and_not_the_next(worlds: Any, unit: str) -> None:
    made, db = worlds
    listed = 0
    for number in range(20):
        one, asked = made[number], Asked(steps=USUAL[:3], unit=unit, window="24h")
        firsts = {
            name: min(
                (what.ts, what.session or "") for lane in its for what in lane if what.name == "session"
            )
            for name, its in lanes(one, asked).items()
            if any(what.name == "session" for lane in its for what in lane)
        }
        for step in (1, 2):
            wanted = {
                min(
                    (what.ts, what.session or "")
                    for lane in lanes(one, asked)[name]
                    for what in lane
                    if what.name == asked.steps[0] and START <= what.ts < UNTIL
                )[1]
                for name, took in expected(one, asked).items()
                if name in firsts and took[step - 1] is not None and took[step] is None
            }
            given = params(f"w{number}", asked, code=str(step), page_size=100, page_offset=0)
            rows = ask(db, "funnels/dropped", given)
            assert {row["session_key"] for row in rows} == wanted
            assert len(rows) == len(wanted)
            listed += len(rows)
    assert listed > 20


def test_who_dropped_out_is_told_with_the_last_thing_they_did() -> None:
    db = one_session("view_item", "search")
    event(
        db,
        9,
        "03-17 09:05",
        event="custom",
        custom_name="size",
        visitor_id="ann",
        session_key="s",
        page_url="https://kettles.example/size",
    )
    scope = scope_of(
        SHOP,
        parse({"period": "7d", "steps": "view_item,search,purchase", "code": "2"})[0],
        slug="funnels",
        now=NOW,
    )
    (row,) = ask(db, "funnels/dropped", scope.params())
    assert row == {
        "session_key": "s",
        "visitor_id": "ann",
        "began": at("03-17 09:00"),
        "ended": at("03-17 09:20"),
        "device_type": "desktop",
        "channel": "direct",
        "last_event": "size",
        "last_page": "https://kettles.example/size",
        "reached_seconds": 10.0,
    }
    first = scope_of(SHOP, parse({"period": "7d", "code": "1"})[0], slug="funnels", now=NOW)
    assert [row["reached_seconds"] for row in ask(db, "funnels/dropped", first.params())] == []


@pytest.mark.parametrize("split", funnel.SPLITS)
def test_every_unit_stands_in_the_one_row_of_its_first_session(worlds: Any, split: str) -> None:
    made, db = worlds
    compared = 0
    for number in range(20):
        one, asked = made[number], choices(number)
        wanted: dict[str | None, list[int]] = defaultdict(lambda: [0] * 6)
        its_lanes = lanes(one, asked)
        for unit, took in expected(one, asked).items():
            firsts = [
                w
                for lane in its_lanes[unit]
                for w in lane
                if w.name == asked.steps[0] and START <= w.ts < UNTIL
            ]
            key = min((w.ts, w.session or "") for w in firsts)[1] if all(w.session for w in firsts) else None
            if key is None:
                break
            device = one.devices[key]
            name = {"device": device, "channel": device[:1], "tool": one.tools.get(key)}[split]
            for step, seconds in enumerate(took):
                wanted[name][step] += seconds is not None
        else:
            compared += bool(wanted)
            rows = ask(db, "funnels/split", params(f"w{number}", asked, split=split))
            assert {row["name"]: [row[f"units_{step}"] for step in range(1, 7)] for row in rows} == wanted, (
                asked
            )
    assert compared > 10


def one_session(*names: str) -> duckdb.DuckDBPyConnection:
    """A session at 09:00 and its events, one request each, ten seconds apart."""
    db = empty_store()
    session(db, "s", "03-17 09:00", "ann")
    for index, name in enumerate(names):
        moment = at("03-17 09:00") + timedelta(seconds=10 * index)
        event(db, index + 1, "03-17 09:00", event=name, ts=moment, visitor_id="ann", session_key="s")
    return db


def counts(db: duckdb.DuckDBPyConnection, **query: str) -> list[int]:
    scope = scope_of(SHOP, parse({"period": "7d", **query})[0], slug="funnels", now=NOW)
    return [row["units"] for row in ask(db, "funnels/steps", scope.params())]


def test_a_step_before_the_one_it_follows_does_not_count() -> None:
    assert counts(one_session("add_to_cart", "view_item")) == [1, 1, 0, 0]
    assert counts(one_session("view_item", "add_to_cart")) == [1, 1, 1, 0]


def test_one_event_is_never_two_steps() -> None:
    assert counts(one_session("view_item"), steps="view_item,view_item") == [1, 0]
    assert counts(one_session("view_item", "view_item"), steps="view_item,view_item") == [1, 1]
    for number in range(1, 5):
        db = one_session("view_item", *("search",) * number)
        wanted = [1, *(1,) * number, 0]
        assert counts(db, steps=",".join(("view_item", *("search",) * (number + 1)))) == wanted


def test_events_of_one_moment_stand_in_the_order_of_requests_and_of_the_events_in_them() -> None:
    for first, second, wanted in (("0", "1", [1, 1]), ("1", "0", [1, 0])):
        db = empty_store()
        moment = at("03-17 09:00")
        for seq, name in ((first, "view_item"), (second, "add_to_cart")):
            event(
                db, 1, "03-17 09:00", event=name, ts=moment, seq=int(seq), visitor_id="ann", session_key="s"
            )
        assert counts(db, steps="view_item,add_to_cart") == wanted


@pytest.mark.parametrize("steps", range(2, 7))
@pytest.mark.parametrize("late", [0, 1])
def test_a_window_ends_at_its_very_last_moment(steps: int, late: int) -> None:
    names = ("view_item", *("search",) * (steps - 2), "view_cart")
    db = one_session(*names[:-1])
    end = at("03-17 10:00") + timedelta(microseconds=late)
    event(db, 90, "03-17 10:00", event="view_cart", ts=end, visitor_id="ann", session_key="s")
    assert counts(db, steps=",".join(names), window="1h") == [*(1,) * (steps - 1), 1 - late]


def test_a_later_first_step_opens_the_window_anew() -> None:
    db = empty_store()
    for number, (name, moment) in enumerate(
        (("view_item", "03-16 09:00"), ("view_item", "03-17 09:00"), ("search", "03-17 09:30"))
    ):
        event(db, number, moment, event=name, visitor_id="ann", session_key=f"s{number}")
    assert counts(db, steps="view_item,search", window="1h", unit="visitor") == [1, 1]
    assert counts(db, steps="view_item,search", window="1h", unit="session") == [2, 0]


def test_a_repeated_report_of_an_order_is_no_second_purchase() -> None:
    db = one_session("view_item", "purchase", "purchase")
    order(
        db,
        "o1",
        "03-17 09:00",
        "10.00",
        visitor_id="ann",
        session_key="s",
        placed_at=at("03-17 09:00") + timedelta(seconds=10),
    )
    assert counts(db, steps="view_item,purchase") == [1, 1]
    assert counts(db, steps="purchase,purchase") == [1, 0]


def test_bots_and_other_shops_are_in_no_step() -> None:
    db = empty_store()
    session(db, "s1", "03-17 09:00", "crawler", bot=True)
    session(db, "s2", "03-17 09:00", "carl", shop_id="lamps")
    assert counts(db) == [0, 0, 0, 0]


@pytest.fixture(scope="module")
def client() -> Client:
    db = week()
    event(db, 50, "03-17 09:01", event="custom", custom_name=HOSTILE, visitor_id="ann", session_key="k1")
    event(
        db, 51, "03-17 09:02", event="custom", custom_name="size, chart", visitor_id="ann", session_key="k1"
    )
    return signed_in(app_over(db))


def test_a_form_without_scripts_names_its_steps_one_by_one(client: Client) -> None:
    chosen = "steps=session&steps=custom:size%252C%2520chart&steps=purchase&steps=&steps="
    page = client.get(f"/funnels.json?period=7d&{chosen}").json()
    rows = page["tables"]["funnels/steps"]["rows"]
    assert [(row["name"], row["units"]) for row in rows] == [
        ("session", 3),
        ("custom:size, chart", 1),
        ("purchase", 1),
    ]
    assert page["filters"]["steps"] == "session,custom:size%2C%20chart,purchase"
    again = client.get("/funnels.json?period=7d&steps=session,custom:size%252C%2520chart,purchase").json()
    assert again["tables"] == page["tables"]


def test_the_form_shows_what_the_address_says(client: Client) -> None:
    text = client.get(
        "/funnels?period=7d&steps=session,custom:size%252C%2520chart&unit=visitor&window=24h"
    ).text
    for option in (
        '<option value="session" selected>Session begins</option>',
        '<option value="custom:size%2C%20chart" selected>size, chart</option>',
        '<option value="visitor" selected>visitors</option>',
        '<option value="24h" selected>24 hours</option>',
    ):
        assert option in text
    assert '<input type="hidden" name="period" value="7d">' in text


def test_an_event_with_markup_in_its_name_is_a_step_and_text(client: Client) -> None:
    step = funnel.part_of(f"custom:{HOSTILE}").replace("%", "%25")
    text = client.get(f"/funnels?period=7d&steps=session,{step}").text
    assert html.escape(f"2. {HOSTILE}", quote=False) in text
    assert "<img" not in text


def test_what_is_no_step_is_told_and_left_out(client: Client) -> None:
    text = client.get("/funnels?period=7d&steps=session,%3Cb%3E,purchase&window=1y").text
    assert "“&lt;b&gt;” is not a step of" in text
    assert "“1y” is not a window" in text
    alone = client.get("/funnels.json?period=7d&steps=purchase").json()
    assert alone["filters"]["steps"] == ""
    assert alone["notes"] == [{"key": "filters.unknown_value", "name": "step", "value": "purchase"}]


def test_a_period_without_a_first_step_says_what_to_do(client: Client) -> None:
    text = client.get("/funnels?shop=lamps").text
    assert "Nobody took the first step in this period. Choose a longer period" in text


def test_the_list_of_a_step_opens_from_its_tab_and_goes_on_to_the_visitor(client: Client) -> None:
    text = client.get("/funnels?period=7d&tab=who&steps=session,purchase").text
    assert "Session begins, not Purchase" in text
    assert 'href="/orders?period=7d&amp;find=' in text
    rows = client.get("/funnels.json?period=7d&tab=who&steps=session,purchase").json()["tables"]
    told = rows["funnels/dropped"]["rows"]
    assert [row["session_key"] for row in told] == ["k2"]
    assert client.get("/funnels?period=7d&tab=who&code=99").status == 200
    assert client.get("/funnels?period=7d&tab=who&code=%C2%B2").status == 200


def test_a_segment_and_everybody_else_stand_beside_each_other_and_sum_to_the_steps() -> None:
    control = OneKey()
    rule = '{"version":1,"rule":{"is":"device","values":["mobile"]}}'
    phones = control.segments.add(SHOP.shop_id, "Phones <b>", "dynamic", rule, 0.0)
    control.segments.add(SHOP.shop_id, "Zebras", "dynamic", rule.replace("mobile", "zebra"), 0.0)
    db = week()
    order(db, "alone", "03-17 12:00", "5.00", visitor_id="dora")
    client = signed_in(app_over(db, control=control))
    found = {}
    for segment in control.segments.of(SHOP.shop_id):
        address = (
            f"period=7d&tab=segment&steps=session,purchase&unit=visitor&window=7d&code={segment.segment_id}"
        )
        rows = client.get(f"/funnels.json?{address}").json()["tables"]["funnels/by_segment"]["rows"]
        found[segment.name] = [(row["inside"], row["units_1"], row["units_2"]) for row in rows]
    whole = counts(db, steps="session,purchase", unit="visitor", window="7d")
    assert found == {"Phones <b>": [(True, 2, 1)], "Zebras": [(False, 2, 1)]}
    assert whole == [2, 1]
    carl = "/funnels.json?period=custom&since=2026-03-09&to=2026-03-18&tab=segment&steps=session,purchase"
    rows = client.get(f"{carl}&code={phones.segment_id}").json()["tables"]["funnels/by_segment"]["rows"]
    assert [(row["inside"], row["units_1"], row["units_2"]) for row in rows] == [(True, 3, 2), (False, 2, 1)]
    assert counts(db, period="custom", since="2026-03-09", to="2026-03-18", steps="session,purchase") == [
        5,
        3,
    ]
    text = client.get(f"/funnels?period=7d&tab=segment&code={phones.segment_id}").text
    assert "Phones &lt;b&gt;" in text


def test_without_a_saved_segment_the_page_says_where_to_make_one(client: Client) -> None:
    assert "There is no saved segment yet." in client.get("/funnels?tab=segment").text


def test_a_funnel_is_saved_under_a_name_offered_and_removed() -> None:
    client = signed_in(app_over(week()))
    here = "/funnels?period=7d&steps=session,purchase&window=24h"
    answer = client.post(here, {"act": "save", "name": f" {HOSTILE} "})
    assert answer.status == 303
    text = client.get("/funnels?period=7d").text
    assert html.escape(HOSTILE, quote=False) in text
    assert "<img" not in text
    assert "steps=session%2Cpurchase&amp;window=24h" in text
    told = client.get("/funnels.json?period=7d").json()["tables"]["funnels/saved"]["rows"]
    assert told == [{"name": HOSTILE, "steps": "session,purchase", "window": "24h", "unit": "session"}]
    client.post(here, {"act": "remove", "name": HOSTILE})
    assert client.get("/funnels.json?period=7d").json()["tables"]["funnels/saved"]["rows"] == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"act": "save", "name": " "}, "needs a name"),
        ({"act": "save", "name": "x" * 81}, "at most 80 characters"),
        ({"act": "remove", "name": ""}, "no funnel was named"),
        ({"act": "drop", "name": "x"}, "no such form"),
    ],
)
def test_a_form_that_asks_for_nothing_changes_nothing(form: dict[str, str], said: str) -> None:
    client = signed_in(app_over(week()))
    answer = client.post("/funnels?period=7d", form)
    assert (answer.status, said in answer.text) == (400, True)
    assert client.get("/funnels.json").json()["tables"]["funnels/saved"]["rows"] == []


@pytest.mark.parametrize(
    ("text", "steps", "strange"),
    [
        ("", (), ""),
        ("session,,purchase,", ("session", "purchase"), ""),
        ("custom:a%2Cb,search", ("custom:a,b", "search"), ""),
        ("custom:,search,view_item", ("search", "view_item"), "custom:"),
        ("search", (), "search"),
        (",".join(["search"] * 7), ("search",) * 6, "search"),
    ],
)
def test_steps_are_read_from_an_address(text: str, steps: tuple[str, ...], strange: str) -> None:
    assert funnel.read(text) == (steps, strange)
    assert funnel.read(funnel.write(steps))[0] == (() if steps == funnel.USUAL else steps)


def test_a_time_is_told_in_its_two_greatest_units() -> None:
    assert [
        duration(seconds).replace("\xa0", " ")
        for seconds in (0, 4.36, 59.5, 60, 88, 3600, 7_500, 86_400, 273_600)
    ] == [
        "0 s",
        "4.4 s",
        "59.5 s",
        "1 min",
        "1 min 28 s",
        "1 h",
        "2 h 5 min",
        "1 d",
        "3 d 4 h",
    ]
