"""What an event's name means. Names are compared exactly; one that is not here is a custom event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from collector.adapters.intempt.commerce import charged, moved, ordered, viewed
from collector.adapters.intempt.reader import Fields, Reader
from collector.event import EventName


class Kind(NamedTuple):
    """The canonical name, and who fills its columns."""

    event: EventName
    read: Reader


def _as_it_is(fields: Fields) -> None:
    """Nothing but what every event has."""


def _custom(fields: Fields) -> None:
    fields.draft.columns["custom_name"] = fields.entry.name


def _page(fields: Fields) -> None:
    draft = fields.draft
    for name, column in (("url", "page_url"), ("title", "page_title")):
        draft.props.pop(name, None)
        draft.text(column, fields.data.get(name), name)


NAMES: Mapping[str, Kind] = {
    "Product viewed": Kind("view_item", viewed),
    "Added to cart": Kind("add_to_cart", moved),
    "Removed from cart": Kind("remove_from_cart", moved),
    "Product ordered": Kind("purchase", ordered),
    "Identify": Kind("identify", _as_it_is),
    "View Page": Kind("page_view", _page),
    "Session start": Kind("session_start", _as_it_is),
    "Charge": Kind("custom", charged),
}
"""The vendor's own names. A shop's `purchase` is not among them: it stands beside `Product ordered`."""

CUSTOM = Kind("custom", _custom)


def kind_named(name: str) -> Kind:
    """What the name means, written exactly so."""
    return NAMES.get(name, CUSTOM)
