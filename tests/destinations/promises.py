"""What every kind of destination promises for any event at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.destinations import losing
from collector.destinations.contract import Deliverable, Destination, Mapped, Request, Undeliverable
from collector.event import Event
from collector.reasons import REASONS
from tests.destinations.cases_runner import context_of, options_of, packed

SECRET = "s3cret-of-the-shop"


def mapped(destination: Destination, event: Event, given: Mapping[str, Any] | None = None) -> Mapped:
    """What it makes of the event with these options; its codes are looked up in the closed list."""
    options = options_of(destination, given)
    made = destination.map(event, context_of({}, options))
    if isinstance(made, Undeliverable):
        assert REASONS[made.code.partition(":")[0]].group == "undeliverable"
    else:
        assert isinstance(made, Deliverable)
        assert made.commands
        assert made.losses == losing.in_order(made.losses)
        assert {REASONS[code].group for code in made.losses} <= {"loss"}
        assert set(made.losses) <= _losable(event)
    assert isinstance(destination.timeless(event, options), bool)
    return made


def _losable(event: Event) -> set[str]:
    """Codes of everything that the event really has, and so of all that can be lost."""
    found = losing.of_event(event, ()) | losing.of_rest(event, ()) | losing.of_items(event.items, ())
    return found | ({"loss_ts"} if event.ts_source == "client" else set())


def requests(
    destination: Destination, made: Sequence[Mapped], given: Mapping[str, Any] | None = None
) -> list[Request]:
    """The requests of what could be said; no secret stands in anything that may be shown."""
    options = options_of(destination, given)
    secrets = {one.name: SECRET for one in destination.settings if one.kind == "secret"}
    commands = [one for each in made if isinstance(each, Deliverable) for one in each.commands]
    sent = [outgoing for _, outgoing in packed(destination, commands, options, secrets)]
    for one in sent:
        assert isinstance(one, Request)
        assert SECRET not in repr(one)
        assert SECRET.encode() not in one.body
    return [one for one in sent if isinstance(one, Request)]
