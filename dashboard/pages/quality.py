"""Is what we are sent right, and what became of what was not?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector import reasons
from dashboard.filters import PAGE_SIZE, Scope
from dashboard.page import Card, Column, Detail, Grid, Page, Panel, Row, Tables

LIST_TABS: Final = ("notes", "quarantined", "rejected", "ignored", "duplicate")
TABS: Final = (*LIST_TABS, "rules")
REFUSED: Final = LIST_TABS[1:]
LONGEST_RAW: Final = 4096
LIVE_ROWS: Final = 10
RULES = (
    Column(name="code", kind="code"),
    Column(name="group"),
    Column(name="explanation"),
    Column(name="mend"),
    Column(name="rule"),
)


def outcomes(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    row = tables["quality/outcomes"].one()
    total = sum(row[name] for name in ("accepted", *REFUSED))
    cards = [Card(name="accepted", title="quality.accepted", kind="count", value=row["accepted"], better="")]
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


def _percent(count: int, total: int) -> str:
    share = count / total * 100
    return f"{share:.1f}" if share >= 0.1 or not share else "< 0.1"


def codes(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = [{**row, **_explained(row["code"])} for row in tables["quality/codes"].rows]
    return {"rows": scope.sorted("codes", rows), "tab": scope.tab}


def _explained(code: str) -> Row:
    """The texts of a code. A record of an older version may carry one that is no longer listed."""
    try:
        reason = reasons.explain(code)
    except LookupError:
        return {"base": code, "field": "", "explanation": None, "mend": None, "rule": None}
    return {
        "base": reason.base,
        "field": reason.field,
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
    noted = [row for row in tables["tail/feed"].rows if row["codes"] or row["outcome"] != "accepted"]
    return {"rows": noted[:LIVE_ROWS], "seen": len(tables["tail/feed"].rows), "noted": len(noted)}


def rules(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    listed: Sequence[Row] = [
        {
            "code": reason.code,
            "group": reason.group,
            "explanation": reason.explanation.replace("{field}", "X"),
            "mend": reason.mend.replace("{field}", "X"),
            "rule": reason.rule,
        }
        for reason in reasons.REASONS.values()
    ]
    return {"grid": Grid(columns=RULES, rows=scope.sorted("rules", listed), name="rules")}


def request(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables["quality/request"].rows
    row = rows[0] if rows else None
    body = (row["body"] or row["body_base64"] or "") if row else ""
    return {"row": row, "body": body[:LONGEST_RAW], "cut": len(body) > LONGEST_RAW}


def events(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = tables["quality/request_events"].rows
    return {"rows": [{**row, "reasons": [_reason(code) for code in row["codes"] or ()]} for row in rows]}


def _reason(code: str) -> Row:
    return {"code": code, **_explained(code)}


def found(tables: Tables) -> bool:
    """Whether the id names a request that was kept, or one whose events were."""
    return bool(tables["quality/request"].rows or tables["quality/request_events"].rows)


PAGE = Page(
    slug="quality",
    order=90,
    tabs=TABS,
    panels=(
        Panel(name="outcomes", queries=("quality/outcomes",), view=outcomes, tabs=LIST_TABS),
        Panel(name="codes", queries=("quality/codes",), view=codes, tabs=LIST_TABS),
        Panel(name="entries", queries=("quality/entries",), view=entries, tabs=REFUSED),
        Panel(name="live", queries=("tail/feed",), view=live, tabs=("notes",)),
        Panel(name="rules", queries=(), view=rules, tabs=("rules",)),
    ),
    detail=Detail(
        panels=(
            Panel(name="events", queries=("quality/request_events",), view=events),
            Panel(name="request", queries=("quality/request",), view=request),
        ),
        found=found,
    ),
)
