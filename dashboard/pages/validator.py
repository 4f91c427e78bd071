"""Is the tag right, and what should be mended?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.snippet import snippet
from dashboard import format
from dashboard.filters import OUTCOMES
from dashboard.page import Column, Grid, Missing, Page, Panel, Tables
from dashboard.page_kinds import EVENTS, Finding, findings
from dashboard.pages.live import event_names, narrowed
from dashboard.scope import Scope
from dashboard.verdicts import judged

FIRST: Final = "tail/first"
VERDICTS: Final = "tail/verdicts"
SAMPLE: Final = "http://localhost:4646"
"""Where the collector is, while nobody asks from anywhere."""
PAGES: Final = (
    Column(name="template", title="validator.col_template", kind="code"),
    Column(name="addresses", title="validator.col_addresses", kind="count"),
    Column(name="page_views", title="validator.col_page_views", kind="count"),
    *(Column(name=name, title=f"validator.col_{name}", kind="count") for name in EVENTS),
    Column(name="lacking", title="validator.col_lacking"),
    Column(name="first_seen", title="validator.col_first_seen", kind="time"),
    Column(name="last_seen", title="validator.col_last_seen", kind="time"),
    Column(name="example", title="validator.col_example"),
)


def status(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """How far the shop is: waiting for its first event, silent for half an hour, or sending."""
    rows = {row["kind"]: judged(row, scope.words, scope.shop.shop_id) for row in tables[FIRST].rows}
    now = tables["tail/now"].one()
    last_at = _last(tables)
    state = "seen" if "event" in rows else "quiet" if last_at else "waiting"
    return {
        "state": state,
        "rows": rows,
        "events": now["events_30"],
        "visitors": now["visitors_30"],
        "last_at": last_at,
        "snippet": snippet(scope.shop.shop_id, scope.origin or SAMPLE),
    }


def _last(tables: Tables) -> Any:
    """When the last stored event came; while the store does not say, there is none."""
    try:
        return tables["validator/known"].one()["last_at"]
    except Missing:
        return None


def verdicts(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {
        "rows": [judged(row, scope.words, scope.shop.shop_id) for row in tables[VERDICTS].rows],
        "epoch": tables["tail/now"].one()["epoch"],
        "events": event_names(tables["tail/minutes"].rows, scope.filters.event),
        "outcomes": OUTCOMES,
        "narrowed": narrowed(scope),
    }


def missing(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """What kinds of pages, and steps of a visit, do not send."""
    found = findings(
        *(tables[name].rows for name in ("validator/pages", "validator/steps", "validator/blocks"))
    )
    return {"findings": [_told(one) for one in found], "pages": len(tables["validator/pages"].rows)}


def _told(one: Finding) -> Mapping[str, Any]:
    facts = {
        name: format.count(value) if isinstance(value, int) else value for name, value in one.facts.items()
    }
    return {
        "code": one.code,
        "level": one.level,
        "facts": facts,
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "example": one.example,
    }


def pages(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Each kind of page with what it sends, and what of it is missing in a word."""
    rows = tables["validator/pages"].rows
    lacking = {row["template"]: _lacking(row, scope) for row in rows}
    shown = [{**row, "lacking": lacking[row["template"]]} for row in rows]
    return {
        "grid": Grid(
            columns=PAGES, rows=scope.sorted("pages", shown), name="pages", empty="validator.no_pages"
        )
    }


def _lacking(row: Mapping[str, Any], scope: Scope) -> str:
    found = [scope.words(f"validator.short_{one.code}") for one in findings([row], (), ())]
    return ", ".join(found) or scope.words("validator.lacks_nothing")


def tests(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """How an automated test asks."""
    return {"origin": scope.origin or SAMPLE, "shop_id": scope.shop.shop_id}


PAGE = Page(
    slug="validator",
    shared=False,
    order=88,
    period=False,
    segments=False,
    panels=(
        Panel(name="status", queries=(FIRST, "tail/now", "validator/known"), view=status),
        Panel(name="verdicts", queries=(VERDICTS, "tail/minutes", "tail/now"), view=verdicts),
        Panel(
            name="missing", queries=("validator/pages", "validator/steps", "validator/blocks"), view=missing
        ),
        Panel(name="pages", queries=("validator/pages",), view=pages),
        Panel(name="tests", queries=(), view=tests),
    ),
)
