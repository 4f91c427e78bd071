"""The draft all vendors' events are made of: amounts, people, strict mode, anonymous rows."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.reading.draft import Draft, Setting, Unusable, all_or_nothing, once
from collector.reading.fingerprint import fingerprint
from collector.reading.lines import Line
from collector.reading.values import Literal
from collector.wire import Judged, Shop

RECEIVED_AT = datetime(2025, 7, 1, 12, tzinfo=UTC)


def draft(**given: Any) -> Draft:
    count = itertools.count()
    defaults = {
        "shop": Shop(shop_id="shop-1"),
        "vendor": "yespo",
        "strict": False,
        "received_at": RECEIVED_AT,
    }
    setting = Setting(**{**defaults, "new_id": lambda: f"id{next(count)}", **given})
    return Draft(setting=setting, name="theirs")


@pytest.mark.parametrize(
    ("sent", "column", "notes"),
    [
        (Literal("1990.50"), "1990.5", []),
        ("-3", "-3", []),
        ("99,90", "99.9", ["decimal_comma:price"]),
        (Literal("0.123456"), "0.1235", ["number_rounded:price"]),
        ("dear", None, ["field_format:price"]),
        (10**15, None, ["field_format:price"]),
        (True, None, ["field_format:price"]),
        ("", None, []),
        (None, None, []),
    ],
)
def test_amounts_are_exact_and_what_is_none_is_kept(sent: Any, column: str | None, notes: list[str]) -> None:
    made = draft()
    line = Line(draft=made)
    line.id("item_id", 7, "productId")
    line.amount("price", sent, "price")
    item = line.item()
    assert item is not None
    assert item.price == column
    assert made.notes == notes
    assert ("price" in item.props) == (column is None and sent not in ("", None))


def test_an_amount_without_a_currency_is_in_the_shop_s() -> None:
    made = draft()
    made.amount("value", 5, "total")
    event = made.finish("purchase").event
    assert event is not None
    assert (event.value, event.currency, event.notes) == ("5", "EUR", ("currency_defaulted",))


def test_strict_mode_refuses_an_offence_first_and_lenient_mode_keeps_it() -> None:
    for strict, outcome in ((True, "rejected"), (False, "accepted")):
        made = draft(strict=strict, notes=("utf8_replaced",))
        made.note("ts_missing")
        made.note("field_type:productId", strict=True)
        judged = made.finish("view_item")
        assert judged.outcome == outcome
        assert sorted(judged.codes) == ["field_type:productId", "ts_missing", "utf8_replaced"]
        assert (judged.codes[0] == "field_type:productId") == strict


def test_what_has_no_meaning_is_quarantined_or_rejected() -> None:
    missing = Unusable("field_missing:productId")
    assert draft().set_aside(missing).outcome == "quarantined"
    assert draft(strict=True).set_aside(missing).outcome == "rejected"
    assert draft(strict=True).set_aside(Unusable("items_empty", strict=False)).outcome == "quarantined"


def test_an_anonymous_row_names_nobody_but_stays_one_order() -> None:
    events = []
    for anonymous in (False, True):
        made = draft(anonymous=anonymous)
        made.email(" Ann@Example.org ")
        made.phone("+38 050 111-22-33")
        made.id("device_id", 12, "sc")
        made.ids["contactId"] = "9"
        made.props["name"] = "Ann"
        made.columns |= {"order_key": "A-1", "page_url": "https://shop.example/p?email=ann"}
        made.key = ("orders", "A-1")
        event = made.finish("purchase").event
        assert event is not None
        events.append(event)
    named, event = events
    assert named.email == "ann@example.org"
    assert (event.email, event.phone, event.device_id, dict(event.ids), dict(event.props)) == (
        None,
        None,
        None,
        {},
        {},
    )
    assert event.page_url == "https://shop.example/p"
    assert event.event_id == named.event_id


def test_a_person_s_contacts_are_normalised_or_kept_as_properties() -> None:
    made = draft()
    made.email("no address")
    made.phone("12")
    assert made.columns == {}
    assert made.props == {"email": "no address", "phone": "12"}
    assert made.notes == ["field_format:email", "phone_implausible"]
    assert not made.is_somebody()


def test_equal_events_of_a_request_count_once() -> None:
    made = []
    for _ in range(2):
        one = draft()
        one.key = ("orders", "A-1")
        made.append(one.finish("purchase"))
    assert [one.outcome for one in once(made)] == ["accepted", "duplicate"]


def test_one_refusal_refuses_the_whole_request() -> None:
    good, bad = draft().finish("view_item"), Judged(outcome="rejected", codes=("field_missing:productId",))
    assert [one.outcome for one in all_or_nothing([good, bad])] == ["rejected", "rejected"]
    assert all_or_nothing([good, bad])[0].event is None
    assert all_or_nothing([good]) == [good]


def test_the_fingerprint_sees_numbers_as_sent_and_no_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": Literal("1.50")}) == fingerprint({"b": Literal("1.50"), "a": 1})
    assert fingerprint({"b": Literal("1.50")}) != fingerprint({"b": Literal("1.5")})
    assert fingerprint({"b": 10**25}) != fingerprint({"b": 10**25 + 1})
