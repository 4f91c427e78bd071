"""The tab of saved segments: the list, one of them over time, and who is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard import charts
from dashboard.desk import Desk
from dashboard.filters import PAGE_SIZE
from dashboard.page import Column, Grid, Row, Tables
from dashboard.scope import Scope
from dashboard.segments.edit import opened
from dashboard.segments.saved import DRAFT, EVENTS, SavedSegments
from dashboard.segments.words import lines

SAVED: Final = "segments/saved"
SIZES: Final = "segments/sizes"
CALLED: Final = "segments/called"
PEOPLE: Final = "segments/people"
SHOWN_PARAMS: Final = 10
WHO = (
    Column(name="visitor_id", kind="code", title="segments.visitor", href="orders_link", sortable=False),
    Column(name="ids", title="segments.ids", absent="segments.no_ids", sortable=False),
    Column(name="first_at", kind="time", title="segments.first_at", sortable=False),
    Column(name="last_at", kind="time", title="segments.seen_at", sortable=False),
    Column(name="sessions", kind="count", sortable=False),
    Column(name="orders", kind="count", sortable=False),
    Column(name="revenue", kind="money", sortable=False),
)
KEPT_BY_EVENTS = (
    Column(name="list", kind="code", title="segments.list", href="use", sortable=False),
    Column(name="visitors", kind="count", sortable=False),
    Column(name="calls", kind="count", title="segments.calls", sortable=False),
    Column(name="last_at", kind="time", title="segments.last_call", sortable=False),
)


def measure(desk: Desk, scope: Scope) -> None:
    """Before the list is shown: count what is in it."""
    if scope.tab == "saved":
        SavedSegments(desk.reader, desk.control.segments).look(scope.shop, scope.now)


def saved(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    known = {one.segment_id: one for one in scope.segments}
    spark: dict[str, list[float]] = {}
    for row in tables[SIZES].rows:
        spark.setdefault(row["segment_id"], []).append(float(row["visitors"]))
    return {
        "rows": [
            {
                **row,
                "spark": spark.get(row["segment_id"], [])[-90:],
                "use": scope.here(segment=row["segment_id"], draft="", edit=""),
                "chosen": scope.filters.segment == row["segment_id"],
                "edit": _to_builder(known[row["segment_id"]].definition, scope),
                "csv": _csv(row["segment_id"], scope),
            }
            for row in tables[SAVED].rows
        ],
        "build": scope.here(tab="builder"),
        "here": scope.here(),
    }


def _to_builder(definition: str, scope: Scope) -> str:
    return scope.here(tab="builder", draft=definition, edit="") if definition else ""


def _csv(segment_id: str, scope: Scope) -> str:
    address = scope.here(tab="saved", segment=segment_id, draft="", edit="")
    return f"/{scope.slug}.csv{address.removeprefix(f'/{scope.slug}')}&table={PEOPLE}"


def called(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [{**row, "use": scope.here(segment=f"{EVENTS}{row['list']}")} for row in tables[CALLED].rows]
    return {"grid": Grid(columns=KEPT_BY_EVENTS, rows=rows, empty="segments.none_called")}


def over_time(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"chosen": scope.chosen.name if scope.chosen else "", "rows": _sizes(tables, scope)}


def draw_over_time(tables: Tables, scope: Scope) -> charts.Chart | None:
    rows = _sizes(tables, scope)
    if len(rows) < 2:
        return None
    line = charts.Series("visitors", scope.words("columns.visitors"))
    return charts.lines(rows, (line,), x="day", kind="count", about="segments.about_sizes")


def _sizes(tables: Tables, scope: Scope) -> Sequence[Row]:
    return [row for row in tables[SIZES].rows if row["segment_id"] == scope.filters.segment]


def people(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Who is in the segment of the page; nobody is listed while none is chosen."""
    rows = [_person(row, scope) for row in tables[PEOPLE].rows] if scope.audience else []
    page, found = scope.filters.page, rows[0]["found"] if rows else 0
    return {
        "chosen": _name(scope),
        "found": found,
        "grid": Grid(
            columns=WHO, rows=rows, empty="segments.nobody_in" if scope.audience else "segments.choose"
        ),
        "csv": scope.data("csv", PEOPLE) if rows else "",
        "nearer": scope.here(page=page - 1) if page > 1 else "",
        "further": scope.here(page=page + 1) if page * PAGE_SIZE < found else "",
        "sql": scope.audience.sql if scope.audience else "",
        "params": _params(scope),
        "rule": _rule(scope),
    }


def _name(scope: Scope) -> str:
    if scope.chosen is None:
        return ""
    return scope.words("segments.draft") if scope.chosen.segment_id == DRAFT else scope.chosen.name


def _person(row: Row, scope: Scope) -> Row:
    ids = [*row["emails"], *row["phones"], *row["user_ids"]]
    return {
        **row,
        "ids": ", ".join(ids) or None,
        "orders_link": scope.url("orders", find=row["visitor_id"], segment=""),
    }


def _params(scope: Scope) -> list[tuple[str, str]]:
    """What the question of the segment is asked with; long lists by their first values."""
    given = scope.audience.params if scope.audience else {}
    return [(name, _value(given[name])) for name in sorted(given)]


def _value(value: Any) -> str:
    if isinstance(value, list):
        more = f", … ({len(value)})" if len(value) > SHOWN_PARAMS else ""
        return f"[{', '.join(repr(one) for one in value[:SHOWN_PARAMS])}{more}]"
    return "null" if value is None else str(value)


def _rule(scope: Scope) -> Sequence[Any]:
    """The rule of the chosen segment in lines; none of a list."""
    for one in scope.segments:
        if one.segment_id == scope.filters.segment and one.definition and scope.tab == "saved":
            return lines(opened(one.definition), scope.words, scope.segments)
    return ()
