"""How each destination is now, and what became of the events of the period."""

from __future__ import annotations

from collections import Counter
from typing import Final

from collector.control.destinations import Stored
from collector.forwarder.health import STATES, Health
from dashboard.forwarding import Asked, moment, question
from dashboard.page import Row
from dashboard.scope import Scope

_COUNTS: Final = " ".join(f"{state}:bigint" for state in STATES)


def _list(asked: Asked) -> list[Row]:
    return [_row(one, asked) for one in asked.destinations()]


def _now(asked: Asked) -> list[Row]:
    chosen = asked.chosen()
    return [] if chosen is None else [_row(chosen, asked)]


def _row(one: Stored, asked: Asked) -> Row:
    ledger = asked.ledgers(one.destination_id)
    found, counted = ledger.health(), Counter[str]()
    for count in ledger.counts(*asked.days()):
        counted[count.state] += count.events
    return {
        "destination_id": one.destination_id,
        "name": one.name,
        "kind": one.kind,
        **_condition(one, found, asked.scope),
        **{state: counted[state] for state in STATES},
        "waiting": found.waiting,
        "held": found.held,
        "in_flight": found.in_flight,
        "maybe": found.maybe,
        "behind_bytes": found.behind_bytes,
        "lag_s": _lag(found, asked.scope),
        "read_at": moment(found.read_at),
        "oldest_at": moment(found.oldest_at),
        "delivered_at": moment(found.delivered_at),
        "start_at": moment(one.start_at),
    }


def _choice(asked: Asked) -> list[Row]:
    chosen = asked.chosen()
    return [
        {"destination_id": one.destination_id, "name": one.name, "kind": one.kind, "chosen": one == chosen}
        for one in asked.destinations()
    ]


def _orders(asked: Asked) -> list[Row]:
    """What was asked of the forwarder and is not done yet."""
    chosen = asked.chosen()
    if chosen is None:
        return []
    return [
        {
            "act": act.kind,
            "since": moment(act.since),
            "until": moment(act.until),
            "again": act.again,
            "events": len(act.event_ids) or None,
            "states": " ".join(act.states) or None,
            "code": act.code or None,
        }
        for _, act in asked.control.destinations.acts(chosen.destination_id)
    ]


def _condition(one: Stored, found: Health, scope: Scope) -> Row:
    """A person's pause goes before what the forwarder noted; the vendor's words are for who may act."""
    code = "" if one.paused else found.code
    return {
        "condition": "paused" if one.paused else found.condition,
        "code": code or None,
        "told": (found.told or None) if code and scope.may("analyst") else None,
        "since": None if one.paused else moment(found.since),
        "until": moment(found.until) if found.condition == "waiting" and not one.paused else None,
    }


def _lag(found: Health, scope: Scope) -> float | None:
    """Seconds since what was read last had been received, while more is to be read."""
    if not found.behind_bytes:
        return 0.0
    return None if found.read_at is None else max(0.0, scope.now.timestamp() - found.read_at)


def _days(asked: Asked) -> list[Row]:
    """A row for every day of the period up to today, also for one without events."""
    chosen, counted = asked.chosen(), Counter[tuple[str, str]]()
    if chosen is None:
        return []
    for one in asked.ledgers(chosen.destination_id).counts(*asked.days()):
        counted[one.day, one.state] += one.events
    days = [day for day in asked.scope.days.all() if day <= asked.scope.today]
    return [{"day": day, **{state: counted[day.isoformat(), state] for state in STATES}} for day in days]


def _reasons(asked: Asked) -> list[Row]:
    chosen, counted = asked.chosen(), Counter[tuple[str, str, str]]()
    if chosen is None:
        return []
    for one in asked.ledgers(chosen.destination_id).counts(*asked.days()):
        if one.code:
            counted[one.state, one.code, one.event] += one.events
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        {"state": state, "code": code, "event": event, "events": events}
        for (state, code, event), events in ordered
    ]


_HEALTH: Final = (
    "destination_id:varchar name:varchar kind:varchar condition:varchar code:varchar told:varchar "
    f"since:timestamp until:timestamp {_COUNTS} waiting:bigint held:bigint in_flight:bigint maybe:bigint "
    "behind_bytes:bigint lag_s:double read_at:timestamp oldest_at:timestamp delivered_at:timestamp "
    "start_at:timestamp"
)
_MEANS: Final = (
    "Delivered, delivered with loss, undeliverable, failed, expired and skipped are events of the days of the "
    "period; waiting are those that have been read and have no outcome yet. Lag is how long ago the newest event "
    "that was read had been received, while more of the log is to be read."
)
QUESTIONS = (
    question("list", "Destinations of the shop", _HEALTH, f"Each destination as it is now. {_MEANS}", _list),
    question(
        "choice",
        "Destinations to choose from",
        "destination_id:varchar name:varchar kind:varchar chosen:boolean",
        "Each destination of the shop, and which of them is shown.",
        _choice,
    ),
    question(
        "asked",
        "What was asked of the forwarder",
        "act:varchar since:timestamp until:timestamp again:boolean events:bigint states:varchar code:varchar",
        "What somebody asked for at the chosen destination and is not done yet.",
        _orders,
    ),
    question("now", "The destination now", _HEALTH, f"The chosen destination as it is now. {_MEANS}", _now),
    question(
        "days",
        "What became of the events, by day",
        f"day:date {_COUNTS}",
        "Events of each day of the shop's clock by what became of them at the chosen destination. "
        "Every event that was read has exactly one outcome, or waits.",
        _days,
    ),
    question(
        "reasons",
        "Why events were not delivered",
        "state:varchar code:varchar event:varchar events:bigint",
        "Events of the period that were undeliverable, failed, expired or skipped at the chosen destination, "
        "by reason and event.",
        _reasons,
    ),
)
