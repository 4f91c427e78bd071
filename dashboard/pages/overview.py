"""How is the shop doing against the same days before?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboard import charts
from dashboard.page import Card, Column, Grid, Kind, Page, Panel, Row, Tables
from dashboard.scope import Scope


@dataclass(frozen=True, slots=True)
class Metric:
    """A headline number that the chart can show step by step."""

    name: str
    kind: Literal["count", "money", "percent"]
    absent: str = "absent.unknown"


METRICS = (
    Metric("revenue", "money"),
    Metric("orders", "count"),
    Metric("conversion", "percent", "absent.no_sessions"),
    Metric("aov", "money", "absent.no_orders"),
    Metric("sessions", "count"),
)
TABS = tuple(metric.name for metric in METRICS)
STEPS = tuple(Column(name=metric.name, kind=metric.kind, absent=metric.absent) for metric in METRICS)
PRODUCTS = (
    Column(name="item_name", bar="bar", absent="overview.no_name", chip="product", chip_value="item_id"),
    Column(name="item_id", kind="code"),
    Column(name="orders", kind="count"),
    Column(name="units", kind="number"),
    Column(name="revenue", kind="money"),
)
TOP = 10


def cards(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables["overview/totals"].one()
    shown = [_card(metric, row, tables, scope) for metric in METRICS]
    return {
        "cards": (*shown, _visitors(tables), *_credit(tables, scope)),
        "other_currency": row["other_currency"],
    }


def _card(metric: Metric, row: Row, tables: Tables, scope: Scope) -> Card:
    return Card(
        name=metric.name,
        title=f"overview.{metric.name}",
        kind=metric.kind,
        value=row[metric.name],
        previous=row[f"prev_{metric.name}"],
        absent=metric.absent,
        currency=scope.currency,
        define=f"overview.define_{metric.name}",
        tab=metric.name,
        spark=_spark(metric.name, tables),
    )


def _visitors(tables: Tables) -> Card:
    """Counting people is the dearest question, and may fail alone."""
    missing = tables.missing("overview/visitors")
    row: Row = {} if missing else tables["overview/visitors"].one()
    return Card(
        name="visitors",
        title="overview.visitors",
        kind="count",
        value=row.get("visitors"),
        previous=row.get("prev_visitors"),
        absent="overview.no_answer" if missing else "absent.unknown",
        define="overview.define_visitors",
    )


def _spark(name: str, tables: Tables) -> tuple[float | None, ...]:
    if tables.missing("overview/series"):
        return ()
    return tuple(row[name] for row in tables["overview/series"].rows)


def _credit(tables: Tables, scope: Scope) -> Sequence[Card]:
    """Share of revenue that tools of the platform are credited with; apart where it is not known."""
    missing = tables.missing("overview/attributed")
    row: Row = {} if missing else tables["overview/attributed"].one()
    totals = tables["overview/totals"].one()
    return (
        Card(
            name="attributed",
            title="overview.attributed",
            kind="percent",
            value=row.get("share"),
            absent="overview.no_answer" if missing else "absent.no_revenue",
            define="overview.define_attributed",
            note=_amount(row, scope),
        ),
        Card(
            name="coverage",
            title="overview.coverage",
            kind="percent",
            value=totals["coverage"],
            previous=totals["prev_coverage"],
            absent="absent.no_orders",
            define="overview.define_coverage",
        ),
    )


def _amount(row: Row, scope: Scope) -> str:
    if row.get("attributed") is None:
        return ""
    return charts.text(row["attributed"], "money", scope.currency)


def trend(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    kind: Kind = "day" if scope.grain == "day" else "clock"
    step = Column(name="step", kind=kind, title=f"overview.step_{scope.grain}")
    rows = tables["overview/series"].rows
    return {"metric": f"overview.{scope.tab}", "grid": Grid(columns=(step, *STEPS), rows=rows, name="steps")}


def draw_trend(tables: Tables, scope: Scope) -> charts.Chart | None:
    metric = METRICS[TABS.index(scope.tab)]
    rows = tables["overview/series"].rows
    if not rows:
        return None
    series = [charts.Series(metric.name, scope.words(f"overview.{metric.name}"))]
    if scope.before:
        series.insert(0, charts.Series(f"prev_{metric.name}", scope.words("overview.before"), "compare"))
    return charts.lines(
        rows,
        series,
        x="step",
        kind=metric.kind,
        currency=scope.currency,
        unfinished=scope.unfinished,
        about=f"overview.about_{metric.name}",
    )


def products(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = _with_bars(tables["overview/products"].rows)
    return {"grid": Grid(columns=PRODUCTS, rows=scope.sorted("products", rows), name="products")}


def _with_bars(rows: Sequence[Row]) -> list[Row]:
    top = max((row["revenue"] for row in rows), default=0)
    return [{**row, "bar": row["revenue"] / top if top else None} for row in rows]


def _arrivals(dimension: str, words: str) -> Any:
    columns = (
        Column(
            name="name",
            title=f"columns.{dimension}",
            words=words,
            bar="bar",
            absent="overview.no_session",
            chip=dimension,
            chip_value="known",
        ),
        Column(name="sessions", kind="count"),
        Column(name="orders", kind="count"),
        Column(name="conversion", kind="percent", absent="absent.no_sessions"),
        Column(name="revenue", kind="money"),
        Column(name="share", kind="percent", absent="absent.no_revenue"),
    )

    def view(tables: Tables, scope: Scope) -> Mapping[str, Any]:
        found = [row for row in tables["overview/arrivals"].rows if row["dimension"] == dimension]
        rows = _with_bars([{**row, "name": row["name"] or "none", "known": row["name"]} for row in found])
        return {"grid": Grid(columns=columns, rows=scope.sorted(words, rows), name=words)}

    return view


PAGE = Page(
    slug="overview",
    order=10,
    compares=True,
    tabs=TABS,
    panels=(
        Panel(
            name="cards",
            queries=("overview/totals", "overview/series", "overview/visitors", "overview/attributed"),
            view=cards,
            cards=8,
        ),
        Panel(name="trend", queries=("overview/series",), view=trend, draw=draw_trend),
        Panel(name="products", queries=("overview/products",), view=products),
        Panel(name="channels", queries=("overview/arrivals",), view=_arrivals("channel", "channels")),
        Panel(name="devices", queries=("overview/arrivals",), view=_arrivals("device", "devices")),
    ),
)
