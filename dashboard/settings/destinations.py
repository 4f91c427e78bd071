"""Where the shop's events are sent on to: set up, changed, tested, removed. A secret is never shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

import msgspec

from collector.control.destination_options import secrets_of
from collector.control.destinations import LONGEST_NAME
from collector.destinations import kinds
from collector.destinations.contract import Destination
from collector.errors import OperatorError
from dashboard.desk import Desk, Said
from dashboard.destinations.acts import mine
from dashboard.destinations.health import LIST
from dashboard.destinations.told import label_of
from dashboard.forms import Form
from dashboard.page import Column, Grid, Panel, Tables
from dashboard.scope import Scope
from dashboard.settings import Tab, noted
from dashboard.settings.destination_fields import (
    WORDS as KINDS,
)
from dashboard.settings.destination_fields import (
    fields,
    secret_fields,
    typed_options,
    typed_secrets,
)

WORDS: Final = "settings_destinations"
SET_UP: Final = "control/destinations"
GRID: Final = (
    Column(name="name", title="destinations.name", href="href", sortable=False),
    Column(name="kind", title=f"{WORDS}.kind", words=KINDS, sortable=False),
    Column(name="condition_text", title="destinations.condition", href="health", sortable=False),
    Column(name="secrets_text", title=f"{WORDS}.secrets", sortable=False),
    Column(name="created_at", kind="time", title=f"{WORDS}.created_at", sortable=False),
)


def listed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """Every destination; a name leads to its form, its condition to the page Destinations."""
    now = {row["destination_id"]: row for row in tables[LIST].rows}
    rows = [
        {
            **row,
            "href": scope.here(code=row["destination_id"], tool="") + "#destinations_change",
            "health": scope.url("destinations", tab="health", code=row["destination_id"]),
            "condition_text": _condition(now.get(row["destination_id"]), scope),
            "secrets_text": row["secrets"] or scope.words(f"{WORDS}.no_secrets"),
        }
        for row in tables[SET_UP].rows
    ]
    return {"grid": Grid(columns=GRID, rows=rows, empty=f"{WORDS}.none")}


def _condition(row: Mapping[str, Any] | None, scope: Scope) -> str:
    return scope.words(f"destinations.condition_{row['condition'] if row else 'starting'}")


def changed(tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The form of the destination that the address names, if there is one."""
    rows = tables[SET_UP].rows
    row = next((one for one in rows if one["destination_id"] == scope.filters.code), None)
    known = kinds().get(row["kind"]) if row else None
    shown: dict[str, Any] = {"row": row, "known": known is not None, "action": scope.link()}
    if row is None or known is None:
        return shown
    secrets = (row["secrets"] or "").split(", ")
    now = next(one for one in tables[LIST].rows if one["destination_id"] == row["destination_id"])
    return {
        **shown,
        "kind": label_of(KINDS, row["kind"], scope),
        "about": scope.words.get(f"{KINDS}.{row['kind']}_about", ""),
        "fields": fields(known, msgspec.json.decode(row["options"]), scope),
        "secrets": secret_fields(known, secrets, scope),
        "health": scope.url("destinations", tab="health", code=row["destination_id"]),
        "longest": LONGEST_NAME,
        "paused": now["condition"] == "paused",
    }


def offered(_tables: Tables, scope: Scope) -> Mapping[str, Any]:
    """The kinds there are, and the form of the one that the address names as `tool`."""
    chosen = kinds().get(scope.filters.tool)
    return {
        "kinds": [
            {
                "kind": kind,
                "name": label_of(KINDS, kind, scope),
                "about": scope.words.get(f"{KINDS}.{kind}_about", ""),
                "href": scope.here(tool=kind, code="") + "#destinations_add",
                "chosen": chosen is not None and kind == chosen.kind,
            }
            for kind in kinds()
        ],
        "form": _form(chosen, scope) if chosen else None,
        "action": scope.link(),
    }


def _form(kind: Destination, scope: Scope) -> Mapping[str, Any]:
    return {
        "kind": kind.kind,
        "name": label_of(KINDS, kind.kind, scope),
        "about": scope.words.get(f"{KINDS}.{kind.kind}_about", ""),
        "fields": fields(kind, {}, scope),
        "secrets": secret_fields(kind, (), scope),
        "longest": LONGEST_NAME,
        "today": scope.today,
    }


def add(desk: Desk, scope: Scope, form: Form) -> str:
    """A destination of what was typed; events are sent from now on, or from a day on. Raises OperatorError."""
    kind = _kind(form.get("kind"))
    now = scope.now.timestamp()
    added = desk.control.destinations.add(
        scope.shop.shop_id,
        kind.kind,
        form.get("name"),
        typed_options(kind, form),
        typed_secrets(kind, form),
        start_at=min(now, _start(form.get("since"), scope)),
        now=now,
    )
    noted(desk, scope, "destination_added", f"{added.name} ({added.kind})")
    return scope.url("destinations", tab="health", code=added.destination_id)


def _kind(name: str) -> Destination:
    found = kinds().get(name)
    if found is None:
        raise OperatorError("there is no such kind of destination")
    return found


def _start(text: str, scope: Scope) -> float:
    """When the day begins on the shop's clock; without a day, now."""
    if not text:
        return scope.now.timestamp()
    try:
        return datetime.combine(date.fromisoformat(text), time(), scope.zone).timestamp()
    except ValueError as error:
        raise OperatorError(f"{text[:20]!r} is no day; one is 2026-03-14") from error


def save(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep what the form says; a secret that was not typed stays. Raises OperatorError."""
    one = mine(desk, scope, form)
    kind = _kind(one.kind)
    desk.control.destinations.change(
        one.destination_id,
        name=form.get("name"),
        options=typed_options(kind, form),
        secrets=typed_secrets(kind, form),
        now=scope.now.timestamp(),
    )
    told = [secret.name for secret in secrets_of(kind) if secret.name in typed_secrets(kind, form)]
    noted(desk, scope, "destination_changed", ", ".join([one.name, *told]))
    return scope.here(code=one.destination_id) + "#destinations_change"


def remove(desk: Desk, scope: Scope, form: Form) -> str:
    """Forget it and its secrets; what waits for it is not sent any more. Raises OperatorError."""
    one = mine(desk, scope, form)
    if not form.get("sure"):
        raise OperatorError("tick that it is to be removed")
    desk.control.destinations.remove(one.destination_id)
    noted(desk, scope, "destination_removed", one.name)
    return scope.here(code="", tool="")


def pause(desk: Desk, scope: Scope, form: Form) -> str:
    one = mine(desk, scope, form)
    desk.control.destinations.pause(one.destination_id, scope.now.timestamp())
    noted(desk, scope, "destination_paused", one.name)
    return scope.here(code=one.destination_id) + "#destinations_change"


def resume(desk: Desk, scope: Scope, form: Form) -> str:
    one = mine(desk, scope, form)
    desk.control.destinations.resume(one.destination_id, scope.now.timestamp())
    noted(desk, scope, "destination_resumed", one.name)
    return scope.here(code=one.destination_id) + "#destinations_change"


def test(desk: Desk, scope: Scope, form: Form) -> Said:
    """Ask the destination, as it is set up now, whether it would take our events. Raises OperatorError."""
    one = mine(desk, scope, form)
    found = desk.tested(one)
    return Said(f"destinations.test_{found.verdict}", one.name, found.text)


TAB: Final = Tab(
    name="destinations",
    order=25,
    role="owner",
    panels=(
        Panel(name="destinations_listed", queries=(SET_UP, LIST), view=listed, title=f"{WORDS}.listed"),
        Panel(name="destinations_change", queries=(SET_UP, LIST), view=changed, title=f"{WORDS}.change"),
        Panel(name="destinations_add", queries=(), view=offered, title=f"{WORDS}.add"),
    ),
    acts={
        "destinations_add": add,
        "destinations_save": save,
        "destinations_remove": remove,
        "destinations_pause": pause,
        "destinations_resume": resume,
        "destinations_test": test,
    },
)
