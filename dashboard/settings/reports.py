"""What is sent regularly, to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from collector.control.channels import NOBODY
from collector.control.reports import KINDS, LONGEST_NAME, PARTS, Kind, Plan, Report, issue_of
from collector.errors import OperatorError
from dashboard import format
from dashboard.desk import Desk, Once
from dashboard.forms import Form
from dashboard.page import Column, Grid, Panel, Row, Tables
from dashboard.scope import Scope
from dashboard.settings import Tab, noted
from dashboard.settings.channels import DELIVERED, WORDS, asked, delivered, told, tongues, typed
from dashboard.texts import languages

REPORTS: Final = "control/reports"
SENT: Final = "control/reports_sent"
SHOWN: Final = 20
GRID: Final = (
    Column(name="name", title=f"{WORDS}.name", sortable=False),
    Column(name="when", title=f"{WORDS}.when", sortable=False),
    Column(name="to", title=f"{WORDS}.to", absent=f"{WORDS}.nobody", sortable=False),
    Column(name="next_at", kind="time", title=f"{WORDS}.next_at", absent=f"{WORDS}.is_off", sortable=False),
    Column(name="last", title=f"{WORDS}.last", absent=f"{WORDS}.never", sortable=False),
)
NEW: Final[Row] = {
    "report_id": "",
    "name": "",
    "on": False,
    "kind": "weekly",
    "hour": 9,
    "parts": ", ".join(PARTS),
    "segment": None,
    "language": "",
    "recipients": "",
    "webhook": "",
}


def listed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Every report with its form."""
    last = _last(tables)
    rows = [
        {
            **row,
            "when": _when(row["kind"], row["hour"], scope),
            "to": ", ".join(one for one in (row["recipients"], row["webhook"]) if one) or None,
            "last": _outcome(last[row["report_id"]], scope) if row["report_id"] in last else None,
            "form": fields(row, scope),
        }
        for row in tables[REPORTS].rows
    ]
    grid = Grid(columns=GRID, rows=rows, empty=f"{WORDS}.none")
    return {"grid": grid, "rows": rows, "action": scope.here()}


def _last(tables: Tables) -> Mapping[str, Row]:
    """The newest delivery of each report."""
    found: dict[str, Row] = {}
    for row in tables[SENT].rows:
        found.setdefault(issue_of(row["thing"]).report_id, row)
    return found


def _outcome(row: Row, scope: Scope) -> str:
    shown = delivered(row, "", scope)
    return f"{shown['state_text']}, {format.moment(shown['at'], scope.zone)}"


def _when(kind: str, hour: int, scope: Scope) -> str:
    return scope.words(f"{WORDS}.{kind}_at", hour=f"{hour:02}:00")


def sent(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    names = {row["report_id"]: row["name"] for row in tables[REPORTS].rows}
    rows = []
    for row in tables[SENT].rows[:SHOWN]:
        issue = issue_of(row["thing"])
        name = names.get(issue.report_id, scope.words(f"{WORDS}.removed"))
        rows.append(delivered(row, f"{name}, {format.day(issue.day)}", scope))
    return {"grid": Grid(columns=DELIVERED, rows=rows, empty=f"{WORDS}.nothing_sent")}


def offered(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The form of a new report, open where there is none."""
    return {"form": fields(NEW, scope), "action": scope.here(), "first": not tables[REPORTS].rows}


def fields(row: Row, scope: Scope) -> Mapping[str, Any]:
    """The fields of a form, filled from a row of `control/reports`."""
    parts = row["parts"].split(", ")
    return {
        "id": row["report_id"],
        "name": row["name"],
        "on": row["on"],
        "kinds": [(kind, scope.words(f"{WORDS}.{kind}"), kind == row["kind"]) for kind in KINDS],
        "hour": row["hour"],
        "parts": [(part, scope.words(f"{WORDS}.part_{part}"), part in parts) for part in PARTS],
        "segments": [(one.segment_id, one.name, one.segment_id == row["segment"]) for one in scope.segments],
        "languages": tongues(row["language"] or scope.language, scope),
        "longest": LONGEST_NAME,
        **asked(row["recipients"], row["webhook"]),
    }


def save(desk: Desk, scope: Scope, form: Form) -> str | Once:
    """Keep a new report, or another plan for one there is. Raises OperatorError."""
    shop_id, now, reports = scope.shop.shop_id, scope.now.timestamp(), desk.control.reports
    old = _found(desk, scope, form) if form.get("id") else None
    before = old.plan.channel if old else NOBODY
    channel = typed(form, before)
    plan = Plan(
        name=form.get("name"),
        kind=cast(Kind, form.get("kind")),
        hour=_hour(form.get("hour")),
        parts=tuple(part for part in PARTS if form.get(f"part_{part}")),
        segment=_segment(form.get("segment"), scope),
        language=form.get("language") if form.get("language") in languages() else scope.language,
        channel=channel,
        on=bool(form.get("on")),
    )
    if old:
        reports.change(shop_id, old.report_id, plan, now)
    else:
        reports.add(shop_id, plan, now)
    noted(desk, scope, "report_saved", plan.name)
    return told(channel, before, scope.here())


def _found(desk: Desk, scope: Scope, form: Form) -> Report:
    for one in desk.control.reports.of(scope.shop.shop_id):
        if one.report_id == form.get("id"):
            return one
    raise OperatorError("the shop has no such report")


def _hour(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:3]) <= 23):
        raise OperatorError("an hour is from 0 to 23")
    return int(text)


def _segment(segment_id: str, scope: Scope) -> str:
    if segment_id and segment_id not in {one.segment_id for one in scope.segments}:
        raise OperatorError("the shop has no such segment")
    return segment_id


def remove(desk: Desk, scope: Scope, form: Form) -> str:
    old = desk.control.reports.remove(scope.shop.shop_id, form.get("id"))
    noted(desk, scope, "report_removed", old.plan.name)
    return scope.here()


def send(desk: Desk, scope: Scope, form: Form) -> str:
    """Ask for one now; the server sends it within seconds."""
    asked_for = desk.control.reports.ask(scope.shop.shop_id, form.get("id"), scope.now.timestamp())
    noted(desk, scope, "report_asked", asked_for.plan.name)
    return scope.here() + "#reports_sent"


TAB: Final = Tab(
    name="reports",
    order=50,
    role="owner",
    panels=(
        Panel(name="reports_listed", queries=(REPORTS, SENT), view=listed, title=f"{WORDS}.reports"),
        Panel(name="reports_new", queries=(REPORTS,), view=offered, title=f"{WORDS}.new"),
        Panel(name="reports_sent", queries=(SENT, REPORTS), view=sent, title=f"{WORDS}.sent"),
    ),
    acts={"reports_save": save, "reports_remove": remove, "reports_send": send},
)
