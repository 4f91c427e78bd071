"""What every event says in this protocol: who, in which session, on which page, after which tool."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from collector.destinations import losing
from collector.destinations.contract import Command, Context, Deliverable
from collector.event import DecimalText, Event

LONGEST_ID: Final = 255
TOOLS: Final = frozenset(
    [
        "dynamic",
        "instant_search",
        "full_search",
        "listing",
        "stories",
        "chain",
        "bulk",
        "transactional",
        "web_push_digest",
    ]
)
"""The values of `recommended_by` that the vendor takes; it refuses an event with any other."""

MEANT: Final = {"recommendation": "dynamic", "email": "bulk"}
"""The tool that an event implies, in the vendor's word."""

NOTHING: Final = frozenset({"null", "undefined", "NaN", "[object Object]"})
"""What a page writes where a variable had no value; read as an id it would make many visitors one."""

IDS: Final = {"loyalty_id": "loyalty_id", "telegram_id": "telegram_id", "email_md5": "email_hash"}
_STREAM = re.compile(r"[A-Za-z0-9_]{1,16}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class NoWords(Exception):
    """The vendor has no words for the event; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def number(amount: DecimalText | None) -> msgspec.Raw | None:
    """The amount as an exact JSON number; None where there is none or it is negative."""
    return None if amount is None or amount.startswith("-") else msgspec.Raw(amount.encode())


def meant(text: str | None) -> str | None:
    """The text, unless it says nothing."""
    return None if text in NOTHING else text or None


def did_of(event: Event) -> str | None:
    """The device, if the vendor may take it: at most 255 characters, no control characters."""
    did = meant(event.device_id)
    return did if did and len(did) <= LONGEST_ID and not _CONTROL.search(did) else None


def need_somebody(event: Event) -> None:
    """Raises NoWords for an event that names nobody in a way that the vendor takes."""
    if did_of(event) or meant(event.email) or meant(event.phone) or meant(event.user_id):
        return
    raise NoWords("u_identity_format" if event.device_id or event.user_id else "u_identity_missing")


def tool(event: Event) -> str | None:
    """The vendor's word for what recommended it; None where it has none."""
    by = MEANT.get(event.recommended_by or "", event.recommended_by)
    return by if by in TOOLS else None


def who(event: Event, context: Context) -> dict[str, Any]:
    """Identity, session, page, arm and stream by wire name; a device always has a session."""
    did = did_of(event)
    sid = meant(event.session_id) or ((context.session_id or did) if did else None)
    said = {
        "did": did,
        "sid": sid,
        "external_id": event.user_id,
        "email": event.email,
        "phone": event.phone,
        "segment": event.ab_segment if event.ab_segment in ("A", "B") else None,
        "stream": event.stream if _STREAM.fullmatch(event.stream or "") else None,
        "referer": event.page_url,
    }
    said.update((wire, event.ids[name]) for name, wire in IDS.items() if name in event.ids)
    return {name: value for name, value in said.items() if meant(value)}


def attribution(event: Event) -> dict[str, str]:
    """The tool and its code; a code without a tool is sent as it is, one of an unknown tool is not."""
    by = tool(event)
    if by is None and event.recommended_by is not None:
        return {}
    said = {"recommended_by": by, "recommended_code": meant(event.recommended_code)}
    return {name: value for name, value in said.items() if value}


def deliverable(
    event: Event,
    path: str,
    bodies: list[dict[str, Any]],
    said: set[str],
    lost: set[str],
    *,
    timed: bool = False,
) -> Deliverable:
    """The bodies as commands, and every column that stands in none of them as a loss.

    `said` are the columns beside those that the names in the bodies tell.
    """
    shared = bodies[0]
    told = said | {column for wire, column in _COLUMNS.items() if shared.get(wire) == getattr(event, column)}
    if "recommended_by" in shared:
        told.add("recommended_by")
    if all(IDS.get(name) in shared for name in event.ids):
        told.add("ids")
    if not timed and event.ts_source == "client":
        lost.add("loss_ts")
    commands = tuple(Command(route=path, body=msgspec.json.encode(one).decode()) for one in bodies)
    return Deliverable(
        commands=commands,
        losses=losing.in_order(lost | losing.of_event(event, told) | losing.of_rest(event, told)),
    )


_COLUMNS: Final = {
    "did": "device_id",
    "sid": "session_id",
    "external_id": "user_id",
    "email": "email",
    "phone": "phone",
    "segment": "ab_segment",
    "stream": "stream",
    "referer": "page_url",
    "recommended_code": "recommended_code",
}
