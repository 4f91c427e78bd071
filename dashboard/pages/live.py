"""What happens now?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard import charts
from dashboard.filters import OUTCOMES
from dashboard.page import Card, Column, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope

LAYERS = ("page_view", "view_item", "search", "add_to_cart", "purchase", "other", "refused")

PRODUCTS = (
    Column(name="item_name", absent="overview.no_name", sortable=False),
    Column(name="item_id", kind="code", sortable=False),
    Column(name="views", kind="count", sortable=False),
    Column(name="adds", kind="count", sortable=False),
    Column(name="purchases", kind="count", sortable=False),
)
MINUTES = (
    Column(name="minute", kind="clock", sortable=False),
    *(Column(name=name, kind="count", title=f"events.{name}", sortable=False) for name in LAYERS),
)


def now(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables["tail/now"].one()
    return {"cards": now_cards(row)}


def now_cards(row: Row) -> tuple[Card, ...]:
    """Visitors and events of the last minutes."""
    return tuple(
        Card(name=name, title=f"live.{name}", kind="count", value=row[name], define=f"live.define_{name}")
        for name in ("visitors_5", "visitors_30", "events_30")
    )


def today(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"cards": today_cards(tables["live/today"].one(), scope)}


def today_cards(row: Row, scope: Scope) -> tuple[Card, ...]:
    """Revenue and orders since midnight against the same weekday last week, up to this time."""
    kinds = (("revenue", "money"), ("orders", "count"), ("aov", "money"))
    return tuple(
        Card(
            name=f"today_{name}",
            title=f"live.today_{name}",
            kind="money" if kind == "money" else "count",
            value=row[name],
            previous=row[f"prev_{name}"],
            currency=scope.currency,
            absent="absent.no_orders",
            define="live.define_today",
        )
        for name, kind in kinds
    )


def minutes(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = layered(_by_minute(tables["tail/minutes"].rows), scope)
    return {"grid": Grid(columns=MINUTES, rows=list(reversed(rows)), empty="empty.live")}


def draw_minutes(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = layered(_by_minute(tables["tail/minutes"].rows), scope)
    series = [charts.Series(name, scope.words(f"events.{name}"), f"event-{name}") for name in LAYERS]
    return charts.stacked(rows, series, x="minute", kind="count", about="live.about_minutes")


def _by_minute(rows: Sequence[Row]) -> Iterable[tuple[datetime, Mapping[str, int]]]:
    found: dict[datetime, dict[str, int]] = {}
    for row in rows:
        counts = found.setdefault(row["minute"], {})
        if row["event"]:
            counts[row["event"]] = row["events"]
    return found.items()


def layered(minutes: Iterable[tuple[datetime, Mapping[str, int]]], scope: Scope) -> list[Row]:
    """Minutes on the shop's clock, oldest first, with the counts of each layer of the chart."""
    rows: list[Row] = []
    for minute, counts in minutes:
        row: dict[str, Any] = {"minute": scope.local(minute).replace(tzinfo=None), **dict.fromkeys(LAYERS, 0)}
        for event, count in counts.items():
            row[event if event in LAYERS else "other"] += count
        rows.append(row)
    return rows


def products(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"grid": products_grid(tables["tail/products"].rows)}


def products_grid(rows: Sequence[Row]) -> Grid:
    """The busiest products as a table."""
    return Grid(columns=PRODUCTS, rows=rows, empty="empty.live")


def feed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {
        "rows": tables["tail/feed"].rows,
        "epoch": tables["tail/now"].one()["epoch"],
        "events": event_names(tables["tail/minutes"].rows, scope.filters.event),
        "outcomes": OUTCOMES,
        "narrowed": narrowed(scope),
    }


def event_names(rows: Sequence[Row], chosen: str) -> list[str]:
    """Events of the last half hour, and the one that is chosen, to choose from."""
    return sorted({row["event"] for row in rows} - {None, "refused"} | {chosen} - {""})


def narrowed(scope: Scope) -> bool:
    """Whether the address asks for some of the events only."""
    asked = scope.filters
    return bool(asked.event or asked.outcome or asked.find or asked.test)


PAGE = Page(
    slug="live",
    shared=False,
    order=20,
    period=False,
    segments=False,
    panels=(
        Panel(name="now", queries=("tail/now",), view=now),
        Panel(name="today", queries=("live/today",), view=today),
        Panel(name="minutes", queries=("tail/minutes",), view=minutes, draw=draw_minutes),
        Panel(name="products", queries=("tail/products",), view=products),
        Panel(name="feed", queries=("tail/feed", "tail/minutes", "tail/now"), view=feed),
    ),
)
