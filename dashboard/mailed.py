"""What each message earns, beside and never added to what tools earn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import chips
from dashboard.page import Column, Grid, Tables
from dashboard.scope import Scope

MESSAGES = (
    Column(name="recommended_by", kind="code", title="recommendations.message", chip="tool"),
    Column(name="recommended_code", kind="code", title="columns.code", chip="message", chip_value="message"),
    Column(name="clicks", kind="count", title="recommendations.clicks"),
    Column(name="orders", kind="count"),
    Column(name="message_revenue", kind="money", title="recommendations.message_revenue"),
    Column(name="share", kind="percent", absent="absent.no_revenue"),
)


def messages(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [
        {
            **row,
            "recommended_code": row["recommended_code"] or "–",
            "message": chips.block(row["recommended_by"], row["recommended_code"])
            if row["recommended_code"]
            else None,
        }
        for row in tables["recommendations/messages"].rows
    ]
    grid = Grid(
        columns=MESSAGES,
        rows=scope.sorted("messages", rows),
        name="messages",
        empty="recommendations.no_messages",
    )
    return {"grid": grid}
