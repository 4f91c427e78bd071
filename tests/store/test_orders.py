"""Orders and their lines from the versions that were sent (docs/wire/canonical.md, "Orders view")."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from collector.event import Event
from collector.store.duckdb import DuckStore
from tests.store.world import START, Sender, item, load, open_store, purchase_id, rows

SECOND = timedelta(seconds=1)
ORDERS = "select order_key, revenue, value, lines_total, lines, versions, computed, cancelled from orders"
LINES = "select item_id, quantity, price, revenue from order_lines order by order_key, line"


def _bought(sender: Sender, key: str, *content: str, after: int = 0, **fields: Any) -> Event:
    return sender.event(
        "purchase",
        START + after * SECOND,
        event_id=purchase_id(key, *content),
        order_key=key,
        device_id="d",
        **fields,
    )


def _load(store: DuckStore, sender: Sender, *events: Event, **fields: Any) -> None:
    for event in events:
        load(store, [sender.request([event], **fields)])


def test_revenue_is_the_value_without_shipping_and_tax(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    lines = (item("a", "2", "10"), item("b", "1", "30"))
    _load(store, sender, _bought(sender, "o", value="57", shipping="5", tax="2", items=lines))
    assert rows(store, ORDERS) == [("o", Decimal(50), Decimal(57), Decimal(50), 2, 1, False, False)]
    assert rows(store, LINES) == [
        ("a", Decimal(2), Decimal(10), Decimal(20)),
        ("b", Decimal(1), Decimal(30), Decimal(30)),
    ]
    store.close()


def test_a_discount_is_spread_so_that_lines_sum_to_the_order_exactly(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    lines = tuple(item(name, "1", "10") for name in "abc")
    _load(store, sender, _bought(sender, "o", value="10", items=lines))
    assert rows(store, "select item_id, revenue from order_lines order by line") == [
        ("a", Decimal("3.3334")),
        ("b", Decimal("3.3333")),
        ("c", Decimal("3.3333")),
    ]
    store.close()


def test_a_discount_is_spread_in_proportion_to_what_lines_cost(tmp_path: Path) -> None:
    """110 less 6 shipping and 4 tax is 100 over 59.97, 5.01 and 40.00 (104.98 in all), cut after four places:
    57.1251…, 4.7723… and 38.1024…; the 0.0002 that cutting leaves go to the largest line."""
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    lines = (item("a", "3", "19.99"), item("b", "1", "5.01"), item("c", "2", "20"))
    _load(store, sender, _bought(sender, "o", value="110", shipping="6", tax="4", items=lines))
    assert rows(store, "select item_id, revenue from order_lines order by line") == [
        ("a", Decimal("57.1253")),
        ("b", Decimal("4.7723")),
        ("c", Decimal("38.1024")),
    ]
    assert rows(store, "select revenue, lines_total from orders") == [(Decimal(100), Decimal("104.98"))]
    store.close()


def test_lines_without_prices_share_by_quantity(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", value="40", items=(item("a", "3"), item("b", "1"))))
    assert rows(store, LINES) == [
        ("a", Decimal(3), None, Decimal(30)),
        ("b", Decimal(1), None, Decimal(10)),
    ]
    assert rows(store, ORDERS) == [("o", Decimal(40), Decimal(40), None, 2, 1, False, False)]
    store.close()


def test_without_a_value_the_lines_make_the_revenue(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", items=(item("a", "2", "9.99"), item("gift", "1", "0"))))
    assert rows(store, ORDERS) == [
        ("o", Decimal("19.98"), None, Decimal("19.98"), 2, 1, True, False),
    ]
    store.close()


def test_revenue_is_never_negative(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", value="3", shipping="5", items=(item("a", "1", "2"),)))
    assert rows(store, "select revenue from orders") == [(Decimal(2),)]
    assert rows(store, "select revenue from order_lines") == [(Decimal(2),)]
    store.close()


def test_an_edited_order_is_one_order_with_its_latest_version(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    first = _bought(sender, "o", "1", value="10", items=(item("a", "1", "10"),), session_id="s1")
    second = _bought(sender, "o", "2", value="7", items=(item("b", "1", "7"),), session_id="s2", after=9000)
    _load(store, sender, first, second)
    assert rows(store, ORDERS) == [("o", Decimal(7), Decimal(7), Decimal(7), 1, 2, False, False)]
    assert rows(store, LINES) == [("b", Decimal(1), Decimal(7), Decimal(7))]
    assert rows(store, "select placed_at, session_key, event_id::varchar from orders") == [
        (START.replace(tzinfo=None), "s1", second.event_id)
    ]
    assert rows(store, "select notes from events order by ts") == [(None,), (["order_changed"],)]
    store.close()


def test_a_repeated_purchase_is_a_duplicate_for_ever(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    bought = _bought(sender, "o", value="10")
    _load(store, sender, bought)
    brought = load(store, [sender.request([bought], received_at=START + timedelta(days=400))])
    assert (brought.events, brought.duplicates) == (0, 1)
    assert rows(store, "select outcome, codes, event_id::varchar from refused") == [
        ("duplicate", ["duplicate"], bought.event_id)
    ]
    assert rows(store, ORDERS) == [("o", Decimal(10), Decimal(10), None, 0, 1, False, False)]
    store.close()


def test_a_purchase_without_an_order_id_is_an_order_of_its_own(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    events = [sender.event("purchase", START, device_id="d", value=value) for value in ("1", "2")]
    load(store, [sender.request(events)])
    assert rows(store, "select order_key, revenue from orders order by revenue") == [
        (f"event:{events[0].event_id}", Decimal(1)),
        (f"event:{events[1].event_id}", Decimal(2)),
    ]
    store.close()


def test_line_rows_of_one_order_stand_together_and_a_late_one_replaces_its_product(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    wire = {"vendor": "retailrocket", "endpoint": "rr.api"}
    for number, (name, price, after) in enumerate(
        (("a", "1", 0), ("b", "2", 10), ("a", "3", 20), ("b", "9", 90))
    ):
        line = _bought(sender, "o", str(number), is_line=True, items=(item(name, "1", price),), after=after)
        _load(store, sender, line, **wire)
    assert rows(store, LINES) == [
        ("a", Decimal(1), Decimal(1), Decimal(1)),
        ("a", Decimal(1), Decimal(3), Decimal(3)),
        ("b", Decimal(1), Decimal(9), Decimal(9)),
    ]
    assert rows(store, "select revenue, computed, versions from orders") == [(Decimal(13), True, 4)]
    store.close()


def test_of_two_vendors_that_report_one_order_the_first_counts(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", "r46", value="10", items=(item("a", "1", "10"),)))
    other = _bought(sender, "o", "rr", is_line=True, items=(item("a", "1", "10"),), after=1)
    _load(store, sender, other, vendor="retailrocket", endpoint="rr.api")
    assert rows(store, "select vendor, revenue, lines, versions from orders") == [
        ("rees46", Decimal(10), 1, 1)
    ]
    store.close()


def test_a_cancelled_status_cancels_the_order(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", value="10"))
    status = sender.event("order_status", START + SECOND, order_key="o", order_status="CANCELLED")
    _load(store, sender, status)
    assert rows(store, "select order_status, cancelled, versions from orders") == [("CANCELLED", True, 1)]
    store.close()


def test_amounts_that_no_column_can_hold_do_not_stop_the_batch(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    huge = "9" * 14
    lines = (item("a", huge, huge), item("b", "1", "1" * 40))
    _load(store, sender, _bought(sender, "o", value="9" * 30, items=lines))
    assert rows(store, ORDERS) == [("o", Decimal(0), None, None, 2, 1, True, False)]
    store.close()
