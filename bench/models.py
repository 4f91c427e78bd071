"""Five models of attribution over 120,000 order lines and 1.2 million touches, on two cores.

Under the preset that pages use by default, where a touch counts in the session of the order, and
under one whose window of 30 days leaves every touch of the bench to be weighed.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from bench.report import Report
from collector.store.duckdb import DuckStore
from collector.wire import Shop
from dashboard import queries
from dashboard.filters import parse
from dashboard.scope import scope_of
from tests.server import SHOP_ID

MODELS = ("last", "first", "linear", "time_decay", "position")
PRESETS = ("rees46", "dynamic_yield")

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORDERS, LINES, TOUCHES = 40_000, 3, 30
TIMES = 3

# Visitor v orders the products v, v + 1, v + 2 at a minute of its own, after ten clicks on each,
# of which one is in the session of the order.
_FILL = (
    f"""insert into orders by name select '{SHOP_ID}' as shop_id, 'o' || v as order_key, 'o' || v as transaction_id,
        $now - interval 1 minute * (v % 40000) as placed_at, placed_at as updated_at, 'rees46' as vendor,
        'v' || v as visitor_id, 's' || v as session_key, 30 as revenue, 'EUR' as currency, {LINES} as lines,
        {LINES} as units, 1 as versions, false as computed, false as cancelled, uuid() as event_id, false as bot
        from range({ORDERS}) r(v)""",
    f"""insert into order_lines by name select '{SHOP_ID}' as shop_id, 'o' || v as order_key, l::integer as line,
        $now - interval 1 minute * (v % 40000) as placed_at, 'v' || v as visitor_id, 's' || v as session_key,
        'i' || (v + l) % 5000 as item_id, 1 as quantity, 10 as price, 10 as revenue, 'EUR' as currency,
        false as bot from range({ORDERS}) r(v), range({LINES}) p(l)""",
    f"""insert into touches by name select '{SHOP_ID}' as shop_id, uuid()::varchar as touch_id, uuid() as event_id,
        $now - interval 1 minute * (v % 40000) - case when t < {LINES} then interval 1 minute * (t + 1)
            else interval 1 hour * (3 + (v + t * 7) % 700) end as ts,
        'v' || v as visitor_id,
        case when t < {LINES} then 's' || v else 's' || v || '-' || t end as session_key, 'click' as kind, 'storefront' as family,
        'i' || (v + t % {LINES}) % 5000 as item_id, 'tool' || (v + t) % 8 as recommended_by,
        'c' || t as recommended_code, false as bot from range({ORDERS}) r(v), range({TOUCHES}) p(t) order by ts""",
)


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "store.duckdb"
        DuckStore.open(path, now=lambda: NOW).close()
        with duckdb.connect(str(path)) as cursor:
            for statement in _FILL:
                cursor.execute(statement, {"now": NOW.replace(tzinfo=None)})
        store = DuckStore.open(path, now=lambda: NOW, threads=2)
        for preset in PRESETS:
            wall, worked = _together(store, preset)
            report.add(
                f"five models together under {preset}, ms", wall, f"{worked:.0f} ms of processor, two cores"
            )
            for model in MODELS:
                report.add(f"model {model} alone under {preset}, ms", _alone(store, preset, model))
        store.close()


def _params(preset: str, model: str) -> dict[str, Any]:
    shop = Shop(shop_id=SHOP_ID)
    first = (NOW - timedelta(days=60)).date().isoformat()
    given: dict[str, Any] = {"period": "custom", "since": first, "to": NOW.date().isoformat()}
    filters = parse({**given, "preset": preset, "model": model})[0]
    return dict(scope_of(shop, filters, slug="bench", now=NOW).params())


def _together(store: DuckStore, preset: str) -> tuple[float, float]:
    """Milliseconds of the clock and of the processor for the tab "By model", as the page asks it."""
    params = _params(preset, "last")
    sql = queries.together("claims/models", "claims/tools", plain=queries.is_plain(params))
    spent = []
    for _ in range(TIMES):
        started, worked = time.perf_counter(), time.process_time()
        ((models, tools),) = store.reader().query(sql, queries.fitting(sql, params), seconds=60).rows
        spent.append((1000 * (time.perf_counter() - started), 1000 * (time.process_time() - worked)))
        _check(models, tools)
    return statistics.median(wall for wall, _ in spent), statistics.median(cpu for _, cpu in spent)


def _check(models: list[dict[str, Any]], tools: list[dict[str, Any]]) -> None:
    """Raises RuntimeError unless every model credits all revenue."""
    for one in models:
        earned = sum(row[f"{one['model']}_earned"] for row in tools if row["part"] == "tool")
        if not earned == one["attributed"] == ORDERS * LINES * 10:
            raise RuntimeError(f"{one['model']} does not credit all revenue")


def _alone(store: DuckStore, preset: str, model: str) -> float:
    """Milliseconds to credit every line by one model."""
    params = _params(preset, model)
    sql = f"select recommended_by, sum(earned) from (\n{queries.load('attribution/credits').sql}\n) c group by 1"
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter()
        rows = store.reader().query(sql, queries.fitting(sql, params), seconds=60).rows
        spent.append((time.perf_counter() - started) * 1000)
        if sum(row[1] for row in rows) != ORDERS * LINES * 10:
            raise RuntimeError(f"{model} does not credit all revenue")
    return statistics.median(spent)
