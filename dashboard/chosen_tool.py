"""Cards of Recommendations that fit its filter: what the chosen tool or code earned and how it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from dashboard.page import Card, Row
from dashboard.scope import Scope

NO_CLICKS = "recommendations.no_clicks"


def cards(rows: Sequence[Row], own: Row, note: str, scope: Scope) -> Sequence[Card]:
    """Of the rows that are listed; none where more were found than are listed, because clicks are not told then.

    `own` are the sums in the shop's currency. A tool or code stands in a row for each currency, but its clicks are one.
    """
    if any(row["part"] == "rest" for row in rows):
        return ()
    used = {(row["recommended_by"], row["recommended_code"]): row for row in rows if row["part"] == "tool"}
    clicks = sum(row["clicks"] or 0 for row in used.values())
    added = sum(row["clicks_with_add"] or 0 for row in used.values())
    revenue = own["tool"]
    return (
        _card("revenue", "money", revenue, scope, note=note),
        _card("part", "percent", revenue / own["revenue"] if own["revenue"] else None, scope, note=note),
        _card("clicks", "count", clicks, scope),
        _card("per_click", "money", revenue / clicks if clicks else None, scope, absent=NO_CLICKS),
        _card("added", "percent", added / clicks if clicks else None, scope, absent=NO_CLICKS),
    )


def _card(
    name: str,
    kind: Literal["count", "money", "percent"],
    value: Any,
    scope: Scope,
    *,
    absent: str = "absent.no_revenue",
    note: str = "",
) -> Card:
    return Card(
        name=name,
        title=f"recommendations.chosen_{name}",
        define=f"recommendations.define_chosen_{name}",
        kind=kind,
        value=value,
        absent=absent,
        currency=scope.currency,
        note=note,
    )
