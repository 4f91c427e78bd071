"""What was delivered without something, because the vendor has no place for it."""

from __future__ import annotations

from collections import Counter

from dashboard.forwarding import Asked, question
from dashboard.page import Row


def _losses(asked: Asked) -> list[Row]:
    chosen, counted = asked.chosen(), Counter[tuple[str, str]]()
    if chosen is None:
        return []
    for one in asked.ledgers(chosen.destination_id).losses(*asked.days()):
        counted[one.code, one.event] += one.events
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"code": code, "event": event, "events": events} for (code, event), events in ordered]


QUESTIONS = (
    question(
        "losses",
        "What the destination cannot take",
        "code:varchar event:varchar events:bigint",
        "Events of the period that were delivered without what the code names, by code and event. "
        "An event that lost several things is counted under each of them.",
        _losses,
    ),
)
