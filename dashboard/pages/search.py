"""What do visitors search for, what do they find, and what does it earn?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from dashboard import charts
from dashboard.filters import changed
from dashboard.page import Card, Column, Grid, Kind, Page, Panel, Row, Tables
from dashboard.scope import Scope

TERMS: Final = "search/terms"
TOTALS: Final = "search/totals"
NOT_TOLD: Final = "search.not_told"
NO_SESSION: Final = "search.no_session"
COLUMNS = (
    Column(name="shown_term", title="search.term", href="term_link", chip="term", chip_value="term"),
    Column(name="searches", kind="count", title="search.searches"),
    Column(name="sessions", kind="count"),
    Column(name="zero_results", kind="count", title="search.zero_results", absent=NOT_TOLD),
    Column(name="zero_share", kind="percent", title="search.zero_share", absent=NOT_TOLD),
    Column(name="no_click_rate", kind="percent", title="search.no_click_rate", absent=NO_SESSION),
    Column(name="refined_rate", kind="percent", title="search.refined_rate", absent=NO_SESSION),
    Column(name="ordering_sessions", kind="count", title="search.ordering_sessions"),
    Column(name="orders", kind="count", title="search.orders"),
    Column(name="revenue", kind="money"),
)
STEPS = (
    Column(name="searches", kind="count", title="search.searches"),
    Column(name="no_click", kind="count", title="search.no_click", absent=NO_SESSION),
    Column(name="zero_results", kind="count", title="search.zero_results", absent=NOT_TOLD),
)


def totals(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables[TOTALS].one()
    return {
        "cards": (
            _card("searches", "count", row, better="", tab="top"),
            _card("zero_share", "percent", row, absent=NOT_TOLD, better="down", tab="zero"),
            _card("no_click_rate", "percent", row, absent=NO_SESSION, better="down", tab="no_click"),
            _card("refined_rate", "percent", row, absent=NO_SESSION, better="down"),
            _card("revenue", "money", row, currency=scope.currency, tab="earning"),
        ),
        "untold": row["searches"] - row["told"],
    }


def _card(name: str, kind: Kind, row: Row, **more: Any) -> Card:
    title, define = f"search.card_{name}", f"search.define_{name}"
    return Card(name=name, title=title, define=define, kind=kind, value=row[name], **more)


def trend(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables["search/trend"].rows
    kind: Kind = "day" if scope.grain == "day" else "clock"
    step = Column(name="step", kind=kind, title=f"search.step_{scope.grain}")
    return {"grid": Grid(columns=(step, *STEPS), rows=rows), "any": any(row["searches"] for row in rows)}


def draw_trend(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = tables["search/trend"].rows
    if not any(row["searches"] for row in rows):
        return None
    series = [
        charts.Series("zero_results", scope.words("search.zero_results"), "series-4"),
        charts.Series("no_click", scope.words("search.no_click"), "series-3"),
        charts.Series("searches", scope.words("search.searches")),
    ]
    return charts.lines(
        rows, series, x="step", kind="count", unfinished=scope.unfinished, about="search.about_trend"
    )


def terms(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [_linked(row, scope) for row in tables[TERMS].rows]
    empty = "search.no_match" if scope.filters.find else f"search.empty_{scope.tab}"
    found = rows[0]["found"] if rows else 0
    return {
        "grid": Grid(columns=COLUMNS, rows=scope.sorted("terms", rows), name="terms", empty=empty),
        "found": found,
        "more": max(0, found - len(rows)),
        "hidden": parse_qsl(changed(scope.carried, find="", page=1).query()),
    }


def _linked(row: Row, scope: Scope) -> dict[str, Any]:
    """A term leads to itself and what contains it; credit without a code has no term."""
    term = row["term"]
    shown = term or scope.words("search.no_code")
    return {**row, "shown_term": shown, "term_link": scope.here(find=term) if term else ""}


PAGE = Page(
    slug="search",
    order=70,
    tabs=("top", "zero", "no_click", "earning", "unearning"),
    panels=(
        Panel(name="totals", queries=(TOTALS,), view=totals, cards=5),
        Panel(name="trend", queries=("search/trend",), view=trend, draw=draw_trend),
        Panel(name="terms", queries=(TERMS,), view=terms),
    ),
)
