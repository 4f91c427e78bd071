"""Events with a key of the vendor's, and a shop's own (docs/wire/yespo.md §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collector.destinations import losing
from collector.destinations.contract import Command, Context, Deliverable
from collector.destinations.yespo.tellers import DEFAULTED, Said, teller
from collector.destinations.yespo.who import LOCATORS, other_ids, who
from collector.destinations.yespo.words import Params, carried, free, hidden, json_text, one_currency, present
from collector.event import Event

ROUTE: Final = "event"
_WHO: Final = frozenset({"user_id", "email", "phone", "ids"})
_TAKEN: Final = frozenset({*LOCATORS, "currencyCode", "products", "product"})
_MEANING: Final[Mapping[str, str]] = {
    **dict.fromkeys(LOCATORS, "loss_identity"),
    "currencyCode": "loss_currency",
    "products": "loss_items",
    "product": "loss_items",
    "page": "loss_page",
    "location": "loss_page",
}
"""What is lost with a property that has the name of one of the vendor's parameters."""


def deliverable(event: Event, context: Context) -> Deliverable:
    """The event's requests, each of its own; raises Unsayable."""
    said = teller(event, context)(event, context)
    contact = who(event, context.options["default_locator"])
    currency = one_currency(event, event.items if said.lines is None else said.lines, context.currency)
    columns = carried(event, said.kept)
    taken = _TAKEN | said.taken | columns.keys()
    shared = {
        **({"currencyCode": currency} if currency else {}),
        **columns,
        **free(event.props, taken),
    }
    commands = tuple(
        _command(event, number, said.key, contact.key, {**contact.params, **own, **shared})
        for number, own in enumerate(said.params)
    )
    return Deliverable(
        commands=commands,
        losses=losing.in_order(_losses(event, said, taken)),
        lane=contact.key if said.ordered else "",
    )


def _command(event: Event, number: int, key: str, contact: str, params: Params) -> Command:
    """One request, which no other event's command shares, nor another of this event: its route is its own."""
    told = [{"name": name, "value": value} for name, value in params.items()]
    body = json_text({"eventTypeKey": key, "keyValue": contact, "params": told})
    return Command(route=f"{ROUTE} {event.event_id} {number}", body=body, key=event.event_id, alone=True)


def _losses(event: Event, said: Said, taken: frozenset[str]) -> set[str]:
    kept = said.kept | _WHO | {"items", "currency"}
    hit = (taken & present(event.props).keys()) - {DEFAULTED}
    lines = losing.of_items(event.items, said.kept_of_items)
    if "props" in said.kept_of_items:
        lines |= hidden(event.items)
    return {
        *losing.of_time(event),
        *said.losses,
        *losing.of_event(event, kept),
        *other_ids(event),
        *lines,
        *(_MEANING.get(name, "loss_props") for name in hit),
    }
