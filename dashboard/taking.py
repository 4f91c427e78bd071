"""Cannibalisation: which block takes credit that another would have."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from dashboard import chips, format
from dashboard.page import Column, Grid, Row, Tables
from dashboard.scope import Scope

TAKEN: Final = "recommendations/taken"
TAKEN_COLUMNS = (
    Column(name="from_by", kind="code", title="recommendations.from", href="link", chip="tool"),
    Column(name="from_code", kind="code", title="columns.code", chip="block", chip_value="from_block"),
    Column(name="to_by", kind="code", title="recommendations.to", chip="tool"),
    Column(name="to_code", kind="code", title="columns.code", chip="block", chip_value="to_block"),
    Column(name="revenue", kind="money"),
    Column(name="currency", title="recommendations.currency"),
    Column(name="lines", kind="count", title="recommendations.lines"),
    Column(name="orders", kind="count"),
)


def taken(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Who takes credit from whom: the pairs of blocks, and a matrix of tools in the shop's currency."""
    rows = [_pair(row, scope) for row in tables[TAKEN].rows]
    own = [row for row in rows if row["currency"] == scope.currency]
    givers = sorted({row["from_by"] for row in own})
    takers = sorted({row["to_by"] for row in own})
    sums: dict[tuple[str, str], Decimal] = {}
    for row in own:
        key = (row["from_by"], row["to_by"])
        sums[key] = sums.get(key, Decimal(0)) + row["revenue"]
    grid = Grid(
        columns=TAKEN_COLUMNS,
        rows=scope.sorted("taken", rows),
        name="taken",
        empty="recommendations.none_taken",
    )
    matrix = [
        {
            "giver": giver,
            "cells": [format.money(sums.get((giver, taker), 0), scope.currency) for taker in takers],
        }
        for giver in givers
    ]
    return {"grid": grid, "takers": takers, "matrix": matrix}


def _pair(row: Row, scope: Scope) -> Row:
    ends = {name: row[name] or "–" for name in ("from_code", "to_code")}
    blocks = {
        f"{end}_block": chips.block(row[f"{end}_by"], row[f"{end}_code"]) if row[f"{end}_code"] else None
        for end in ("from", "to")
    }
    return {**row, **ends, **blocks, "link": scope.here(tool=row["from_by"], code=row["from_code"])}
