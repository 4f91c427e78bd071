"""Rates in the store are those of the control data, also after the store was begun anew."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from collector import settings
from collector.control import Control
from collector.control.rates import rate_of
from collector.serving.engine import Engine
from collector.serving.exchange import Exchange
from collector.wire import Shop
from tests.server import wait_until
from tests.store.world import START, open_store, rows

STORED = "select shop_id, currency, day, rate from rates order by all"


def test_the_store_has_the_rates_that_were_told_last_and_no_others(tmp_path: Path) -> None:
    store, control = open_store(tmp_path / "s.duckdb"), Control(tmp_path / "control.sqlite")
    exchange = Exchange(control, store.rates())
    seen = []
    control.add(Shop(shop_id="s1", currency="EUR"))
    for rate in ("0.92", "0.93"):
        control.rates.put("s1", [rate_of("2026-03-01", "USD", rate)])
        assert exchange.turn() is False
        seen.append(rows(store, STORED))
    control.change("s1", {"currency": "GBP"})
    exchange.turn()
    assert seen == [
        [("s1", "USD", date(2026, 3, 1), Decimal("0.92"))],
        [("s1", "USD", date(2026, 3, 1), Decimal("0.93"))],
    ]
    assert rows(store, STORED) == []
    control.close()
    store.close()


def test_rates_are_written_once_and_again_for_a_store_that_was_opened_anew(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    told = (("s1", "USD", date(2026, 3, 1), Decimal("0.00000001")),)
    assert [store.rates().tell(told), store.rates().tell(told)] == [True, False]
    store.reopen()
    assert store.rates().tell(told) is True
    assert rows(store, STORED) == list(told)
    store.close()


def test_a_running_engine_knows_a_rate_that_another_process_was_told(tmp_path: Path) -> None:
    chosen = settings.load(data=tmp_path)
    control, command = Control(chosen.control_file), Control(chosen.control_file)
    engine = Engine(chosen, control, lambda: START)
    engine.start()
    try:
        command.add(Shop(shop_id="s1", currency="EUR"))
        command.rates.put("s1", [rate_of("2026-03-01", "USD", "0.92")])
        wait_until(lambda: list(engine.store.reader().query(STORED).rows))
        assert rows(engine.store, STORED) == [("s1", "USD", date(2026, 3, 1), Decimal("0.92"))]
    finally:
        engine.close()
        command.close()
        control.close()
