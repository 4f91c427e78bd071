"""A year of a real shop's order lines, imported and asked, against plain Python over the file."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from collector.ids import TimeOrderedIds
from collector.importing.order_columns import order_file
from collector.importing.orders import import_orders
from collector.importing.table import ImportReport
from collector.wire import Shop
from dashboard import cube, queries
from dashboard.filters import parse
from dashboard.scope import Scope, scope_of
from tests.dashboard import rfm_oracle
from tests.dashboard.rfm_oracle import Buyer, Order
from tests.store.world import load, open_store, rows

REAL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.parquet"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason=f"real orders are not beside this project: {REAL}")
SHOP = Shop(shop_id="retail", currency="GBP", timezone="Europe/London")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAP = (
    "order=InvoiceNo,item=StockCode,quantity=Quantity,price=UnitPrice,time=InvoiceDate,"
    "user=CustomerID,name=Description,country=Country"
)
LINE = "InvoiceNo, Quantity, UnitPrice, InvoiceDate, coalesce(CustomerID, '')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    store: Any
    report: ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the file itself says. `orders` are its invoices that cancel nothing."""

    orders: list[Order]
    net: Decimal
    cancellations: int
    customers: int


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    store = open_store(tmp_path_factory.mktemp("real") / "store.duckdb")
    records: list[bytes] = []

    async def append(data: bytes) -> None:
        records.append(data)

    report = asyncio.run(
        import_orders(
            order_file(SHOP, MAP, cancelled_prefix="C"),
            REAL,
            SHOP,
            append,
            now=lambda: NOW,
            ids=TimeOrderedIds(),
            progress=lambda done, total: None,
        )
    )
    load(store, records)
    yield Imported(store=store, report=report)
    store.close()


@pytest.fixture(scope="module")
def told() -> Told:
    lines = duckdb.execute(f"select {LINE} from read_parquet(?)", [str(REAL)]).fetchall()
    invoices: dict[str, list[tuple[Decimal, datetime, str]]] = {}
    for invoice, quantity, price, written, customer in lines:
        moment = datetime.fromisoformat(written).replace(tzinfo=ZoneInfo("Europe/London"))
        at = moment.astimezone(UTC).replace(tzinfo=None)
        invoices.setdefault(invoice, []).append((Decimal(quantity) * Decimal(price), at, customer))
    orders = [
        Order(
            visitor=f"u:{found[0][2]}" if found[0][2] else None,
            at=min(at for _, at, _ in found),
            revenue=sum((amount for amount, _, _ in found if amount > 0), Decimal(0)),
        )
        for invoice, found in invoices.items()
        if not invoice.startswith("C")
    ]
    return Told(
        orders=orders,
        net=sum((amount for found in invoices.values() for amount, _, _ in found), Decimal(0)),
        cancellations=sum(invoice.startswith("C") for invoice in invoices),
        customers=len({customer for found in invoices.values() for _, _, customer in found if customer}),
    )


def scope(**query: str) -> Scope:
    period = {"period": "custom", "since": "2011-11-12", "to": "2011-12-09", **query}
    return scope_of(SHOP, parse(period)[0], slug="segments", now=NOW, tab="rfm")


def ask(imported: Imported, name: str, **query: str) -> list[dict[str, Any]]:
    question = queries.load(f"segments/{name}")
    params = {**scope(**query).params(), "page_size": 10_000}
    found = imported.store.reader().query(
        question.sql, {taken: params[taken] for taken in question.params}, max_rows=10_000, seconds=30
    )
    return [dict(row) for row in found.dicts()]


def test_the_file_says_what_is_known_of_it(told: Told) -> None:
    assert (len(told.orders), told.cancellations, told.customers) == (22_064, 3_836, 4_372)
    assert round(told.net, 2) == Decimal("9747747.93")


def test_every_invoice_is_an_order_or_money_given_back(imported: Imported, told: Told) -> None:
    report, store = imported.report, imported.store
    assert (report.rows, report.refused) == (541_909, 0)
    assert report.by_event == {"purchase": 22_064, "refund": 3_838}
    assert rows(store, "select count(*), sum(revenue) from orders") == [
        (22_064, sum(order.revenue for order in told.orders))
    ]
    counted = rows(store, "select vendor_event, count(*) from events where event = 'refund' group by 1")
    assert dict(counted) == {"cancellation": 3_836, "order": 2}  # two invoices of bad debt are negative
    assert rows(store, "select count(distinct user_id) from events") == [(4_372,)]


def test_orders_net_revenue_and_order_value_agree_with_the_file(imported: Imported, told: Told) -> None:
    (totals,) = ask(imported, "totals", months="24")
    revenue = sum((order.revenue for order in told.orders), Decimal(0))
    assert (totals["orders"], totals["refunds"], totals["net"]) == (22_064, 3_838, told.net)
    assert (totals["revenue"], totals["order_value"]) == (revenue, round(revenue / 22_064, 4))
    assert totals["visitors"] == len({order.visitor for order in told.orders} - {None}) == 4_339


def buyers(told: Told, **query: str) -> list[Buyer]:
    window = scope(**query).window
    return rfm_oracle.buyers(told.orders, window.start, window.until, "GBP")


@pytest.mark.parametrize("months", ["12", "24"])
@pytest.mark.parametrize("method", ["rees46", "quintiles"])
def test_every_customer_stands_in_the_cell_that_the_file_gives_them(
    imported: Imported, told: Told, method: str, months: str
) -> None:
    found = buyers(told, months=months)
    steps = rfm_oracle.cube(found, method)
    cells = ask(imported, "cells", method=method, months=months)
    assert {(row["r"], row["f"], row["m"]): row["visitors"] for row in cells} == Counter(steps.values())
    revenue: Counter[tuple[int, int, int]] = Counter()
    for one in found:
        revenue[steps[one.visitor]] += int(one.revenue * 10_000)
    assert {(row["r"], row["f"], row["m"]): int(row["revenue"] * 10_000) for row in cells} == revenue
    listed = ask(imported, "members", method=method, months=months)
    assert {row["visitor_id"]: (row["r"], row["f"], row["m"]) for row in listed} == steps
    assert {row["visitor_id"]: (row["days"], row["orders"], row["revenue"]) for row in listed} == {
        one.visitor: (one.days, one.orders, one.revenue) for one in found
    }


def test_named_cells_have_the_order_value_of_their_customers(imported: Imported, told: Told) -> None:
    found = {one.visitor: one for one in buyers(told)}
    listed = ask(imported, "members", method="quintiles", cell="champions")
    champions = [found[row["visitor_id"]] for row in listed]
    (named,) = [
        row for row in cube.named(ask(imported, "cells", method="quintiles")) if row["name"] == "champions"
    ]
    revenue = sum((one.revenue for one in champions), Decimal(0))
    assert (named["visitors"], named["revenue"]) == (len(champions), revenue)
    assert named["order_value"] == revenue / sum(one.orders for one in champions)
    assert len(champions) > 500
