"""What the SQL page stands on: the question of the address, those saved and asked, and what may be named."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from collector.store.console.allowed import allowed
from dashboard.console.chosen import chosen, who
from dashboard.control_tables import question
from dashboard.desk import ControlView
from dashboard.page import Row
from dashboard.scope import Scope


def _question(control: ControlView, scope: Scope) -> list[Row]:
    asked = chosen(control, scope)
    return [
        {
            "sql": asked.sql,
            "name": asked.name,
            "saved_id": asked.saved_id,
            "known": asked.known,
            "given": msgspec.json.encode(asked.given).decode(),
        }
    ]


def _saved(control: ControlView, scope: Scope) -> list[Row]:
    return [
        {"name": one.name, "query_id": one.query_id, "sql": one.sql, "saved_at": _at(one.asked_at)}
        for one in control.queries.saved(scope.shop.shop_id)
    ]


def _recent(control: ControlView, scope: Scope) -> list[Row]:
    return [
        {"asked_at": _at(one.asked_at), "query_id": one.query_id, "sql": one.sql}
        for one in control.queries.recent(scope.shop.shop_id, who(scope))
    ]


def _tables(_control: ControlView, scope: Scope) -> list[Row]:
    return [
        {"table": name, "column": column, "type": kind, "about": _about(name, column, scope)}
        for name, columns in allowed().seen(scope.may("owner")).items()
        for column, kind in columns.items()
    ]


def _about(table: str, column: str, scope: Scope) -> str:
    own = f"sql_columns.{table}_{column}"
    return scope.words(own if scope.words.has(own) else f"sql_columns.{column}")


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)


QUESTIONS = (
    question(
        "console_question",
        "The question",
        "sql:varchar name:varchar saved_id:varchar known:boolean given:varchar",
        "The question of this address and the values it is asked with. It is asked of this shop's rows alone.",
        _question,
    ),
    question(
        "console_saved",
        "Saved questions",
        "name:varchar query_id:varchar sql:varchar saved_at:timestamp",
        "Questions that were saved for this shop. Everybody who may ask it sees them.",
        _saved,
    ),
    question(
        "console_recent",
        "What you asked",
        "asked_at:timestamp query_id:varchar sql:varchar",
        "Your last 50 questions to this shop. Nobody else finds them here, "
        "but whoever may ask the shop can open their address.",
        _recent,
    ),
    question(
        "console_tables",
        "Tables and columns",
        "table:varchar column:varchar type:varchar about:varchar",
        "What a question may name. Times are UTC; amounts stand in the currency beside them.",
        _tables,
    ),
)
