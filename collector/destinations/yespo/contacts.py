"""Who a customer is, for shops that switch it on: the vendor's contract for contacts is not verified."""

from __future__ import annotations

from typing import Any, Final

from collector.destinations import losing
from collector.destinations.contract import Command, Deliverable
from collector.destinations.yespo.words import Unsayable, json_text, present
from collector.event import Event

ROUTE: Final = "contact"
_KEPT: Final = frozenset({"user_id", "email", "phone"})
_TAKEN: Final = frozenset(
    {"externalCustomerId", "email", "phone", "contactId", "pushToken", "channels", "contacts"}
)


def deliverable(event: Event) -> Deliverable:
    """The contact with its address and number; raises Unsayable where it has no id the vendor keeps one by."""
    if not (event.user_id or event.email or event.phone):
        raise Unsayable("u_identity_missing")
    channels: list[Any] = [
        {"type": kind, "value": value}
        for kind, value in (("email", event.email), ("sms", event.phone))
        if value
    ]
    others = event.props.get("channels")
    channels += others if isinstance(others, list) else []
    props = present(event.props)
    rest = {name: value for name, value in props.items() if name not in _TAKEN}
    who = {"externalCustomerId": event.user_id} if event.user_id else {}
    body = json_text({**who, **({"channels": channels} if channels else {}), **rest})
    hit = (_TAKEN & props.keys()) - {"channels"}
    losses = {*losing.of_time(event), *losing.of_event(event, _KEPT), *(("loss_identity",) if hit else ())}
    return Deliverable(
        commands=(Command(route=f"{ROUTE} {event.event_id}", body=body, key=event.event_id, alone=True),),
        losses=losing.in_order(losses),
    )
