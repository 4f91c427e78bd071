"""Notes on days: analysts write them, charts over days show them, and nobody else's shop has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from collector.control.annotations import LONGEST, MOST, Annotations
from collector.control.tables import metadata
from collector.errors import OperatorError
from tests.dashboard.shop_world import HOSTILE, OTHER, SHOP, Client, OneKey, app_over, signed_in, week

NOTE = {"act": "note_add", "day": "2026-03-16", "text": "Sale begins", "place": "trend"}


@pytest.fixture
def book() -> Iterator[Annotations]:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(engine)
    yield Annotations(engine)
    engine.dispose()


@pytest.fixture
def control() -> OneKey:
    return OneKey()


@pytest.fixture
def client(control: OneKey) -> Client:
    return signed_in(app_over(week(), control=control))


def test_notes_are_given_by_day_and_in_the_order_they_were_made(book: Annotations) -> None:
    book.add("a", date(2026, 3, 2), " later \n day ", "ann", 1.0)
    book.add("a", date(2026, 3, 1), "second", "bob", 3.0)
    book.add("a", date(2026, 3, 1), "first", "ann", 2.0)
    book.add("b", date(2026, 3, 1), "of another shop", "ann", 2.0)
    book.add("a", date(2026, 3, 3), "after", "ann", 2.0)
    found = book.of("a", date(2026, 3, 1), date(2026, 3, 2))
    assert [(one.day.day, one.text, one.who, one.noted_at) for one in found] == [
        (1, "first", "ann", 2.0),
        (1, "second", "bob", 3.0),
        (2, "later day", "ann", 1.0),
    ]


def test_a_note_is_removed_by_its_own_shop_alone(book: Annotations) -> None:
    note_id = book.add("a", date(2026, 3, 1), "first", "ann", 1.0)
    assert not book.remove("b", note_id)
    assert book.remove("a", note_id)
    assert not book.remove("a", note_id)


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST + 1), "a\0b"])
def test_a_note_needs_a_text_that_fits(book: Annotations, text: str) -> None:
    with pytest.raises(OperatorError, match="a note needs a text of at most 200 characters"):
        book.add("a", date(2026, 3, 1), text, "ann", 1.0)


def test_a_shop_has_a_bound_of_notes(book: Annotations) -> None:
    for number in range(MOST):
        book.add("a", date(2026, 3, 1), str(number), "ann", 1.0)
    with pytest.raises(OperatorError, match="at most 500 notes"):
        book.add("a", date(2026, 3, 1), "one more", "ann", 1.0)
    assert book.add("b", date(2026, 3, 1), "another shop", "ann", 1.0)


def test_a_note_stands_in_the_chart_and_under_it(client: Client) -> None:
    answer = client.post("/overview?period=7d&tab=orders", NOTE)
    assert (answer.status, answer.headers["location"]) == (303, "/overview?period=7d&tab=orders#trend")
    page = client.get("/overview?period=7d").text
    figure = json.loads(
        re.findall(r'id="plot-trend".*?<script type="application/json">(.*?)</script>', page, re.S)[0]
    )
    assert [(one["name"], one["x0"], one["line"]["dash"]) for one in figure["layout"]["shapes"]] == [
        ("note", "2026-03-16", "dot")
    ]
    assert [(one["text"], one["x"]) for one in figure["layout"]["annotations"]] == [("1", "2026-03-16")]
    assert re.search(r'<ol class="notes".*?16 Mar 2026</span> Sale begins', page, re.S)


def test_a_note_outside_the_period_is_not_shown(client: Client) -> None:
    client.post("/overview?period=7d", NOTE)
    page = client.get("/overview?period=today").text
    assert "Sale begins" not in page
    assert '"shapes"' not in page


def test_a_note_is_of_one_shop(client: Client, control: OneKey) -> None:
    client.post("/overview?period=7d", NOTE)
    assert "Sale begins" not in client.get(f"/overview?period=7d&shop={OTHER.shop_id}").text
    (note,) = control.annotations.of(SHOP.shop_id, date(2026, 3, 16), date(2026, 3, 16))
    gone = {"act": "note_remove", "note": note.note_id, "place": "trend"}
    refused = client.post(f"/overview?period=7d&shop={OTHER.shop_id}", gone)
    assert (refused.status, "there is no such note" in refused.text) == (400, True)
    assert client.post("/overview?period=7d", gone).status == 303
    assert control.annotations.of(SHOP.shop_id, date(2026, 3, 16), date(2026, 3, 16)) == []


def test_a_note_may_say_anything_and_stays_words(client: Client) -> None:
    client.post("/overview?period=7d", {**NOTE, "text": HOSTILE, "place": "x/../y"})
    page = client.get("/overview?period=7d").text
    assert HOSTILE not in page
    assert "&lt;/script&gt;&lt;img src=x" in page


@pytest.mark.parametrize("day", ["", "yesterday", "0001-01-01", "2026-02-30"])
def test_a_note_needs_a_day(client: Client, day: str) -> None:
    answer = client.post("/overview?period=7d", {**NOTE, "day": day})
    assert answer.status == 400
    assert "a note needs a day" in answer.text


def test_a_page_without_charts_over_days_takes_no_note(client: Client) -> None:
    assert client.post("/visitors", NOTE).status in (400, 405)
