"""Segments are built, saved, measured, exported and removed with nothing but forms and links."""

from __future__ import annotations

import csv
import html
import io
import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

import duckdb
import pytest

from collector.errors import OperatorError
from collector.store.reader import CursorPool, DuckReader
from dashboard import queries
from dashboard.filters import LONGEST_DRAFT, parse
from dashboard.lens import Audience
from dashboard.scope import scope_of
from dashboard.segments import pinned, size
from dashboard.segments.saved import SavedSegments, as_text
from tests.dashboard.shop_world import (
    FORMULA,
    HOSTILE,
    NOW,
    OTHER,
    SHOP,
    Client,
    OneKey,
    app_over,
    at,
    empty_store,
    event,
    hostile,
    insert,
    order,
    session,
    signed_in,
    week,
)

ON_PHONES = '{"version":1,"rule":{"is":"all","of":[{"is":"device","values":["mobile"]}]}}'
TWO_PARTS = '{"version":1,"rule":{"is":"all","of":[{"is":"device","values":["mobile"]},{"is":"not","of":{"is":"identified"}}]}}'


class Shopkeeper:
    """The small shop's dashboard, its control data, and a person who uses its forms."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self.control = OneKey()
        self.db = db
        self.reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
        self.client: Client = signed_in(app_over(db, control=self.control))

    def tables(self, address: str) -> Mapping[str, Any]:
        found = self.client.get(address).json()["tables"]
        return {name: table["rows"] for name, table in found.items()}

    def post(self, address: str, **form: str) -> str:
        """Where a form leads."""
        answer = self.client.post(address, form)
        assert answer.status == 303, answer.text
        return answer.headers["location"]


@pytest.fixture
def keeper() -> Shopkeeper:
    return Shopkeeper(week())


def test_a_rule_is_built_and_saved_by_forms_alone(keeper: Shopkeeper) -> None:
    there = keeper.post(
        "/segments?period=7d&tab=builder",
        act="add",
        place="",
        kind="device",
        part="device_type",
        values="mobile",
    )
    page = keeper.client.get(there).text
    assert "Device · by kind of device · one of mobile" in page
    assert "Visitors found: 2" in page
    further = keeper.post(there, act="add", place="", kind="orders", measure="count", least="2")
    assert [
        row["visitor_id"]
        for row in keeper.tables(further.replace("/segments?", "/segments.json?"))["segments/people"]
    ] == ["ann"]
    saved = keeper.post(further, act="save", name="Phone buyers")
    (one,) = keeper.control.segments.of(SHOP.shop_id)
    assert json.loads(one.definition)["rule"] == {
        "is": "all",
        "of": [{"is": "device", "values": ["mobile"]}, {"is": "orders", "least": "2"}],
    }
    assert saved == f"/segments?period=7d&tab=saved&segment={one.segment_id}"
    assert "Only: Phone buyers" in keeper.client.get(saved).text


def test_links_of_the_builder_change_the_rule_they_stand_in(keeper: Shopkeeper) -> None:
    page = keeper.client.get(f"/segments?tab=builder&draft={quote(TWO_PARTS)}").text
    drafts = {
        html.unescape(word): _draft(html.unescape(link))
        for link, word in re.findall(r'<a href="([^"]*)#build">([^<]*)<', page)
        if "draft=" in link
    }
    assert {"all ⇄ any", "add group", "not", "remove"} <= set(drafts)
    assert drafts["all ⇄ any"]["is"] == "any"
    assert drafts["add group"]["of"][2] == {"is": "any", "of": []}


def _draft(link: str) -> Any:
    return json.loads(parse(dict(parse_qsl(link.partition("?")[2])))[0].draft)["rule"]


def test_a_rule_with_mistakes_is_shown_with_them_and_cannot_be_saved(keeper: Shopkeeper) -> None:
    draft = quote('{"version":1,"rule":{"is":"all","of":[{"is":"did","event":"look"}]}}')
    page = keeper.client.get(f"/segments?tab=builder&draft={draft}").text
    assert "event: is no event; a shop&#39;s own is `custom`" in page
    assert 'value="save"' not in page
    answer = keeper.client.post(f"/segments?tab=builder&draft={draft}", {"act": "save", "name": "x"})
    assert answer.status == 400
    said = "Nothing was changed: rule.of[0].event: is no event; a shop&#39;s own is `custom` with its `name`."
    assert said in answer.text
    assert keeper.control.segments.of(SHOP.shop_id) == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"act": "add", "kind": "country"}, "there is no such condition"),
        (
            {"act": "add", "kind": "device", "values": "x" * LONGEST_DRAFT},
            "the rule would be longer than 8000",
        ),
        ({"act": "remove", "segment": "none"}, "there is no such segment"),
        ({"act": "save", "name": " "}, "a segment needs a name"),
        ({"act": "drop"}, "this page has no such form"),
    ],
)
def test_a_form_that_cannot_be_done_says_why(keeper: Shopkeeper, form: dict[str, str], said: str) -> None:
    answer = keeper.client.post(f"/segments?tab=builder&draft={quote(ON_PHONES)}", form)
    assert answer.status == 400
    assert f"Nothing was changed: {said}" in answer.text
    assert "<h1>Segments</h1>" in answer.text


def test_a_form_of_another_site_and_of_nobody_changes_nothing(keeper: Shopkeeper) -> None:
    form = {"act": "save", "name": "Stolen"}
    address = f"/segments?tab=builder&draft={quote(ON_PHONES)}"
    assert keeper.client.post(address, form, sec_fetch_site="cross-site").status == 403
    assert keeper.client.post(address, form, origin="https://evil.example").status == 403
    assert Client(app_over(keeper.db, control=keeper.control)).post(address, form).status == 303
    assert keeper.control.segments.of(SHOP.shop_id) == []


def test_a_cell_of_the_cube_is_saved_in_one_click(keeper: Shopkeeper) -> None:
    (row, *_) = keeper.tables("/segments.json?period=7d&method=quintiles")["segments/members"]
    cell, name = f"{row['r']}{row['f']}", f"Cell R{row['r']} F{row['f']}"
    address = f"/segments?period=7d&method=quintiles&cell={cell}"
    hidden = '<input type="hidden" name="{}" value="{}">'
    assert hidden.format("act", "save_cell") + hidden.format("name", name) in keeper.client.get(address).text
    keeper.post(address, act="save_cell", name=name)
    (one,) = keeper.control.segments.of(SHOP.shop_id)
    assert (one.name, json.loads(one.definition)["rule"]) == (
        name,
        {"is": "rfm", "cell": cell, "method": "quintiles"},
    )
    people = keeper.tables(f"/segments.json?tab=saved&segment={one.segment_id}")["segments/people"]
    assert row["visitor_id"] in {person["visitor_id"] for person in people}


def test_a_saved_segment_is_measured_for_the_weeks_before_and_now() -> None:
    db = empty_store()
    for number, day in enumerate(("01-05", "02-20", "03-03", "03-04", "03-10", "03-11", "03-18")):
        session(db, f"k{number}", f"{day} 09:00", f"v{number}", device_type="mobile")
    session(db, "later", "03-18 11:00", "w", device_type="mobile")  # after the moment
    keeper = Shopkeeper(db)
    keeper.post(f"/segments?tab=builder&draft={quote(ON_PHONES)}", act="save", name="Phones")
    (one,) = keeper.control.segments.of(SHOP.shop_id)
    ends = [date(2026, 3, 18) - timedelta(weeks=weeks) for weeks in range(12, -1, -1)]
    assert list(keeper.control.segments.sizes(SHOP.shop_id)[one.segment_id].items()) == list(
        zip(ends, [0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 4, 6, 7], strict=True)
    )
    rows = keeper.tables("/segments.json?tab=saved")["segments/sizes"]
    assert [(row["day"], row["visitors"]) for row in rows][-2:] == [("2026-03-11", 6), ("2026-03-18", 7)]


def test_a_size_is_noted_once_a_day_and_the_last_look_counts() -> None:
    db, control = empty_store(), OneKey()
    session(db, "k1", "03-18 09:00", "v1", device_type="mobile")
    reader = DuckReader(CursorPool(db.cursor), CursorPool(db.cursor))
    phones = control.segments.add(SHOP.shop_id, "Phones", "dynamic", ON_PHONES, 0.0)
    broken = control.segments.add(SHOP.shop_id, "Broken", "dynamic", "{}", 0.0)
    lamps = control.segments.add(OTHER.shop_id, "Lamps", "dynamic", ON_PHONES, 0.0)
    assert size.measure(reader, control, NOW) == 3
    session(db, "k2", "03-18 10:35", "v2", device_type="mobile")
    assert size.measure(reader, control, NOW + timedelta(hours=1)) == 3
    size.measure(reader, control, NOW + timedelta(hours=14))  # after midnight in Berlin
    told = control.segments.sizes(SHOP.shop_id)
    assert list(told) == [phones.segment_id]
    assert list(told[phones.segment_id].items())[-2:] == [(date(2026, 3, 18), 2), (date(2026, 3, 19), 2)]
    assert broken.segment_id not in told
    assert set(control.segments.sizes(OTHER.shop_id)) == {lamps.segment_id}


def test_a_list_is_who_its_ids_name_now_and_only_who_was_here(keeper: Shopkeeper) -> None:
    one = keeper.control.segments.add(SHOP.shop_id, "Guests", "static", "", 0.0)
    keeper.control.segments.put(one.segment_id, ["bob", "never-seen", "e:ann@shop.example"])
    insert(
        keeper.db,
        "visitor_ids",
        shop_id=SHOP.shop_id,
        visitor_id="ann",
        kind="email",
        value="ann@shop.example",
        first_at=at("03-17 09:00"),
    )
    rows = keeper.tables(f"/segments.json?tab=saved&segment={one.segment_id}")["segments/people"]
    assert [row["visitor_id"] for row in rows] == ["ann", "bob"]


def test_a_list_that_a_rule_names_is_not_removed_before_the_rule(keeper: Shopkeeper) -> None:
    book = keeper.control.segments
    guests = book.add(SHOP.shop_id, "Guests", "static", "", 0.0)
    saved = SavedSegments(keeper.reader, book)
    rule = f'{{"version":1,"rule":{{"is":"not","of":{{"is":"list","id":"{guests.segment_id}"}}}}}}'
    others = saved.save(SHOP, "Others", rule, NOW)
    with pytest.raises(OperatorError, match="the segment 'Others' asks for it"):
        saved.remove(SHOP, guests.segment_id)
    assert (
        keeper.post("/segments?tab=saved", act="remove", segment=others.segment_id) == "/segments?tab=saved"
    )
    assert saved.remove(SHOP, guests.segment_id)
    assert book.of(SHOP.shop_id) == []


def test_a_segment_of_another_shop_is_none_of_this_one(keeper: Shopkeeper) -> None:
    theirs = keeper.control.segments.add(OTHER.shop_id, "Lamps", "dynamic", ON_PHONES, 0.0)
    answer = keeper.client.get(f"/overview?segment={theirs.segment_id}").text
    assert "is no segment that can be asked for" in answer
    assert keeper.client.post("/segments", {"act": "remove", "segment": theirs.segment_id}).status == 400
    assert keeper.control.segments.of(OTHER.shop_id) == [theirs]


def test_members_are_exported_with_what_identifies_them_and_no_formula() -> None:
    keeper = Shopkeeper(hostile())
    event(
        keeper.db,
        50,
        "03-18 09:20",
        event="identify",
        visitor_id="eve",
        user_id=FORMULA,
        email="eve@x.example",
    )
    one = keeper.control.segments.add(SHOP.shop_id, HOSTILE, "static", "", 0.0)
    keeper.control.segments.put(one.segment_id, ["eve"])
    address = f"/segments.csv?tab=saved&segment={one.segment_id}&table=segments/people"
    (row,) = csv.DictReader(io.StringIO(keeper.client.get(address).text))
    assert (row["visitor_id"], row["user_ids"], row["emails"]) == ("eve", f"'{FORMULA}", "eve@x.example")
    assert (row["sessions"], row["orders"], row["revenue"]) == ("1", "1", "5.0000")
    for page in ("/segments?tab=saved", f"/overview?segment={one.segment_id}", "/segments?tab=builder"):
        assert "<img" not in keeper.client.get(page).text


@pytest.mark.parametrize("value", [HOSTILE, FORMULA, "'; drop table orders; --", "a\0b", "100%", "x" * 2000])
def test_a_hostile_draft_is_shown_as_text_and_asks_for_nothing_else(keeper: Shopkeeper, value: str) -> None:
    whole = {"version": 1, "rule": {"is": "all", "of": [{"is": "arm", "values": [value]}]}}
    draft = quote(json.dumps(whole))
    page = keeper.client.get(f"/segments?tab=builder&draft={draft}")
    assert page.status == 200
    assert "<img" not in page.text
    assert 'class="missing"' not in page.text
    assert keeper.db.execute("select count(*) from orders").fetchone() == (6,)


def test_the_question_of_a_segment_is_shown_with_its_parameters(keeper: Shopkeeper) -> None:
    page = keeper.client.get(f"/segments?tab=builder&draft={quote(ON_PHONES)}").text
    assert "list_contains(\n        $audience_0_traits::varchar[]," in html.unescape(page)
    assert re.search(r"audience_0_traits</th><td[^>]*>\[&#39;mobile&#39;\]<", page)
    assert re.search(r"audience_shop</th><td[^>]*>kettles<", page)


def test_too_many_visitors_to_list_are_asked_for_by_the_rule(
    keeper: Shopkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = keeper.control.segments.add(SHOP.shop_id, "Phones", "dynamic", ON_PHONES, 0.0)
    address = f"/overview.json?period=7d&segment={one.segment_id}"
    listed = keeper.tables(address)
    audience = Audience(segment_id="x", name="x", sql="select unnest(['ann', 'bob']) as visitor_id")
    assert pinned.pinned(keeper.reader, audience).params == {"audience_members": ["ann", "bob"]}
    monkeypatch.setattr(pinned, "MOST", 1)
    assert pinned.pinned(keeper.reader, audience) is audience
    assert keeper.tables(address) == listed
    assert listed["overview/totals"][0]["orders"] == 3


def test_lists_that_events_keep_are_counted_and_filter_pages(keeper: Shopkeeper) -> None:
    def call(number: int, moment: str, who: str | None, **props: str) -> None:
        event(
            keeper.db,
            number,
            moment,
            event="identify",
            visitor_id=who,
            props=json.dumps(props, separators=(",", ":")),
        )

    call(60, "03-17 10:00", "ann", segment_add="vip")
    call(61, "03-17 11:00", "bob", segment_add="vip")
    call(62, "03-17 12:00", "bob", segment_remove="vip")
    call(63, "03-17 12:00", None, segment_add="vip")
    call(64, "03-17 13:00", "carl", segment_add="new", segment_remove="vip")
    call(65, "03-17 14:00", "carl", segment_add="new", segment_remove="new")
    rows = keeper.tables("/segments.json?tab=saved")["segments/called"]
    assert [(row["list"], row["visitors"], row["calls"]) for row in rows] == [("vip", 1, 4), ("new", 0, 2)]
    people = keeper.tables("/segments.json?tab=saved&segment=events:vip")["segments/people"]
    assert [row["visitor_id"] for row in people] == ["ann"]


# Affinity


def affine_world(seed: int) -> tuple[duckdb.DuckDBPyConnection, dict[str, list[tuple[datetime, set[str]]]]]:
    """Orders of few visitors over few products, told in the items; what each visitor ordered when."""
    rng = random.Random(seed)
    db, bought = empty_store(), defaultdict(list)
    for number in range(40):
        who, day = f"v{rng.randrange(8)}", rng.randrange(1, 19)
        products = {f"p{rng.randrange(5)}" for _ in range(rng.randrange(1, 3))}
        bot, cancelled = rng.random() < 0.1, rng.random() < 0.1
        order(
            db,
            f"o{number}",
            f"03-{day:02} 09:00",
            "10",
            visitor_id=who,
            bot=bot,
            cancelled=cancelled,
            item_id=min(products),
        )
        for line, product in enumerate(sorted(products)[1:], 1):
            shared = {
                "shop_id": SHOP.shop_id,
                "order_key": f"o{number}",
                "placed_at": at(f"03-{day:02} 09:00"),
                "bot": bot,
            }
            insert(
                db, "order_lines", **shared, line=line, visitor_id=who, item_id=product, quantity=1, revenue=1
            )
        if not bot:
            bought[who].append((at(f"03-{day:02} 09:00"), products))
    for number in range(30):
        insert(
            db,
            "items",
            shop_id=SHOP.shop_id,
            ts=at(f"03-{rng.randrange(1, 18):02} {number % 24:02}:00"),
            event="view_item",
            item_id=f"p{rng.randrange(5)}",
            item_category=rng.choice(["Home", "Garden", None]),
            item_brand=rng.choice(["Hearth", None]),
        )
    return db, bought


@pytest.mark.parametrize("seed", range(6))
def test_affinity_is_what_visitors_with_three_orders_bought_in_two_of_them(seed: int) -> None:
    db, bought = affine_world(seed)
    until = NOW.replace(tzinfo=None)
    told: dict[str, tuple[str | None, str | None]] = {}
    for item in {f"p{number}" for number in range(5)}:
        rows = db.execute(
            "select ts, item_category, item_brand from items where item_id = ?", [item]
        ).fetchall()
        rows = [row for row in rows if row[1] is not None or row[2] is not None]
        parts = [
            max(((row[0], row[place]) for row in rows if row[place] is not None), default=None)
            for place in (1, 2)
        ]
        if rows:
            told[item] = (parts[0][1] if parts[0] else None, parts[1][1] if parts[1] else None)
    expected = {}
    for who, orders in bought.items():
        mine = [products for moment, products in orders if moment < until]
        pairs = {pair for products in mine for pair in map(told.get, products) if pair}
        for pair in pairs if len(mine) >= 3 else ():
            count = sum(pair in map(told.get, products) for products in mine)
            if count >= 2:
                expected[who, *pair] = (count, len(mine))
    assert expected
    scope = scope_of(SHOP, parse({"period": "7d"})[0], slug="segments", now=NOW, tab="affinity")
    question = queries.load("segments/affinity_visitors")
    rows = db.execute(question.sql, question.given({**scope.params(), "page_size": 1000})).fetchall()
    assert {row[:3]: row[3:5] for row in rows} == expected
    assert all(row[5] == row[3] / row[4] and row[6] == len(expected) for row in rows)
    pairs_of = queries.load("segments/affinity")
    summed = db.execute(pairs_of.sql, pairs_of.given(scope.params())).fetchall()
    everyone = len({key[0] for key in expected})
    for category, brand, visitors, share, strength, orders in summed:
        theirs = [value for key, value in expected.items() if key[1:] == (category, brand)]
        assert (visitors, share, orders) == (
            len(theirs),
            len(theirs) / everyone,
            sum(value[0] for value in theirs),
        )
        assert strength == pytest.approx(sum(value[0] / value[1] for value in theirs) / len(theirs))
    assert sum(row[2] for row in summed) == len(expected)
    db.close()


def test_sizes_travel_to_their_questions_as_they_are() -> None:
    control = OneKey()
    one = control.segments.add(SHOP.shop_id, HOSTILE, "static", "", 1_700_000_000.5)
    control.segments.measured(one.segment_id, {date(2026, 3, 1): 4, date(2026, 3, 2): 5})
    told = as_text(control.segments.of(SHOP.shop_id), control.segments.sizes(SHOP.shop_id))
    db = duckdb.connect()
    (row,) = db.execute(queries.load("segments/saved").sql, {"saved_segments": told}).fetchall()
    assert row == (
        one.segment_id,
        HOSTILE,
        "static",
        datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC).replace(tzinfo=None),
        5,
        date(2026, 3, 2),
    )
    db.close()
