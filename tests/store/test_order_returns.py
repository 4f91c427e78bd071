"""What is kept of an order: returns, refunds and cancellations (docs/definitions.md, "Orders and money")."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.event import Event
from collector.store.duckdb import DuckStore
from tests.store.order_world import UNIT, Told, told, world
from tests.store.test_orders import SECOND, _bought, _load
from tests.store.world import START, Sender, content, item, load, open_store, rows

MONEY = "select revenue, revenue - undone, revenue + extra, undone_units, refunds, refunds_apart from orders"
LINES = (
    "select item_id, quantity - undone_quantity, revenue - undone, revenue + extra from order_lines "
    "order by order_key, line"
)


def refund(sender: Sender, key: str = "o", after: int = 100, **fields: Any) -> Event:
    return sender.event("refund", START + after * SECOND, transaction_id=key, **fields)


def test_a_returned_unit_leaves_the_net_of_its_line_and_booked_revenue_stays(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    lines = (item("a", "3", "10"), item("b", "1", "20"))
    _load(store, sender, _bought(sender, "o", value="57", shipping="5", tax="2", items=lines))
    _load(store, sender, refund(sender, items=(item("a", "1"),), value="10"))
    assert rows(store, MONEY) == [(Decimal(50), Decimal(40), Decimal(57), Decimal(1), 1, 0)]
    assert rows(store, LINES) == [
        ("a", Decimal(2), Decimal(20), Decimal("34.2")),
        ("b", Decimal(1), Decimal(20), Decimal("22.8")),
    ]
    assert rows(store, "select placed_at, cancelled, versions from orders") == [
        (START.replace(tzinfo=None), False, 1)
    ]
    store.close()


def test_more_than_was_bought_is_never_given_back(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", value="20", items=(item("a", "2", "10"),)))
    for after in (100, 200):
        _load(store, sender, refund(sender, after=after, items=(item("a", "2"),)))
    assert rows(store, MONEY) == [(Decimal(20), Decimal(0), Decimal(20), Decimal(2), 2, 0)]
    store.close()


def test_a_returned_variant_is_taken_from_its_own_line(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    lines = (item("a", "1", "10", item_variant="red"), item("a", "1", "12", item_variant="blue"))
    _load(store, sender, _bought(sender, "o", items=lines))
    _load(store, sender, refund(sender, items=(item("a", "1", item_variant="blue"),)))
    assert rows(store, "select item_variant, quantity - undone_quantity from order_lines order by line") == [
        ("red", Decimal(1)),
        ("blue", Decimal(0)),
    ]
    store.close()


def test_a_refund_of_an_amount_is_spread_over_what_is_kept(tmp_path: Path) -> None:
    """10 over 20 and 10 kept: 6.6666 and 3.3334, cut after the first line."""
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", items=(item("a", "2", "10"), item("b", "1", "10"))))
    _load(store, sender, refund(sender, value="10"))
    assert rows(store, MONEY) == [(Decimal(30), Decimal(20), Decimal(30), Decimal(0), 1, 0)]
    assert rows(store, LINES) == [
        ("a", Decimal(2), Decimal("13.3334"), Decimal(20)),
        ("b", Decimal(1), Decimal("6.6666"), Decimal(10)),
    ]
    store.close()


def test_a_refund_that_names_nothing_gives_back_the_whole_order(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", value="35", shipping="5", items=(item("a", "3", "10"),)))
    _load(store, sender, refund(sender))
    assert rows(store, MONEY) == [(Decimal(30), Decimal(0), Decimal(35), Decimal(3), 1, 0)]
    store.close()


def test_a_cancelled_order_is_booked_but_not_net_and_a_later_state_brings_it_back(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", value="20", items=(item("a", "2", "10"),)))
    seen = []
    for after, status in ((100, "CANCELLED"), (200, "paid")):
        state = sender.event("order_status", START + after * SECOND, order_key="o", order_status=status)
        _load(store, sender, state)
        seen += rows(store, "select cancelled, revenue, revenue - undone, undone_units from orders")
    assert seen == [
        (True, Decimal(20), Decimal(0), Decimal(2)),
        (False, Decimal(20), Decimal(20), Decimal(0)),
    ]
    store.close()


def test_a_refund_in_another_currency_is_counted_and_not_taken_off(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", currency="EUR", items=(item("a", "2", "10"),)))
    _load(store, sender, refund(sender, value="10", currency="USD"))
    assert rows(store, MONEY) == [(Decimal(20), Decimal(20), Decimal(20), Decimal(0), 1, 1)]
    store.close()


def test_an_item_that_an_edit_took_out_is_not_taken_off_again(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, _bought(sender, "o", "1", items=(item("a", "1", "10"), item("b", "1", "7"))))
    _load(store, sender, refund(sender, items=(item("b", "1", "7"),)))
    _load(store, sender, _bought(sender, "o", "2", items=(item("a", "1", "10"),), after=9000))
    assert rows(store, MONEY) == [(Decimal(10), Decimal(10), Decimal(10), Decimal(0), 1, 0)]
    store.close()


def test_a_refund_before_its_order_waits_for_it_and_makes_none_alone(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    _load(store, sender, refund(sender, value="4"))
    assert rows(store, "select count(*) from orders") == [(0,)]
    _load(store, sender, _bought(sender, "o", items=(item("a", "1", "10"),)))
    assert rows(store, MONEY) == [(Decimal(10), Decimal(6), Decimal(10), Decimal(0), 1, 0)]
    store.close()


def test_amounts_come_from_the_server_and_the_visitor_from_the_browser(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    server = sender.event(
        "order_status", START, order_key="o", order_status="new", value="90", items=(item("a", "1", "90"),)
    )
    _load(store, sender, server, endpoint="rees46.orders")
    browser = _bought(sender, "o", value="100", items=(item("a", "1", "100"),), session_id="s", after=5)
    _load(store, sender, browser)
    assert rows(store, "select revenue, session_key, device_id, versions, order_status from orders") == [
        (Decimal(90), "s", "d", 1, "new")
    ]
    store.close()


def test_a_share_is_never_negative_however_small_the_order(tmp_path: Path) -> None:
    store, sender = open_store(tmp_path / "s.duckdb"), Sender()
    lines = tuple(item(f"i{number}", "1", "1") for number in range(9))
    _load(store, sender, _bought(sender, "o", value="0.0005", items=lines))
    assert rows(store, "select min(revenue), sum(revenue) from order_lines") == [
        (Decimal(0), Decimal("0.0005"))
    ]
    store.close()


def _stored(store: DuckStore) -> dict[str, Told]:
    lines: dict[str, list[tuple[str, int, int, int, int]]] = {}
    for key, *line in rows(
        store,
        f"select order_key, item_id, quantity::bigint, (revenue * {UNIT})::bigint, (undone * {UNIT})::bigint, "
        "(quantity - undone_quantity)::bigint from order_lines order by order_key, line",
    ):
        lines.setdefault(key, []).append(tuple(line))
    sums = rows(
        store,
        f"select order_key, (revenue * {UNIT})::bigint, (undone * {UNIT})::bigint, (extra * {UNIT})::bigint, "
        "cancelled, refunds from orders",
    )
    return {
        key: Told(
            revenue=revenue,
            undone=undone,
            extra=extra,
            cancelled=cancelled,
            refunds=refunds,
            lines=tuple(lines.get(key, ())),
        )
        for key, revenue, undone, extra, cancelled, refunds in sums
    }


@pytest.mark.parametrize("seed", range(6))
def test_orders_are_those_of_a_plain_reading_of_their_reports(tmp_path: Path, seed: int) -> None:
    reports, lines = world(seed)
    store = open_store(tmp_path / "s.duckdb")
    for begin in range(0, len(lines), 25):
        load(store, lines[begin : begin + 25])
    assert _stored(store) == told(reports)
    store.close()


def test_the_plain_reading_meets_what_it_is_about() -> None:
    """Otherwise agreement with it would prove little."""
    met: Counter[str] = Counter()
    for seed in range(6):
        for order in told(world(seed)[0]).values():
            met["cancelled"] += order.cancelled
            met["refunded"] += order.refunds > 0
            met["several refunds"] += order.refunds > 1
            met["partly kept"] += not order.cancelled and 0 < order.undone < order.revenue
            met["units back"] += any(0 < line[4] < line[1] for line in order.lines)
            met["lines"] += len(order.lines) > 2
            met["none"] += not order.lines
    assert min(met.values()) >= 3, met
    assert len(met) == 7


@pytest.mark.parametrize("seed", range(20, 22))
def test_orders_do_not_depend_on_the_order_of_the_log_its_copies_or_its_batches(
    tmp_path: Path, seed: int
) -> None:
    lines = world(seed)[1]
    chance = random.Random(seed)
    found = []
    for number in range(3):
        mixed = lines if number == 0 else chance.sample([*lines, *lines[:10]], len(lines) + 10)
        store = open_store(tmp_path / f"{number}.duckdb")
        while mixed:
            size = len(mixed) if number == 0 else chance.choice((1, 2, 7, 20))
            load(store, mixed[:size])
            mixed = mixed[size:]
        found.append([content(store, table) for table in ("orders", "order_lines")])
        store.close()
    assert found[1] == found[0]
    assert found[2] == found[0]


@pytest.mark.parametrize("seed", range(30, 32))
def test_lines_sum_to_their_order_in_every_kind_of_money(tmp_path: Path, seed: int) -> None:
    store = open_store(tmp_path / "s.duckdb")
    load(store, world(seed, reports=120)[1])
    sums = (
        "select order_key, sum(revenue) as r, sum(undone) as u, sum(extra) as e from order_lines group by all"
    )
    wrong = f"select * from orders o join ({sums}) l using (order_key) where (revenue, undone, extra) <> (r, u, e)"
    assert rows(store, wrong) == []
    odd = "select * from order_lines where undone < 0 or undone > revenue or undone_quantity > quantity"
    assert rows(store, odd) == []
    assert rows(store, "select count(*) >= 8 from orders") == [(True,)]
    store.close()
