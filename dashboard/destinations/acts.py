"""What forms of Destinations do: pause, resume, test, replay, send again. Each of this very shop alone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final

from collector.control.destination_acts import Act
from collector.control.destinations import Stored
from collector.errors import OperatorError
from collector.forwarder.health import DEAD
from dashboard.desk import Desk, Said
from dashboard.forms import Form
from dashboard.forwarding.letters import states_of, walk
from dashboard.scope import Scope

MOST_SENT_AGAIN: Final = 5_000
"""Dead letters of one event's name that are sent again at once; without a name there is no bound."""


def mine(desk: Desk, scope: Scope, form: Form) -> Stored:
    """The destination that the form names; raises OperatorError where the shop has no such."""
    found = desk.control.destinations.find(form.get("id"))
    if found is None or found.shop_id != scope.shop.shop_id:
        raise OperatorError("the shop has no such destination")
    return found


def pause(desk: Desk, scope: Scope, form: Form) -> str:
    """Send nothing until somebody resumes."""
    one = mine(desk, scope, form)
    desk.control.destinations.pause(one.destination_id, scope.now.timestamp())
    return _there(scope, one)


def resume(desk: Desk, scope: Scope, form: Form) -> str:
    """Send again, also after the forwarder paused it because of the key or the address."""
    one = mine(desk, scope, form)
    desk.control.destinations.resume(one.destination_id, scope.now.timestamp())
    return _there(scope, one)


def test(desk: Desk, scope: Scope, form: Form) -> Said:
    """Ask the destination now whether it would take our events. Raises OperatorError."""
    one = mine(desk, scope, form)
    found = desk.tested(one)
    return Said(f"destinations.test_{found.verdict}", one.name, found.text)


def replay(desk: Desk, scope: Scope, form: Form) -> str:
    """Send what was received from a day on, to the end of another if one is named. Raises OperatorError."""
    one = mine(desk, scope, form)
    since, until = _day(form.get("since")), _day(form.get("until")) if form.get("until") else None
    if since > scope.today or (until is not None and until < since):
        raise OperatorError("a replay begins in the past, and ends on that day or later")
    act = Act(
        kind="replay",
        since=_begins(since, scope),
        until=_begins(until + timedelta(days=1), scope) if until else 0.0,
        again=bool(form.get("again")),
    )
    desk.control.destinations.ask(one.destination_id, act, scope.now.timestamp())
    return _there(scope, one)


def resend(desk: Desk, scope: Scope, form: Form) -> str:
    """Send one dead letter again, or all that the address asks for. Raises OperatorError."""
    one = mine(desk, scope, form)
    event_id = form.get("event_id")
    if event_id:
        act = Act(kind="resend", event_ids=(event_id[:80],))
    elif scope.filters.event:
        act = Act(kind="resend", event_ids=_named(desk, scope, one))
    else:
        states = tuple(states_of(scope))
        act = Act(kind="resend", states=states or tuple(DEAD), code=scope.filters.reason)
    desk.control.destinations.ask(one.destination_id, act, scope.now.timestamp())
    return scope.here(code=one.destination_id, page=scope.filters.page) + "#letters"


def _named(desk: Desk, scope: Scope, one: Stored) -> tuple[str, ...]:
    """Ids of the dead letters of one event's name."""
    found = walk(desk.ledgers(one.destination_id), scope)
    ids = tuple(letter.event_id for letter in islice(found, MOST_SENT_AGAIN + 1))
    if not ids:
        raise OperatorError("there is no such dead letter")
    if len(ids) > MOST_SENT_AGAIN:
        raise OperatorError(
            "these are more dead letters than can be sent again at once; leave the event open"
        )
    return ids


def _there(scope: Scope, one: Stored) -> str:
    return scope.here(code=one.destination_id)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise OperatorError(f"{text[:20]!r} is no day; one is 2026-03-14") from error


def _begins(day: date, scope: Scope) -> float:
    """When a day of the shop's clock begins, as epoch seconds."""
    return datetime.combine(day, time(), scope.zone).timestamp()
