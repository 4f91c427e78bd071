"""What a shop wants to be alarmed of, how it stands now, and every alarm there was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.control.alerts import LEAST_MINUTES, MOST_MINUTES, Watch
from collector.errors import OperatorError
from dashboard import alarms, format
from dashboard.alarms import ALERT
from dashboard.desk import Desk, Once
from dashboard.forms import Form
from dashboard.page import Column, Grid, Panel, Tables
from dashboard.scope import Scope
from dashboard.settings import Tab, noted
from dashboard.settings.channels import DELIVERED, asked, delivered, told, tongues, typed
from dashboard.texts import languages

WORDS: Final = "settings_alerts"
WATCH: Final = "control/watch"
ALERTS: Final = "control/alerts"
TOLD: Final = "control/alerts_told"
EXPECTED: Final = "settings/expected_orders"
LAST: Final = "settings/last_event"
SHOWN: Final = 20
WATCHED: Final = ("purchases", "silence", "checks", "destinations")
HISTORY: Final = (
    Column(name="what", title=f"{WORDS}.what", sortable=False),
    Column(name="began_at", kind="time", title=f"{WORDS}.began_at", sortable=False),
    Column(
        name="ended_at", kind="time", title=f"{WORDS}.ended_at", absent=f"{WORDS}.goes_on", sortable=False
    ),
    Column(name="said", title=f"{WORDS}.said", sortable=False),
)
WINDOWS: Final = (
    Column(name="hours", kind="count", title=f"{WORDS}.hours", sortable=False),
    Column(name="orders", kind="count", sortable=False),
    Column(
        name="expected", kind="number", title=f"{WORDS}.expected", absent=f"{WORDS}.too_young", sortable=False
    ),
    Column(name="weeks", kind="count", title=f"{WORDS}.weeks", sortable=False),
)


def watched(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The form."""
    row = tables[WATCH].one()
    chosen = row["language"] if row["recipients"] or row["webhook"] else scope.language
    return {
        "boxes": [(name, row[name]) for name in WATCHED],
        "minutes": row["silence_min"],
        "least": LEAST_MINUTES,
        "longest": MOST_MINUTES,
        "languages": tongues(chosen, scope),
        "action": scope.here(),
        "fields": asked(row["recipients"], row["webhook"]),
    }


def now(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """How it stands at this moment, whether anybody is told or not."""
    found = alarms.purchases(tables[EXPECTED].rows)
    quiet = alarms.silence(tables[LAST].one()["last_at"], scope.naive_now, MOST_MINUTES)
    facts = {
        "hours": format.count(found.hours),
        "orders": format.count(found.orders),
        "expected": format.number(found.expected, 1),
        "chance": "" if found.chance is None else format.percent(found.chance, 2),
    }
    last = "" if quiet.last_at is None else format.moment(quiet.last_at, scope.zone)
    return {
        "state": found.state,
        "purchases": scope.words(f"{WORDS}.now_{found.state}", **facts),
        "last": scope.words(f"{WORDS}.last_event", moment=last) if last else scope.words(f"{WORDS}.no_event"),
        "grid": Grid(columns=WINDOWS, rows=tables[EXPECTED].rows),
    }


def history(tables: Tables, _scope: Scope) -> Mapping[str, Any]:
    return {"grid": Grid(columns=HISTORY, rows=tables[ALERTS].rows, empty=f"{WORDS}.none")}


def sent(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    rows = []
    for row in tables[TOLD].rows[:SHOWN]:
        number, _, turn = row["thing"].removeprefix(ALERT).partition(":")
        rows.append(delivered(row, scope.words(f"{WORDS}.told_{turn}", number=number), scope))
    return {"grid": Grid(columns=DELIVERED, rows=rows, empty=f"{WORDS}.nothing_told")}


def save(desk: Desk, scope: Scope, form: Form) -> str | Once:
    """Watch for what was ticked from now on. Raises OperatorError."""
    shop_id = scope.shop.shop_id
    old = desk.control.alerts.watch(shop_id)
    channel = typed(form, old.channel)
    language = form.get("language") if form.get("language") in languages() else scope.language
    new = Watch(
        purchases=bool(form.get("purchases")),
        silence=bool(form.get("silence")),
        checks=bool(form.get("checks")),
        destinations=bool(form.get("destinations")),
        silence_min=_minutes(form.get("silence_min")),
        language=language,
        channel=channel,
    )
    desk.control.alerts.set(shop_id, new)
    noted(desk, scope, "alerts_saved", ", ".join(name for name in WATCHED if getattr(new, name)))
    return told(channel, old.channel, scope.here())


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise OperatorError(f"silence is told after {LEAST_MINUTES} to {MOST_MINUTES} minutes")
    return int(text)


TAB: Final = Tab(
    name="alerts",
    order=55,
    role="owner",
    panels=(
        Panel(name="alerts_watch", queries=(WATCH,), view=watched, title=f"{WORDS}.watch"),
        Panel(name="alerts_now", queries=(EXPECTED, LAST), view=now, title=f"{WORDS}.now"),
        Panel(name="alerts_history", queries=(ALERTS,), view=history, title=f"{WORDS}.history"),
        Panel(name="alerts_told", queries=(TOLD,), view=sent, title=f"{WORDS}.told"),
    ),
    acts={"alerts_save": save},
)
