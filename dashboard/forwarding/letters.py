"""Dead letters: what could not be delivered, the newest first, and what became of one event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from collector.forwarder.health import DEAD, Outcome, State
from collector.forwarder.reading import MOST, Reading
from dashboard.forwarding import Asked, moment, question
from dashboard.page import Row
from dashboard.scope import Scope

_COLUMNS: Final = (
    "number:bigint event_id:varchar request_id:varchar event:varchar order_key:varchar ts:timestamp "
    "received_at:timestamp at:timestamp state:varchar code:varchar losses:varchar told:varchar repeats:bigint "
    "maybe:boolean"
)

EVER: Final = ("0001-01-01", "9999-12-31")


def states_of(scope: Scope) -> Sequence[State]:
    """Those that the address asks for: one of the dead, else all of them."""
    return [state for state in DEAD if scope.filters.state in ("", state)] or DEAD


def _letters(asked: Asked) -> list[Row]:
    chosen = asked.chosen()
    if chosen is None:
        return []
    first, size = asked.params["page_offset"], asked.params["page_size"]
    found = walk(asked.ledgers(chosen.destination_id), asked.scope)
    return [_row(one) for one in islice(found, first, first + size)]


def walk(ledger: Reading, scope: Scope) -> Iterator[Outcome]:
    """Dead letters that the address asks for, newest first, as far as somebody reads on."""
    before: int | None = None
    while True:
        found = ledger.outcomes(
            states=states_of(scope),
            code=scope.filters.reason,
            event=scope.filters.event,
            before=before,
            limit=MOST,
        )
        yield from found
        if len(found) < MOST:
            return
        before = found[-1].number


def _kinds(asked: Asked) -> list[Row]:
    chosen, counted = asked.chosen(), Counter[tuple[str, str, str]]()
    if chosen is None:
        return []
    for one in asked.ledgers(chosen.destination_id).counts(*EVER):
        if one.state in DEAD:
            counted[one.state, one.code, one.event] += one.events
    return [
        {"state": state, "code": code, "event": event, "events": events}
        for (state, code, event), events in sorted(counted.items())
    ]


def _letter(asked: Asked) -> list[Row]:
    chosen = asked.chosen()
    if chosen is None or not asked.scope.filters.find:
        return []
    found = asked.ledgers(chosen.destination_id).outcome(asked.scope.filters.find)
    return [] if found is None else [_row(found)]


def _row(one: Outcome) -> Row:
    return {
        "number": one.number,
        "event_id": one.event_id,
        "request_id": one.request_id,
        "event": one.event,
        "order_key": one.order_key,
        "ts": moment(one.ts),
        "received_at": moment(one.received_at),
        "at": moment(one.at),
        "state": one.state,
        "code": one.code or None,
        "losses": " ".join(one.losses) or None,
        "told": one.told or None,
        "repeats": one.tries,
        "maybe": one.maybe,
    }


QUESTIONS = (
    question(
        "letters",
        "Dead letters",
        _COLUMNS,
        "Events that were undeliverable, failed or expired at the chosen destination, whatever the period, the "
        "newest outcome first: the reason, the vendor's words, how often it was repeated, and whether it may have "
        "arrived all the same.",
        _letters,
    ),
    question(
        "letter_kinds",
        "Reasons of dead letters",
        "state:varchar code:varchar event:varchar events:bigint",
        "Events that could ever not be delivered at the chosen destination, by outcome, reason and event; "
        "dead letters themselves are kept as long as the destination's settings say.",
        _kinds,
    ),
    question(
        "letter",
        "What became of one event",
        _COLUMNS,
        "The outcome of the event whose id the address names, at the chosen destination.",
        _letter,
    ),
)
