"""Direct revenue step by step: its layers, and which steps can still change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from dashboard import charts, format
from dashboard.page import Column, Grid, Kind, Row, Tables
from dashboard.scope import Scope

TREND: Final = "recommendations/trend"


def immature_note(tables: Tables, scope: Scope) -> str:
    """How many steps of the period can still change; empty where none can, or where that is not known."""
    if tables.missing(TREND):
        return ""
    steps = {row["step"]: row["immature"] for row in tables[TREND].rows}
    immature = sum(steps.values())
    if not immature:
        return ""
    return scope.words(
        f"recommendations.immature_{scope.grain}s",
        immature=format.count(immature),
        steps=format.count(len(steps)),
    )


def trend(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    steps, series = _layers(tables[TREND].rows, scope)
    kind: Kind = "day" if scope.grain == "day" else "clock"
    columns = (
        Column(name="step", kind=kind, title=f"recommendations.step_{scope.grain}"),
        Column(name="total", kind="money", title="recommendations.direct_revenue"),
        Column(name="maturity", title="recommendations.maturity", sortable=False),
    )
    for step in steps:
        step["maturity"] = scope.words(f"recommendations.{'open' if step['immature'] else 'settled'}")
    return {
        "grid": Grid(columns=columns, rows=steps),
        "any": bool(series),
        "open": any(step["immature"] for step in steps),
    }


def draw_trend(tables: Tables, scope: Scope) -> charts.Chart | None:
    steps, series = _layers(tables[TREND].rows, scope)
    if not series:
        return None
    return charts.stacked(
        steps,
        series,
        x="step",
        kind="money",
        currency=scope.currency,
        about="recommendations.about_trend",
        hatched="immature",
    )


def _layers(rows: Sequence[Row], scope: Scope) -> tuple[list[dict[str, Any]], list[charts.Series]]:
    """One row a step with an amount for each place, and a series a place that anything has."""
    places = {row["place"]: row for row in rows if row["place"] is not None}
    steps: dict[Any, dict[str, Any]] = {}
    for row in rows:
        step = steps.setdefault(
            row["step"],
            {
                "step": row["step"],
                "immature": row["immature"],
                "total": Decimal(0),
                **{f"place-{place}": Decimal(0) for place in places},
            },
        )
        if row["place"] is not None:
            step[f"place-{row['place']}"] += row["revenue"]
            step["total"] += row["revenue"]
    series = [
        charts.Series(f"place-{place}", _layer(places[place], scope), _role(places[place]))
        for place in sorted(places)
    ]
    return list(steps.values()), series


def _role(row: Row) -> str:
    return "series-other" if row["recommended_by"] is None else f"series-{row['place']}"


def _layer(row: Row, scope: Scope) -> str:
    if row["recommended_by"] is None:
        return scope.words("recommendations.rest")
    return f"{row['recommended_by']} {row['recommended_code']}".rstrip()
