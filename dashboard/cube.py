"""Cells of the RFM cube put together: rows of equal steps or names as one row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import sqrt
from typing import Any, Final

from dashboard.page import Row

BEST_FIRST: Final = (5, 4, 3, 2, 1)
WORST_FIRST: Final = (1, 2, 3, 4, 5)
SHADES: Final = 5
SUMS: Final = ("visitors", "orders", "valued", "revenue")


def heat(cells: Sequence[Row]) -> list[list[Row]]:
    """Five rows of recency, best first, of five squares of frequency, worst first.

    A square has `cell` (its steps as text), `visitors`, `shade` (0 where nobody is), `share` of
    all visitors (None where nobody is) and `name`.
    """
    squares = {key: summed(found) for key, found in grouped(cells, "r", "f").items()}
    most = max((square["visitors"] for square in squares.values()), default=0)
    everyone = sum(row["visitors"] for row in cells)
    return [
        [_square(squares.get((r, f)), f"{r}{f}", most, everyone) for f in WORST_FIRST] for r in BEST_FIRST
    ]


def _square(square: Row | None, cell: str, most: int, everyone: int) -> Row:
    if square is None:
        return {"cell": cell, "visitors": 0, "shade": 0, "share": None, "name": ""}
    visitors = square["visitors"]
    share = Decimal(visitors) / everyone
    return {
        "cell": cell,
        "visitors": visitors,
        "shade": shade(visitors, most),
        "share": share,
        "name": square["name"],
    }


def named(cells: Sequence[Row]) -> list[Row]:
    """One row a name with its shares of visitors and revenue, the greatest revenue first."""
    everyone = sum(row["visitors"] for row in cells)
    revenue = sum((row["revenue"] for row in cells), Decimal(0))
    found = [
        {
            **one,
            "share": Decimal(one["visitors"]) / everyone,
            "revenue_share": one["revenue"] / revenue if revenue else None,
            "order_value": one["revenue"] / one["valued"] if one["valued"] else None,
        }
        for one in map(summed, grouped(cells, "name").values())
    ]
    return sorted(found, key=lambda one: (-one["revenue"], one["name"]))


def grouped(rows: Sequence[Row], *keys: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by the values of `keys`, in the order in which those come first."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def summed(rows: Sequence[Row]) -> Row:
    """Cells as one: sums, the mean of the days over visitors, and the name, "" where they have several."""
    sums = {name: sum((row[name] for row in rows), start=type(rows[0][name])(0)) for name in SUMS}
    names = {row["name"] for row in rows}
    days = sum(row["days"] * row["visitors"] for row in rows) / sums["visitors"]
    return {**sums, "days": days, "name": names.pop() if len(names) == 1 else ""}


def shade(visitors: int, most: int) -> int:
    """How dark a cell is, from 1 to SHADES: by the root, so that one great cell does not hide the others."""
    return 1 + int((SHADES - 1) * sqrt(visitors / most))
