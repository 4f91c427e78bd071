"""Edge cases that begin before the tables: from events through the store to the credit of a line.

Partial and full removal, a duplicate thank-you page, an edited order, browser and server
reports of one order, login in mid-checkout, a payment provider's referrer, late events, a
reused session id, visitors without any id, bots, a landing from a mailing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.event import Event, EventName
from collector.store import Reader
from collector.store.duckdb import DuckStore
from dashboard import queries
from tests.dashboard.attribution_world import PARAMS, utc
from tests.store.world import START, Sender, item, load, open_store, purchase_id

BLOCK: dict[str, Any] = {"recommended_by": "dynamic", "recommended_code": "blk-1"}
SEARCH: dict[str, Any] = {"recommended_by": "full_search", "recommended_code": "kettle"}
MAILING: dict[str, Any] = {"recommended_by": "bulk", "recommended_code": "spring"}
WHO = {"device_id": "dev-1", "session_id": "s-1"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckStore]:
    opened = open_store(tmp_path / "store.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def sender() -> Sender:
    return Sender()


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def event(sender: Sender, name: EventName, minutes: float, **fields: Any) -> Event:
    return sender.event(name, at(minutes), **{**WHO, **fields})


def touch(sender: Sender, minutes: float, name: EventName = "view_item", **fields: Any) -> Event:
    kettle = {"items": (item("kettle", "1" if name == "add_to_cart" else None),)}
    return event(sender, name, minutes, **{**kettle, **BLOCK, **fields})


def purchase(sender: Sender, minutes: float, content: str = "", **fields: Any) -> Event:
    order = {
        "order_key": "o1",
        "transaction_id": "o1",
        "items": (item("kettle", "1", "10"),),
        "currency": "EUR",
    }
    return event(sender, "purchase", minutes, event_id=purchase_id("o1", content), **{**order, **fields})


def send(store: DuckStore, sender: Sender, *events: Event, **request: Any) -> None:
    """Each event in a request and a batch of its own, in this order."""
    for one in events:
        load(store, [sender.request([one], **request)])


def ask(reader: Reader, name: str) -> list[dict[str, Any]]:
    query = queries.load(name)
    params = {**PARAMS, "start": utc(2026, 1, 1), "until": utc(2026, 2, 1)}
    return reader.query(query.sql, {key: params[key] for key in query.params}).dicts()


def credited(store: DuckStore) -> list[tuple[str, str | None, Decimal, str]]:
    """(item, tool, revenue, reason) of every line of every order."""
    rows = ask(store.reader(), "attribution/credits")
    lines = sorted(rows, key=lambda row: (row["order_key"], row["line"]))
    return [(row["item_id"], row["recommended_by"], row["revenue"], row["reason"]) for row in lines]


KEPT = [("kettle", "dynamic", Decimal(10), "kept_last")]
LOST = [("kettle", None, Decimal(10), "no_touch")]


def test_a_click_and_an_order_of_one_session_make_a_credit(store: DuckStore, sender: Sender) -> None:
    send(store, sender, touch(sender, 0), purchase(sender, 5))
    assert credited(store) == KEPT


def test_a_partial_removal_keeps_the_credit_and_a_full_one_ends_it(store: DuckStore, sender: Sender) -> None:
    add = touch(sender, 0, "add_to_cart", items=(item("kettle", "2"),))
    less = event(sender, "remove_from_cart", 1, items=(item("kettle", "1"),))
    send(store, sender, add, less, purchase(sender, 9))
    assert credited(store) == KEPT
    send(store, sender, event(sender, "remove_from_cart", 2, items=(item("kettle", "1"),)))
    assert credited(store) == LOST


def test_after_a_full_removal_a_later_add_by_search_wins(store: DuckStore, sender: Sender) -> None:
    gone = event(sender, "remove_from_cart", 2, items=(item("kettle", "1"),), notes=("remove_all",))
    again = touch(sender, 3, "add_to_cart", **SEARCH)
    send(store, sender, touch(sender, 0, "add_to_cart"), gone, again, purchase(sender, 9))
    assert credited(store) == [("kettle", "full_search", Decimal(10), "kept_last")]


def test_an_empty_snapshot_of_the_cart_ends_the_credit_and_one_after_the_order_does_not(
    store: DuckStore, sender: Sender
) -> None:
    emptied = event(sender, "cart_update", 10, is_full=True)
    send(store, sender, touch(sender, 0, "add_to_cart"), purchase(sender, 9), emptied)
    assert credited(store) == KEPT
    send(store, sender, event(sender, "cart_update", 8, is_full=True))
    assert credited(store) == LOST


def test_a_duplicate_thank_you_page_is_one_order_with_one_credit(store: DuckStore, sender: Sender) -> None:
    send(store, sender, touch(sender, 0), purchase(sender, 5), purchase(sender, 6))
    assert credited(store) == KEPT


def test_an_edited_order_is_credited_by_its_last_lines_at_its_first_time(
    store: DuckStore, sender: Sender
) -> None:
    late = touch(sender, 7, items=(item("lid"),))
    lines = (item("kettle", "1", "8"), item("lid", "1", "3"))
    edited = purchase(sender, 8, "edited", items=lines, value="11")
    send(store, sender, touch(sender, 0), purchase(sender, 5), late, edited)
    assert credited(store) == [
        ("kettle", "dynamic", Decimal(8), "kept_last"),
        ("lid", None, Decimal(3), "no_touch"),
    ]


def test_a_server_report_and_the_browsers_are_one_order_with_the_browsers_identity(
    store: DuckStore, sender: Sender
) -> None:
    server = purchase(sender, 5, "server", device_id=None, session_id=None, value="10")
    send(store, sender, touch(sender, 0), server)
    assert credited(store) == [("kettle", None, Decimal(10), "no_visitor")]
    send(store, sender, purchase(sender, 5.1, "browser"))
    assert credited(store) == KEPT


def test_a_login_in_mid_checkout_does_not_split_the_cart(store: DuckStore, sender: Sender) -> None:
    login = event(sender, "identify", 3, user_id="u-1", email="ann@example.org")
    send(store, sender, touch(sender, 0), login, purchase(sender, 5, user_id="u-1", email="ann@example.org"))
    assert credited(store) == KEPT


def test_a_payment_providers_referrer_neither_earns_nor_resets(store: DuckStore, sender: Sender) -> None:
    back = event(
        sender, "page_view", 4, referrer="https://pay.example/return", page_url="https://shop.example/ok"
    )
    send(store, sender, touch(sender, 0), back, purchase(sender, 5, referrer="https://pay.example/return"))
    assert credited(store) == KEPT


def test_a_touch_that_arrives_after_the_order_is_credited_by_its_own_time(
    store: DuckStore, sender: Sender
) -> None:
    send(store, sender, purchase(sender, 5))
    assert credited(store) == LOST
    send(store, sender, touch(sender, 0), received_at=at(600))
    assert credited(store) == KEPT


def test_a_session_id_reused_after_the_gap_is_another_session(store: DuckStore, sender: Sender) -> None:
    send(store, sender, touch(sender, 0), purchase(sender, 121))
    assert credited(store) == LOST


def test_a_session_without_a_gap_is_one_however_long_it_lasts(store: DuckStore, sender: Sender) -> None:
    views = [event(sender, "page_view", hour * 60) for hour in range(1, 30)]
    send(store, sender, touch(sender, 0))
    load(store, [sender.request([view]) for view in views])
    send(store, sender, purchase(sender, 30 * 60))
    assert credited(store) == KEPT


def test_an_order_without_any_id_is_in_the_totals_but_not_attributed(
    store: DuckStore, sender: Sender
) -> None:
    send(store, sender, touch(sender, 0), purchase(sender, 5, device_id=None, session_id=None))
    assert credited(store) == [("kettle", None, Decimal(10), "no_visitor")]


def test_a_bots_touches_and_orders_are_stored_but_not_counted(store: DuckStore, sender: Sender) -> None:
    send(store, sender, touch(sender, 0), user_agent="a bot")
    send(store, sender, purchase(sender, 5))
    assert credited(store) == LOST


def test_a_landing_from_a_mailing_is_message_revenue_and_the_block_keeps_its_line(
    store: DuckStore, sender: Sender
) -> None:
    landing = touch(sender, 0, **MAILING, items=(item("lid"),))
    lines = (item("kettle", "1", "10"), item("lid", "1", "5"))
    send(store, sender, landing, touch(sender, 1), purchase(sender, 5, items=lines))
    assert credited(store) == [*KEPT, ("lid", None, Decimal(5), "no_touch")]
    messages = ask(store.reader(), "attribution/rees46_messages")
    assert [(row["recommended_code"], row["revenue"]) for row in messages] == [("spring", Decimal(15))]
