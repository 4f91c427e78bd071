"""What the Data quality page says first, what it folds away, and what opens behind its links."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from collector.event import Event
from collector.log.memory import MemoryLog
from dashboard.texts import load as load_texts
from tests.dashboard.shop_world import (
    NOW,
    REQUEST,
    SHOP,
    app_over,
    at,
    empty_store,
    event,
    insert,
    log_of,
    order,
    raw,
    request,
    session,
    signed_in,
    view,
)

SECOND = timedelta(seconds=1)


def html(db: duckdb.DuckDBPyConnection, address: str, log: MemoryLog | None = None) -> str:
    answer = signed_in(app_over(db, log)).get(address)
    assert answer.status == 200
    return answer.text


def part(text: str, name: str) -> str:
    """One panel of a page."""
    return text.split(f'<section class="panel" id="{name}"')[1].split("</section>")[0]


def codes(text: str) -> list[tuple[str, str]]:
    """Levels and codes in the order of the page."""
    return re.findall(r'<span class="level (\w+)">.*?<code class="code">([^<]+)</code>', text, re.DOTALL)


def findings() -> duckdb.DuckDBPyConnection:
    """A device that comes back under its old session id, from a page that changes its path."""
    db = empty_store()
    visit: dict[str, Any] = {"visitor": "ann", "device_id": "ann", "session_id": "s", "run": 1}
    session(db, "s", "03-16 09:00", **visit)
    session(db, "s#2", "03-17 09:00", **{**visit, "run": 2})
    seen: dict[str, Any] = {"device_id": "ann", "visitor_id": "ann", "session_id": "s"}
    event(db, 1, "03-16 09:00", ["quantity_defaulted"], session_key="s", **seen)
    event(db, 2, "03-17 09:00", ["price_invalid"], session_key="s#2", page_view_id="pv", **seen)
    moved = {**seen, "page_url": "https://kettles.example/p/38"}
    event(db, 3, "03-17 09:01", ["decimal_comma:price"], session_key="s#2", page_view_id="pv", **moved)
    event(db, 4, "03-17 09:02", ["decimal_comma:price", "quantity_defaulted"], session_key="s#2", **seen)
    for number in range(1, 5):
        raw(db, number, "03-17 09:00", "{}")
    return db


def test_what_matters_most_comes_first_and_what_needs_no_action_is_folded() -> None:
    shown = part(html(findings(), "/quality?period=7d"), "codes")
    before, folded = shown.split('<details class="quiet">')
    assert codes(before) == [
        ("error", "price_invalid"),
        ("note", "decimal_comma:price"),
        ("note", "sid_stale"),
        ("note", "spa_flag_missing"),
    ]
    assert codes(folded) == [("info", "quantity_defaulted"), ("info", "device_new")]
    assert "2 codes that need no action" in folded


def test_findings_count_in_their_own_units_and_their_sample_opens_the_request() -> None:
    shown = part(html(findings(), "/quality?period=7d"), "codes")
    found = {}
    for piece in shown.split("<li>")[1:]:
        code = codes(piece)[0][1]
        amount = re.search(r'<span class="amount">(.*?)</span>', piece)
        link = re.search(r'href="/quality/([0-9a-f-]+)', piece)
        assert amount
        assert link
        found[code] = (amount[1], link[1])
    assert found["sid_stale"] == ("1 session in 7 days", REQUEST.format(2))
    assert found["spa_flag_missing"] == ("1 page view in 7 days", REQUEST.format(3))
    assert found["device_new"] == ("1 device in 7 days", REQUEST.format(1))
    assert found["decimal_comma:price"] == ("2 events · 50.0\N{NO-BREAK SPACE}%", REQUEST.format(4))


def test_the_card_counts_events_that_need_a_look_and_tells_of_the_others_apart() -> None:
    (row,) = (
        signed_in(app_over(findings()))
        .get("/quality.json?period=7d")
        .json()["tables"]["quality/outcomes"]["rows"]
    )
    assert {name: row[name] for name in ("accepted", "noted", "told")} == {
        "accepted": 4,
        "noted": 3,
        "told": 1,
    }
    assert "1 info only" in html(findings(), "/quality?period=7d")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, [("info", "quantity_defaulted"), ("info", "device_new")]),
        (2, [("error", "price_invalid"), ("note", "sid_stale")]),
        (3, [("note", "decimal_comma:price")]),
    ],
)
def test_a_request_tells_what_its_events_began(number: int, told: list[tuple[str, str]]) -> None:
    assert codes(part(html(findings(), f"/quality/{REQUEST.format(number)}"), "events")) == told


def test_an_event_with_nothing_but_infos_is_plainly_accepted() -> None:
    shown = part(html(findings(), f"/quality/{REQUEST.format(1)}"), "events")
    assert '<span class="verdict accepted">accepted</span>' in shown
    shown = part(html(findings(), f"/quality/{REQUEST.format(3)}"), "events")
    assert '<span class="verdict accepted noted">with notes</span>' in shown


def test_a_note_that_an_adapter_gave_too_is_told_once() -> None:
    db = empty_store()
    session(db, "s", "03-16 09:00", "ann", device_id="ann", session_id="s")
    event(
        db,
        1,
        "03-16 09:00",
        ["device_new"],
        session_key="s",
        device_id="ann",
        visitor_id="ann",
        session_id="s",
    )
    raw(db, 1, "03-16 09:00", "{}")
    assert codes(part(html(db, "/quality?period=7d"), "codes")) == [("info", "device_new")]
    assert codes(part(html(db, f"/quality/{REQUEST.format(1)}"), "events")) == [("info", "device_new")]


def test_a_finding_that_takes_too_long_leaves_the_codes_in_place() -> None:
    db = findings()
    db.execute("alter table sessions rename column device_id to another")
    shown = part(html(db, "/quality?period=7d"), "codes")
    assert ("error", "price_invalid") in codes(shown)
    assert shown.count('<p class="missing" role="status">') == 2


def test_what_the_script_gave_up_is_a_figure_with_its_definition() -> None:
    db = findings()
    assert "No browser told of an event that it had to give up" in part(
        html(db, "/quality?period=7d"), "losses"
    )
    for number, lost in ((2, 3), (3, 39)):
        insert(
            db,
            "losses",
            shop_id=SHOP.shop_id,
            ts=at("03-17 09:00") + number * SECOND,
            request_id=REQUEST.format(number),
            lost=lost,
        )
    shown = part(html(db, "/quality?period=7d"), "losses")
    assert "Events lost: 42" in shown
    assert "Reports: 2" in shown
    assert f"/quality/{REQUEST.format(3)}" in shown
    assert "100 events, 64 KiB, 7 days" in shown


def test_refusals_are_never_folded() -> None:
    db = empty_store()
    row = {"shop_id": SHOP.shop_id, "received_at": at("03-17 09:00"), "outcome": "ignored"}
    insert(db, "refused", **row, codes=["bot_ua"], request_id=REQUEST.format(1))
    shown = part(html(db, "/quality?period=7d&tab=ignored"), "codes")
    assert codes(shown) == [("info", "bot_ua")]
    assert '<details class="quiet">' not in shown


def test_an_order_that_changed_says_so_and_how_often() -> None:
    db = empty_store()
    order(db, "A-1", "03-17 09:10", "12.50", visitor_id="ann")
    order(db, "A-2", "03-17 09:10", "12.50", visitor_id="ann")
    for number, (key, name) in enumerate(
        (("A-1", "purchase"), ("A-1", "purchase"), ("A-1", "order_status"), ("A-2", "purchase"))
    ):
        insert(
            db,
            "order_versions",
            shop_id=SHOP.shop_id,
            order_key=key,
            event=name,
            vendor="rees46",
            event_id=REQUEST.format(number),
            request_id=REQUEST.format(number),
        )
    assert "Later reports of this order with other content: 1 (order_changed)." in html(db, "/orders/A-1")
    assert "order_changed" not in html(db, "/orders/A-2")


def test_live_says_with_notes_only_where_somebody_should_look() -> None:
    calm = view(1, 3, notes=("currency_defaulted", "quantity_defaulted"))
    odd = view(2, 2, notes=("currency_defaulted", "decimal_comma:price"))
    log = log_of(calm, odd)
    feed = part(html(empty_store(), "/live", log), "feed")
    rows = dict(re.findall(r'<tr data-seq="(\d)">(.*?)</tr>', feed, re.DOTALL))
    assert '<span class="verdict accepted">accepted</span>' in rows["1"]
    assert "_defaulted" not in feed
    assert '<span class="verdict accepted noted">with notes</span>' in rows["2"]
    assert "decimal_comma:price" in rows["2"]
    assert "1 of the last 2 events have something to say." in html(empty_store(), "/quality", log)
    told = signed_in(app_over(empty_store(), log)).get("/live.json").json()["tables"]["tail/feed"]["rows"]
    assert [(row["codes"], row["notes"]) for row in told] == [
        ("currency_defaulted, decimal_comma:price", "decimal_comma:price"),
        ("currency_defaulted, quantity_defaulted", ""),
    ]


def test_a_calm_shop_is_told_that_all_is_well() -> None:
    event_of = Event(event="view_item", event_id=REQUEST.format(1), ts=NOW, notes=("sid_derived",))
    text = part(html(empty_store(), "/quality", log_of(request(1, 1, events=(event_of,)))), "live")
    assert load_texts("en")("quality.live_all_well", seen=1) in text
