"""What the model markov goes by: how many orders would be lost without a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import journeys
from dashboard.page import Column, Grid, Row, Tables
from dashboard.scope import Scope

COLUMNS = (
    Column(name="recommended_by", kind="code", title="recommendations.tool", href="link"),
    Column(name="recommended_code", kind="code", title="columns.code"),
    Column(name="effect", kind="percent", title="recommendations.effect", bar="effect"),
    Column(name="touches", kind="count", title="recommendations.walked"),
)


def effects(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A row a code, the most needed first; codes without a state of their own are one row."""
    moves = tables[journeys.TRANSITIONS].rows
    names = {row["before"]: row for row in moves}
    touches: dict[int, int] = {}
    for row in moves:
        touches[row["before"]] = touches.get(row["before"], 0) + row["times"]
    found = journeys.removal_effects(moves)
    rows = [
        {**_named(names[state], scope), "effect": effect, "touches": touches[state]}
        for state, effect in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    ]
    return {
        "grid": Grid(
            columns=COLUMNS,
            rows=scope.sorted("effects", rows),
            name="effects",
            empty="recommendations.no_walks",
        )
    }


def _named(row: Row, scope: Scope) -> Row:
    tool, code = row["recommended_by"], row["recommended_code"]
    if tool is None:
        return {"recommended_by": scope.words("recommendations.rest"), "recommended_code": "–", "link": ""}
    link = scope.here(tab="codes", tool=tool, code=code, sort="")
    return {"recommended_by": tool, "recommended_code": code or "–", "link": link}
