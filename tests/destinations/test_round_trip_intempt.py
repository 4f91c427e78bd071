"""Canonical → Intempt → canonical: equal but for the losses that were told, and nothing lost untold.

Events of products come back as they are, all others under their own name with their columns as properties;
that, and what else the vendor can say only in its own way, is written down in `intempt_way_back`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.destinations.contract import Context, Deliverable, Undeliverable
from collector.destinations.intempt import DESTINATION
from collector.event import Event, decimal_text
from tests.adapters.judging import examples
from tests.destinations import canonical_events as made
from tests.destinations.fed import check_known, columns, context, is_equal, needless, returned
from tests.destinations.intempt_way_back import GOODS, meant

SECRETS = {"api_key": "pre.K-1"}
KEYS = [
    {
        "vendor": "intempt",
        "public": {"org": "acme inc", "project": "web", "source": "1001"},
        "secrets": SECRETS,
    }
]
OPTIONS = {"org": "acme inc", "project": "web", "source": "1001", "names": {"quiz_done": "Quiz done"}}


@st.composite
def situations(draw: st.DrawFn, *, anything: bool = False) -> tuple[Event, Context]:
    """An event, most often of somebody the vendor can know, and the cart as it was before."""
    fitting = draw(st.integers(0, 3)) > 0
    names = (*GOODS, *GOODS, *made.NAMES) if fitting else made.NAMES
    event = draw(made.events(names, anything=anything or draw(st.integers(0, 3)) == 0))
    if draw(st.booleans()):
        event = made.bare(draw, event)
    if fitting:
        event = replace(event, user_id=draw(made.ids))
        if event.event in GOODS and not event.items:
            event = replace(event, items=draw(made.items(least=1)))
    before = draw(st.one_of(st.none(), made.items(plain=True), st.just(event.items)))
    if before and draw(st.booleans()):
        event = replace(event, items=(*event.items, *before[:1])) if event.event == "cart_update" else event
    return event, context("intempt", OPTIONS, before=before)


def numbers(value: Any) -> Any:
    """JSON values with every number and text of one in one form, to compare what was written in two."""
    if isinstance(value, Mapping):
        return {name: numbers(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [numbers(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return decimal_text(Decimal(repr(value)))
    return value


def came(event: Event, known: Context) -> tuple[list[Event], tuple[str, ...]] | None:
    """What our adapter makes of the event's requests, and the losses that were told; None for no request."""
    mapped = DESTINATION.map(event, known)
    check_known(mapped)
    if isinstance(mapped, Undeliverable):
        return None
    check_ids(event, mapped)
    judged = returned("intempt", mapped, known, secrets=SECRETS, keys=KEYS)
    return [one.event for one in judged if one.event is not None], mapped.losses


def check_ids(event: Event, made: Deliverable) -> None:
    """One payload has the event's id; several have ids of their own, and so has every line of an order."""
    found = [json.loads(one.body)["payload"]["eventId"] for one in made.commands]
    lines = [str(uuid5(UUID(event.event_id), str(place + 1))) for place in range(len(found))]
    assert found == (lines if len(found) > 1 or event.event == "purchase" else [event.event_id])


@examples(500)
@given(situations())
def test_what_comes_back_differs_by_the_losses_that_were_told_and_by_no_other(
    situation: tuple[Event, Context],
) -> None:
    event, known = situation
    found = came(event, known)
    if found is None:
        return
    events, losses = found
    expected = meant(event, known)
    assert len(events) == len(expected)
    for sent, back in zip(expected, events, strict=True):
        shown = {**columns(back), "props": numbers(back.props)}
        is_equal({**sent, "props": numbers(sent["props"])}, shown, losses)
    if event.event in GOODS:
        assert set(needless(event, events, losses)) <= {"loss_value"}


@examples(300)
@given(situations(anything=True))
def test_every_event_is_either_deliverable_or_undeliverable_with_known_codes(
    situation: tuple[Event, Context],
) -> None:
    check_known(DESTINATION.map(*situation))


FIRST = datetime(2010, 1, 1, tzinfo=UTC)
LAST = datetime(2041, 1, 1, tzinfo=UTC)


@examples(100)
@given(st.integers(0, (LAST - FIRST) // timedelta(microseconds=1) - 1))
def test_a_time_is_told_to_the_millisecond(micros: int) -> None:
    ts = FIRST + timedelta(microseconds=micros)
    event = Event(event="session_start", event_id=str(UUID(int=1)), ts=ts, user_id="u")
    found = came(event, context("intempt", OPTIONS))
    assert found is not None
    assert [one.ts for one in found[0]] == [ts.replace(microsecond=ts.microsecond // 1000 * 1000)]
