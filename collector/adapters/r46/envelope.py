"""What all events of a batch share, and what one of them says otherwise (§5.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from collector.adapters.r46.address import props_of
from collector.adapters.r46.draft import Draft
from collector.reading.values import boolean, decimal, identifier, plain, text

EID = re.compile(r"[A-Za-z0-9_-]{16,40}", re.ASCII)
IDS = ("did", "ssid", "sid", "segment", "stream")
NAMES = frozenset(
    [
        "did",
        "ssid",
        "sid",
        "segment",
        "stream",
        "sent",
        "page",
        "title",
        "ref",
        "pv",
        "tz",
        "utm",
        "src",
        "st",
        "gpc",
        "consent",
        "wd",
    ]
)
"""What an event may override."""

CONTEXT = frozenset({"page", "title", "ref", "pv", "utm", "src"})
"""Where an event may also say that it has none of the envelope's: with null."""

SAID = frozenset({"field_format:data", "init_duplicate"})
"""Notes that only the script can make."""

OLDEST_MS = 7 * 86_400_000


def shared_by(entry: Mapping[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    """The envelope as this event sees it: its own keys win; null ones only where context is meant."""
    names = NAMES & entry.keys()
    if not names:
        return envelope
    own = {name: entry[name] for name in names if entry[name] is not None or name in CONTEXT}
    return {**envelope, **own}


def lifted(events: list[Any], envelope: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Entries and envelope that mean the same, what all entries say alike said once.

    The script writes its page on each event; most batches are of one page.
    """
    first = events[0]
    names = NAMES & first.keys() if type(first) is dict else None
    if not names:
        return events, envelope
    own = itemgetter(*names)
    try:
        if any(own(entry) != own(first) for entry in events):
            return events, envelope
    except (KeyError, TypeError):
        return events, envelope
    rest = [{name: value for name, value in entry.items() if name not in names} for entry in events]
    return rest, shared_by(first, envelope)


def said(given: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """The notes of an envelope or event that are the script's to make; whatever else is there is not."""
    notes = given.get("notes")
    if not isinstance(notes, list):
        return ()
    return tuple((one, 0) for one in notes if type(one) is str and one in SAID)


def write(draft: Draft, shared: Mapping[str, Any]) -> None:
    """Page, referrer, title and page view; campaign and storage as far as they are told.

    What a page's address and campaign say is no attribute of a person.
    """
    columns = draft.columns
    page = text(shared.get("page"))
    if page:
        columns["page_url"] = page.partition("?")[0] if draft.anonymous else page
    for name, column in (("ref", "referrer"), ("title", "page_title"), ("pv", "page_view_id")):
        found = text(shared.get(name))
        if found:
            columns[column] = found
    if draft.surface != "profile":
        if page and not draft.anonymous:
            draft.props.update(props_of(page))
        campaign = shared.get("utm")
        if isinstance(campaign, dict) and campaign:
            draft.props["utm"] = plain(campaign)
    if "st" in shared and boolean(shared["st"]) is False:
        draft.note("did_ephemeral")


def write_eid(draft: Draft, value: Any) -> None:
    """The sender's own id; without one, or with an odd one, a repeat is not recognised."""
    eid = identifier(value)
    if eid is None:
        draft.note("field_missing:eid")
    elif EID.fullmatch(eid):
        draft.eid = eid
        draft.key = ("eid", eid)
    else:
        draft.note("field_format:eid")


def write_time(draft: Draft, t: Any, sent: Any) -> None:
    """received_at − (sent − t), both in milliseconds of one clock; else the time of arrival."""
    if t is None or sent is None:
        draft.note("ts_missing")
        return
    made, posted = decimal(t), decimal(sent)
    if made is None or posted is None or posted < made:
        draft.note("ts_invalid")
    elif posted - made > OLDEST_MS:
        draft.note("ts_out_of_range")
    else:
        draft.ts = moment(draft.setting.received_at, float(posted - made))


def moment(received_at: datetime, age_ms: float) -> datetime:
    """The moment so many milliseconds before the arrival."""
    return received_at - timedelta(milliseconds=age_ms)
