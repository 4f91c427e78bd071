"""Notes on days: forms under charts over time that make and remove them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from collector.errors import OperatorError
from dashboard.desk import Desk
from dashboard.forms import Form
from dashboard.page import Act
from dashboard.scope import Scope


def add(desk: Desk, scope: Scope, form: Form) -> str:
    """Keep a note on a day, and go back to the chart."""
    try:
        day = date.fromisoformat(form.get("day"))
    except ValueError:
        raise OperatorError("a note needs a day") from None
    if not 1990 <= day.year <= 2200:
        raise OperatorError("a note needs a day")
    who, now = scope.access.who, scope.now.timestamp()
    desk.control.annotations.add(scope.shop.shop_id, day, form.get("text"), who, now)
    return scope.link(_place(form))


def remove(desk: Desk, scope: Scope, form: Form) -> str:
    """Forget a note, and go back to the chart."""
    if not desk.control.annotations.remove(scope.shop.shop_id, form.get("note")):
        raise OperatorError("there is no such note")
    return scope.link(_place(form))


def _place(form: Form) -> str:
    """The panel that the form stands in; its name is a word of ours."""
    name = form.get("place")
    return name if name.isidentifier() and len(name) <= 40 else ""


ACTS: Final[Mapping[str, Act]] = {"note_add": add, "note_remove": remove}
"""Forms that every page with a chart over time has."""
