"""The list of destinations, and how the chosen one is: its condition, its days, its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.destinations import kinds
from collector.forwarder.health import STATES
from dashboard import charts, format
from dashboard.destinations.told import amount, label_of, reason_of, span
from dashboard.page import Card, Column, Grid, Row, Tables
from dashboard.scope import Scope

LIST, NOW, CHOICE = "forwarding/list", "forwarding/now", "forwarding/choice"
DAYS, REASONS, ASKED = "forwarding/days", "forwarding/reasons", "forwarding/asked"
SETTINGS_TAB: Final = "destinations"
LAYERS: Final = (
    ("delivered", "series-2"),
    ("delivered_with_loss", "series-6"),
    ("undeliverable", "series-3"),
    ("failed", "refused"),
    ("expired", "series-4"),
)
BETTER: Final[Mapping[str, Any]] = {"delivered": "up", "failed": "down", "expired": "down"}
BY_DAY: Final = (
    Column(name="day", kind="day", title="destinations.day", sortable=False),
    *(Column(name=state, kind="count", title=f"destinations.{state}", sortable=False) for state in STATES),
)


def listed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """A row for each destination, and where the next one is added."""
    rows = [
        {**row, **_condition(row, scope), "href": scope.here(tab="health", code=row["destination_id"])}
        for row in tables[LIST].rows
    ]
    return {"rows": rows, "states": STATES, "add": settings(scope), "kinds": _kinds(scope)}


def settings(scope: Scope, destination_id: str = "") -> str:
    """Where a destination is set up, for who may; "" for others."""
    if scope.access.shared or not scope.may("owner"):
        return ""
    place = "destinations_change" if destination_id else "destinations_add"
    return scope.url("settings", tab=SETTINGS_TAB, code=destination_id) + f"#{place}"


def _kinds(scope: Scope) -> list[str]:
    return [label_of("destination_kinds", kind, scope) for kind in kinds()]


def _condition(row: Row, scope: Scope) -> Row:
    """Condition, reason and how far behind it is, in words."""
    condition, code = row["condition"], row["code"]
    why = reason_of(code, scope)["explanation"] if code else ""
    lag = row["lag_s"]
    return {
        "level": LEVELS[condition] if condition != "paused" or code else "note",
        "why": why or scope.words(f"destinations.about_{condition}"),
        "lag": None if lag is None else span(lag, scope),
        "oldest": None if row["oldest_at"] is None else span(_ago(row["oldest_at"], scope), scope),
        "last": None if row["delivered_at"] is None else format.moment(row["delivered_at"], scope.zone),
    }


LEVELS: Final[Mapping[str, str]] = {
    "starting": "info",
    "running": "good",
    "waiting": "note",
    "paused": "error",
    "stopped": "error",
}


def _ago(moment: Any, scope: Scope) -> float:
    return max(0.0, float((scope.naive_now - moment).total_seconds()))


def choice(tables: Tables, scope: Scope) -> Sequence[Row]:
    """Links to the same view of each destination."""
    return [
        {
            "id": row["destination_id"],
            "text": row["name"],
            "chosen": row["chosen"],
            "href": scope.here(
                code=row["destination_id"], find="", state="", reason="", event="", sort=scope.filters.sort
            ),
        }
        for row in tables[CHOICE].rows
    ]


def now(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The condition of the chosen one, why it is so, and what to do about it."""
    shown: dict[str, Any] = {"choice": choice(tables, scope), "add": settings(scope), "row": None}
    if not tables[NOW].rows:
        return shown
    row = tables[NOW].one()
    found = reason_of(row["code"], scope) if row["code"] else None
    return {
        **shown,
        "row": {**row, **_condition(row, scope)},
        "kind": label_of("destination_kinds", row["kind"], scope),
        "reason": found,
        "cards": [_card(state, row, scope) for state in STATES],
        "asked": [_asked(one, scope) for one in tables[ASKED].rows],
        "change": settings(scope, row["destination_id"]),
        "may": scope.may("analyst") and not scope.access.shared,
        "action": scope.here(),
        "today": scope.today,
        "paused": row["condition"] == "paused",
    }


def _card(state: str, row: Row, scope: Scope) -> Card:
    """Events of the period; the three that did not arrive lead to the dead letters."""
    total = sum(row[name] for name in STATES if name != "skipped")
    share = format.percent(row[state] / total) if total and state != "skipped" else ""
    return Card(
        name=state,
        title=f"destinations.{state}",
        define=f"destinations.define_{state}",
        kind="count",
        value=row[state],
        better=BETTER.get(state, ""),
        note=share,
    )


def _asked(row: Row, scope: Scope) -> str:
    """What waits to be done, as a sentence."""
    facts = {
        name: format.moment(row[name], scope.zone) if row[name] else scope.words("destinations.asked_now")
        for name in ("since", "until")
    }
    key = f"destinations.asked_{row['act']}"
    if row["act"] == "resend" and row["events"] is not None:
        return scope.words("destinations.asked_resend_some", count=row["events"])
    return scope.words(key, **facts)


def days(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Events by day, the newest day first."""
    rows = list(reversed(tables[DAYS].rows))
    return {
        "grid": Grid(columns=BY_DAY, rows=rows),
        "any": any(row[state] for row in rows for state in STATES),
    }


def draw(tables: Tables, scope: Scope) -> charts.Chart | None:
    """A layer for each outcome; what was left out on purpose is no layer."""
    rows = tables[DAYS].rows
    shown = [(name, role) for name, role in LAYERS if any(row[name] for row in rows)]
    if not shown:
        return None
    series = [charts.Series(name, scope.words(f"destinations.{name}"), role) for name, role in shown]
    return charts.stacked(rows, series, x="day", kind="count", about="destinations.days_about")


def reasons(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Why events were not delivered; what the destination leaves out on purpose stands apart."""
    told = grouped(tables[REASONS].rows, scope)
    return {
        "rows": [row for row in told if row["state"] != "skipped"],
        "quiet": [row for row in told if row["state"] == "skipped"],
    }


def grouped(rows: Sequence[Row], scope: Scope) -> list[Row]:
    """A row for each code with its texts and its events by name, the most frequent first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.get("state", ""), row["code"]), []).append(row)
    told = [
        {
            "state": state,
            "events": sum(one["events"] for one in group),
            "amount": amount(sum(one["events"] for one in group), scope),
            "by_event": [(label_of("events", one["event"], scope), one["events"]) for one in group],
            "href": scope.here(tab="letters", state=state, reason=code) + "#letters",
            **reason_of(code, scope),
        }
        for (state, code), group in found.items()
    ]
    return sorted(told, key=lambda row: (-row["events"], row["code"]))
