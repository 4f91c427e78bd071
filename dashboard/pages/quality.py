"""Is what we are sent right, and what became of what was not?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector import reasons
from collector.wire import Shop
from dashboard import check_page, format, reconcile_page, translated
from dashboard.desk import ControlView
from dashboard.filters import PAGE_SIZE, Filters
from dashboard.locales import SPACE
from dashboard.page import Card, Column, Detail, Grid, Page, Panel, Row, Tables
from dashboard.scope import Scope

LIST_TABS: Final = ("notes", "quarantined", "rejected", "ignored", "duplicate")
TABS: Final = (*LIST_TABS, "rules", check_page.TAB, reconcile_page.TAB)
REFUSED: Final = LIST_TABS[1:]
LONGEST_RAW: Final = 4096
LIVE_ROWS: Final = 10
OWN: Final = "rees46"
"""The vendor whose protocol the script speaks; events of others say so."""

HISTORY: Final = ("quality/devices", "quality/stale_sessions", "quality/page_paths")
"""Findings that no event shows by itself; each gives at most one row."""
RULES = (
    Column(name="code", kind="code"),
    Column(name="group", words="code_groups"),
    Column(name="level", words="levels"),
    Column(name="explanation"),
    Column(name="mend"),
    Column(name="rule"),
)


def outcomes(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables["quality/outcomes"].one()
    total = sum(row[name] for name in ("accepted", *REFUSED))
    cards = [_accepted(row, scope)]
    for tab in LIST_TABS:
        count = row["noted" if tab == "notes" else tab]
        share = scope.words("quality.share", share=_percent(count, total)) if total else ""
        cards.append(
            Card(
                name=tab,
                title=f"quality.tab_{tab}",
                kind="count",
                value=count,
                better="",
                tab=tab,
                note=share,
                define=f"quality.define_{tab}",
            )
        )
    return {"cards": cards}


def _accepted(row: Row, scope: Scope) -> Card:
    told = scope.words("quality.told", events=format.count(row["told"])) if row["told"] else ""
    return Card(
        name="accepted",
        title="quality.accepted",
        kind="count",
        value=row["accepted"],
        better="",
        note=told,
        define="quality.define_accepted",
    )


def _percent(count: int, total: int) -> str:
    share = count / total * 100
    if 0 < share < 0.1:
        return f"< {format.number(0.1)}"
    return format.percent(count / total).partition(SPACE)[0]


def codes(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Codes by what they mean for a developer, then by number. Notes of no consequence stand apart."""
    rows: list[Row] = [{**row, "amount": _amount(row, scope)} for row in tables["quality/codes"].rows]
    rows += [_found(row, scope) for name in HISTORY if not tables.missing(name) for row in tables[name].rows]
    told = [{**row, **_explained(row["code"], scope, row.get("vendor"))} for row in rows]
    told.sort(key=lambda row: (reasons.LEVELS.index(row["level"]), -row["events"], row["code"]))
    apart = scope.tab == "notes"
    return {
        "rows": [row for row in told if not apart or row["level"] != "info"],
        "quiet": [row for row in told if apart and row["level"] == "info"],
        "unanswered": [missing for name in HISTORY if (missing := tables.missing(name))],
        "tab": scope.tab,
    }


def _amount(row: Row, scope: Scope) -> str:
    key = "quality.how_one" if row["events"] == 1 else "quality.how_many"
    return scope.words(key, events=format.count(row["events"]), share=format.percent(row["share"]))


def _found(row: Row, scope: Scope) -> Row:
    """A finding as a row beside the codes: devices, sessions or page views in the place of events."""
    key = f"quality.found_{row['code']}" + ("_one" if row["found"] == 1 else "")
    return {**row, "events": row["found"], "amount": scope.words(key, found=format.count(row["found"]))}


def losses(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables["quality/losses"].one()
    return {**row, "amount": scope.words("quality.lost", lost=format.count(row["lost"]))}


def _explained(code: str, scope: Scope, vendor: str | None = None) -> Row:
    """The texts of a code in a vendor's protocol. A record of an older version may carry one that is no longer listed."""
    protocol = vendor if vendor not in (None, OWN) else ""
    try:
        reason = translated.reason(code, scope.words, vendor or OWN)
    except LookupError:
        nothing = dict.fromkeys(("explanation", "mend", "rule"))
        return {"base": code, "field": "", "protocol": protocol, "level": reasons.level(code), **nothing}
    return {
        "base": reason.base,
        "field": reason.field,
        "protocol": protocol,
        "level": reason.level,
        "explanation": reason.explanation,
        "mend": reason.mend,
        "rule": reason.rule,
    }


def entries(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [{**row, **_raw(row)} for row in tables["quality/entries"].rows]
    return {
        "rows": rows,
        "code": scope.filters.code,
        "newer": scope.here(page=scope.filters.page - 1) if scope.filters.page > 1 else "",
        "older": scope.here(page=scope.filters.page + 1) if len(rows) == PAGE_SIZE else "",
    }


def _raw(row: Row) -> Row:
    """The request as text: its line, then its body, cut; `raw` is None where none was kept."""
    if row["path"] is None:
        return {"raw": None, "cut": False}
    line = f"{row['method']} {row['path']}" + (f"?{row['query']}" if row["query"] else "")
    body = row["body"] or row["body_base64"] or ""
    text = f"{line}\n\n{body}" if body else line
    return {"raw": text[: 2 * LONGEST_RAW], "cut": (row["body_chars"] or 0) > LONGEST_RAW}


def live(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    noted = [row for row in tables["tail/feed"].rows if row["notes"] or row["outcome"] != "accepted"]
    return {"rows": noted[:LIVE_ROWS], "seen": len(tables["tail/feed"].rows), "noted": len(noted)}


def rules(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    listed: Sequence[Row] = [
        {
            "code": reason.base,
            "group": reason.group,
            "level": reason.level,
            "explanation": reason.explanation,
            "mend": reason.mend,
            "rule": reason.rule,
        }
        for reason in (translated.reason(f"{code}:X", scope.words) for code in reasons.REASONS)
    ]
    return {"grid": Grid(columns=RULES, rows=scope.sorted("rules", listed), name="rules")}


def request(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables["quality/request"].rows
    row = rows[0] if rows else None
    body = (row["body"] or row["body_base64"] or "") if row else ""
    return {"row": row, "body": body[:LONGEST_RAW], "cut": len(body) > LONGEST_RAW}


def events(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    return {"rows": [_judged(row, scope) for row in tables["quality/request_events"].rows]}


def _judged(row: Row, scope: Scope) -> Row:
    """An event with its reasons, those that matter most first; a verdict with notes is one with `notes`."""
    codes = sorted(row["codes"] or (), key=lambda code: reasons.LEVELS.index(reasons.level(code)))
    told = [{"code": code, **_explained(code, scope, row["vendor"])} for code in codes]
    return {**row, "reasons": told, "notes": reasons.loud(codes)}


def found(tables: Tables) -> bool:
    """Whether the id names a request that was kept, or one whose events were."""
    return bool(tables["quality/request"].rows or tables["quality/request_events"].rows)


def facts(control: ControlView, shop: Shop, filters: Filters) -> Mapping[str, Any]:
    """What control data tells the checks and the reconciliations; nothing on other tabs."""
    told: dict[str, Any] = {}
    if filters.tab == check_page.TAB:
        told |= check_page.facts(control, shop)
    if filters.tab in (check_page.TAB, reconcile_page.TAB):
        told |= reconcile_page.facts(control, shop, filters)
    return told


CHECK_TABS: Final = (check_page.TAB,)
RECONCILE_TABS: Final = (reconcile_page.TAB,)
PAGE = Page(
    slug="quality",
    shared=False,
    facts=facts,
    acts={"threshold": check_page.change, "reconcile": reconcile_page.upload_form},
    segments=False,
    order=90,
    tabs=TABS,
    panels=(
        Panel(name="outcomes", queries=("quality/outcomes",), view=outcomes, tabs=LIST_TABS),
        Panel(name="codes", queries=("quality/codes", *HISTORY), view=codes, tabs=LIST_TABS),
        Panel(name="losses", queries=("quality/losses",), view=losses, tabs=("notes",)),
        Panel(name="entries", queries=("quality/entries",), view=entries, tabs=REFUSED),
        Panel(name="live", queries=("tail/feed",), view=live, tabs=("notes",)),
        Panel(name="rules", queries=(), view=rules, tabs=("rules",)),
        Panel(name="check", queries=(), view=check_page.opened, draw=check_page.draw, tabs=CHECK_TABS),
        Panel(name="checks", queries=check_page.QUERIES, view=check_page.overview, tabs=CHECK_TABS),
        Panel(name="upload", queries=(), view=reconcile_page.upload, tabs=RECONCILE_TABS),
        Panel(
            name="reconciliations",
            queries=(reconcile_page.LIST,),
            view=reconcile_page.listed,
            tabs=RECONCILE_TABS,
        ),
        Panel(
            name="reconciled",
            queries=(reconcile_page.ROWS,),
            view=reconcile_page.opened,
            tabs=RECONCILE_TABS,
        ),
    ),
    detail=Detail(
        panels=(
            Panel(name="events", queries=("quality/request_events",), view=events),
            Panel(name="request", queries=("quality/request",), view=request),
        ),
        found=found,
    ),
)
