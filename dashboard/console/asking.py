"""The answer to what a person wrote, as a table of the page."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from collector.errors import OperatorError
from collector.store import Reader
from collector.store.console import Limits, Refused, Told, Untrusted
from dashboard import translated
from dashboard.console.chosen import chosen, who
from dashboard.console.parameters import values
from dashboard.desk import ControlView
from dashboard.page import Missing, Table
from dashboard.scope import Scope

SHOWN: Final = Limits(rows=1_000)
WHOLE: Final = Limits(rows=100_000, seconds=20.0)
"""What a file may have."""


def table(reader: Reader, control: ControlView, scope: Scope, *, whole: bool) -> Table | Missing:
    """The answer, or why there is none. Requests as they came are for owners."""
    asked = chosen(control, scope)
    try:
        question = Untrusted(
            sql=asked.sql,
            shop=scope.shop.shop_id,
            who=who(scope),
            params=values(asked.sql, asked.given, scope),
            raw=scope.may("owner"),
        )
        return _table(reader.ask_untrusted(question, WHOLE if whole else SHOWN))
    except OperatorError as error:
        return Missing("sql.refused_value", said=translated.refusal(str(error), scope.words))
    except Refused as refused:
        return Missing(f"sql.refused_{refused.code}", **refused.facts)


def _table(told: Told) -> Table:
    rows = [{name: _plain(value) for name, value in zip(told.columns, row, strict=True)} for row in told.rows]
    return Table(columns=told.columns, rows=rows, types=told.types, more=told.more)


def _plain(value: Any) -> Any:
    """A value that JSON, CSV and a cell can show: what is made of parts is text."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if value is None or isinstance(value, str | bool | int | float | Decimal | datetime | date):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
