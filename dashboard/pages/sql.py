"""Any question to the shop's own rows, written in SQL, with values, a chart and the answer as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from collector.control.queries import LONGEST_SQL
from collector.errors import OperatorError
from dashboard.charts import Chart
from dashboard.console import ANSWER, picture
from dashboard.console.chosen import EXAMPLE, EXAMPLES, FIRST, example, who
from dashboard.console.parameters import FIELD, OF_THE_PAGE, parameters
from dashboard.desk import Desk
from dashboard.filters import changed
from dashboard.forms import Form
from dashboard.page import Column, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope

QUESTION: Final = "control/console_question"
SAVED: Final = "control/console_saved"
RECENT: Final = "control/console_recent"
TABLES: Final = "control/console_tables"
MOST_CELLS: Final = 20_000
"""Cells of a page: an answer with many columns shows fewer rows."""
_RECENT = (
    Column(name="asked_at", kind="time", title="sql.asked_at", sortable=False),
    Column(name="sql", title="sql.question_text", href="href", sortable=False),
)


def ask(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The form: the text, a field for each value, and what else could be asked."""
    asked = tables[QUESTION].one()
    given = msgspec.json.decode(asked["given"], type=dict[str, str])
    try:
        found = parameters(asked["sql"])
    except OperatorError:
        found = ()
    return {
        "sql": asked["sql"],
        "lines": max(8, min(24, asked["sql"].count("\n") + 2)),
        "longest": LONGEST_SQL,
        "known": asked["known"],
        "name": asked["name"],
        "saved_id": asked["saved_id"],
        "fields": [
            {"name": one.field, "label": one.name, "kind": one.kind, "value": given.get(one.name, one.usual)}
            for one in found
        ],
        "of_the_page": OF_THE_PAGE,
        "action": scope.here(x="", y="", drawn=""),
        "examples": [_example(name, scope) for name in EXAMPLES],
        "saved": [{**row, "href": _run(scope, row["query_id"])} for row in tables[SAVED].rows],
    }


def _example(name: str, scope: Scope) -> Row:
    chosen = scope.filters.run.removeprefix(EXAMPLE) == name or (not scope.filters.run and name == FIRST)
    href = _run(scope, "" if name == FIRST else f"{EXAMPLE}{name}")
    return {"title": f"sql.example_{name}", "href": href, "chosen": chosen, "sql": example(name)}


def answer(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The rows, as the engine gave them, and the choice of the chart."""
    table = tables[ANSWER]
    most = max(1, MOST_CELLS // max(1, len(table.columns)))
    told = picture.picture(table, scope)
    ups = picture.numbers(table)
    rest = changed(scope.carried, x="", y="", drawn="", page=1)
    return {
        "columns": [{"name": name, "kind": "number" if name in ups else "text"} for name in table.columns],
        "rows": [[_cell(row[name]) for name in table.columns] for row in table.rows[:most]],
        "count": len(table.rows),
        "cut": min(most, len(table.rows)) if table.more or len(table.rows) > most else 0,
        "picture": told,
        "drawn": picture.DRAWN,
        "ups": ups,
        "hidden": parse_qsl(rest.query()),
    }


def _cell(value: Any) -> str | None:
    """The value itself: what is asked here is read by who wrote it, and copied. None is no value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def draw(tables: Tables, scope: Scope) -> Chart | None:
    return picture.draw(tables[ANSWER], scope)


def schema(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What may be asked: each table with its columns."""
    found: dict[str, list[Row]] = {}
    for row in tables[TABLES].rows:
        found.setdefault(row["table"], []).append(row)
    return {
        "tables": [
            {"name": name, "about": scope.words(f"sql_tables.{name}"), "columns": rows}
            for name, rows in found.items()
        ]
    }


def recent(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What this person asked, each to be asked again."""
    rows = [
        {**row, "sql": _short(row["sql"]), "href": _run(scope, row["query_id"])}
        for row in tables[RECENT].rows
    ]
    return {"grid": Grid(columns=_RECENT, rows=rows, name="recent", empty="sql.nothing_asked")}


def _short(sql: str) -> str:
    """A text on one line, without its remarks."""
    lines = (line.partition("--")[0].strip() for line in sql.splitlines())
    text = " ".join(line for line in lines if line)
    return text if len(text) <= 120 else f"{text[:119]}…"


def _run(scope: Scope, query_id: str) -> str:
    return scope.here(run=query_id, x="", y="", drawn="")


def run(desk: Desk, scope: Scope, form: Form) -> str:
    """Note the question and go where it is asked. Raises OperatorError for none, or one too long."""
    queries = desk.control.queries
    noted = queries.asked(scope.shop.shop_id, who(scope), _sql(form), _given(form), scope.now.timestamp())
    return _run(scope, noted)


def save(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep the question under the name that was typed, for everybody who may ask this shop."""
    name = "".join(sign for sign in form.get("name") if sign.isprintable()).strip()
    queries = desk.control.queries
    kept = queries.save(scope.shop.shop_id, who(scope), name, _sql(form), _given(form), scope.now.timestamp())
    return _run(scope, kept)


def remove(desk: Desk, scope: Scope, form: Form) -> str:
    """Forget a saved question. Raises OperatorError where none is named."""
    if not form.get("query_id"):
        raise OperatorError("no question was named")
    desk.control.queries.remove(scope.shop.shop_id, form.get("query_id"))
    return _run(scope, "")


def _sql(form: Form) -> str:
    return form.fields.get("sql", "").replace("\r\n", "\n").strip()


def _given(form: Form) -> dict[str, str]:
    """What was typed for the values that the form had."""
    fields: Sequence[tuple[str, str]] = tuple(form.fields.items())
    return {name.removeprefix(FIELD): text.strip() for name, text in fields if name.startswith(FIELD)}


PAGE = Page(
    slug="sql",
    order=95,
    role="analyst",
    shared=False,
    segments=False,
    money=False,
    panels=(
        Panel(name="ask", queries=(QUESTION, SAVED), view=ask),
        Panel(name="answer", queries=(ANSWER,), view=answer, draw=draw, tall=True),
        Panel(name="recent", queries=(RECENT,), view=recent),
        Panel(name="schema", queries=(TABLES,), view=schema),
    ),
    acts={"run": run, "save": save, "remove": remove},
)
