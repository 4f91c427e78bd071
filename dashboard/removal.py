"""What the model markov goes by: how many orders would be lost without a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import chips, journeys
from dashboard.page import Column, Grid, Row, Tables
from dashboard.scope import Scope

COLUMNS = (
    Column(
        name="recommended_by",
        kind="code",
        title="recommendations.tool",
        href="link",
        chip="tool",
        chip_value="tool",
    ),
    Column(name="recommended_code", kind="code", title="columns.code", chip="block", chip_value="block"),
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
        named = {"recommended_by": scope.words("recommendations.rest"), "recommended_code": "–"}
        return {**named, "link": "", "tool": None, "block": None}
    link = scope.here(tab="codes", tool=tool, code=code, sort="")
    block = chips.block(tool, code) if code else None
    named = {"recommended_by": tool, "recommended_code": code or "–"}
    return {**named, "link": link, "tool": tool, "block": block}
