"""Whose event it is, in the vendor's words (docs/wire/yespo.md §3 and §8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from collector.destinations.yespo.words import Params, Unsayable, present
from collector.event import Event

LOCATORS: Final = ("contactId", "externalCustomerId", "email", "phone", "pushToken")
LONGEST_KEY: Final = 300
_OWN_IDS: Final = frozenset({"contactId", "pushToken"})


class Who(NamedTuple):
    """All that locates the contact, and the one of it that is the request's key."""

    params: Params
    key: str


def who(event: Event, order: Sequence[str]) -> Who:
    """The contact of an event; `order` names the locators that may be its key. Raises Unsayable."""
    held = {
        "contactId": event.ids.get("contactId"),
        "externalCustomerId": event.user_id,
        "email": event.email,
        "phone": event.phone,
        "pushToken": event.ids.get("pushToken"),
    }
    params: dict[str, Any] = present(held)
    keys = [params[name] for name in order if name in params]
    if not keys:
        raise Unsayable("u_identity_missing")
    fitting = next((key for key in keys if len(key) <= LONGEST_KEY), None)
    if fitting is None:
        raise Unsayable("u_field_too_long:keyValue")
    return Who(params, fitting)


def other_ids(event: Event) -> set[str]:
    """The loss of ids that the vendor does not know."""
    return {"loss_identity"} if event.ids.keys() - _OWN_IDS else set()
