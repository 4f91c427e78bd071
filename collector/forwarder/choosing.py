"""Whether a destination wants an event at all. What is left out is counted under its reason."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal

from collector.destinations.policy import Policy
from collector.enrich.bots import is_bot
from collector.event import Event
from collector.forwarder.rewrite import CANONICAL

Reason = Literal["s_loop", "s_bot", "s_consent", "s_possible_replay", "s_filter", "s_segment"]

BOTS: Final = frozenset({"bot_ua", "bot_webdriver", "bot_list"})
UNNAMED: Final = frozenset({"gpc_anonymous", "gpc_denied", "consent_denied"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the record of an event tells beside it. `via`: the marks of whom its request came through."""

    vendor: str
    endpoint: str = ""
    user_agent: str = ""
    via: tuple[str, ...] = ()


def left_out(
    event: Event,
    seen: Seen,
    policy: Policy,
    *,
    segment: Callable[[Event], bool] | None,
    marks: Collection[str] = (),
) -> Reason | None:
    """Why the destination's own choice leaves the event out, or None where it is wanted.

    What is never sent on comes first, so that every destination counts the same robots; the segment, which
    may have to be asked for, comes last. A segment that is named but cannot be told lets nobody through.

    `marks` are those of the destination's account: the mark with which requests that it relays itself
    arrive here, and this installation's own. An event is never sent to the account it was relayed from:
    it is a loop if one of these marks is among those of its request, however many hands it went through.
    That an event came in by the same vendor's protocol is none: the shop speaks it, not the account.
    """
    if marks and not set(marks).isdisjoint(seen.via):
        return "s_loop"
    if is_bot(seen.user_agent) or not BOTS.isdisjoint(event.notes):
        return "s_bot"
    if not UNNAMED.isdisjoint(event.notes):
        return "s_consent"
    if "possible_replay" in event.notes and not policy.forward_possible_replays:
        return "s_possible_replay"
    if policy.events and not named(event, policy.events):
        return "s_filter"
    if policy.source_vendors and seen.vendor not in policy.source_vendors:
        return "s_filter"
    if segment is None:
        return "s_segment" if policy.segment else None
    return None if segment(event) else "s_segment"


def named(event: Event, names: Collection[str]) -> bool:
    """Whether one of the names is the event's: `custom` is every custom event, another name that of one.

    A canonical name means the canonical event, even where a custom event has the same name of its own.
    """
    if event.event in names:
        return True
    own = event.custom_name if event.event == "custom" else None
    return own is not None and own in names and own not in CANONICAL
