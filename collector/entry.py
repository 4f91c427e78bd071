"""One event of the live feed, and which of them somebody asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from collector.enrich.device import device_of
from collector.reasons import loud
from collector.seen import Seen
from collector.wire import Outcome

LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of the feed. Texts come from the sender, cut at 200 characters.

    `test` is the id of the automated test it belongs to. `source` is the JSON it was read from, with
    `path` that of its request; it is "" for most events, whose source nobody needs.
    """

    seq: int
    received_at: datetime
    request_id: str
    vendor: str
    endpoint: str
    event: str
    name: str = ""
    items: tuple[str, ...] = ()
    page: str = ""  # path of the page, without its query
    about: str = ""
    recommended_by: str = ""
    recommended_code: str = ""
    outcome: Outcome
    codes: tuple[str, ...] = ()
    device: str = ""
    visitor: str = ""
    pointer: str = ""
    test: str = ""
    path: str = ""
    source: str = ""

    @property
    def noted(self) -> bool:
        """Whether it counts and yet has a code that needs a look."""
        return self.outcome == "accepted" and bool(loud(self.codes))

    @property
    def good(self) -> bool:
        """Whether its sender did nothing wrong, though it may be ignored or a repeat."""
        return self.outcome not in ("quarantined", "rejected") and not loud(self.codes)


def entry_of(seq: int, seen: Seen, *, test: str = "", source: str = "") -> Entry:
    """The event as the feed has it."""
    record, event = seen.record, seen.event
    return Entry(
        seq=seq,
        received_at=record.received_at,
        request_id=record.request_id,
        vendor=record.vendor,
        endpoint=record.endpoint,
        event=event.event,
        name=(seen.name or event.custom_name or event.vendor_event or "")[:LONGEST],
        items=tuple(item.item_id[:LONGEST] for item in event.items[:5]),
        page=_path(seen.page()),
        about=(event.search_term or event.transaction_id or "")[:LONGEST],
        recommended_by=(event.recommended_by or "")[:LONGEST],
        recommended_code=(event.recommended_code or "")[:LONGEST],
        outcome=seen.outcome,
        codes=tuple(seen.codes[:10]),
        device=_device(record.user_agent),
        visitor=(event.device_id or event.user_id or "")[:8],
        pointer=seen.pointer[:LONGEST],
        test=test,
        path=record.raw.path[:LONGEST] if record.raw else "",
        source=source,
    )


def _path(url: str) -> str:
    try:
        return urlsplit(url).path[:LONGEST]
    except ValueError:
        return ""


def _device(user_agent: str) -> str:
    device = device_of(user_agent)
    return " · ".join(part for part in (device.browser, device.os) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are asked for; "" and 0 for no matter.

    `outcome` is one of the verdicts, "noted" (counted, and yet worth a look), "good" or "bad". `text`
    is looked for in everything that an entry says, whatever its case.
    """

    event: str = ""
    outcome: str = ""
    text: str = ""
    test: str = ""
    after: int = 0

    def takes(self, entry: Entry) -> bool:
        """Whether the entry is asked for."""
        return (
            (not self.event or self.event in (entry.event, entry.name))
            and (not self.test or entry.test == self.test)
            and self._judged(entry)
            and (not self.text or self.text.casefold() in _said(entry))
        )

    def _judged(self, entry: Entry) -> bool:
        match self.outcome:
            case "":
                return True
            case "good" | "bad":
                return entry.good == (self.outcome == "good")
            case "noted" | "accepted":
                return entry.outcome == "accepted" and entry.noted == (self.outcome == "noted")
            case _:
                return entry.outcome == self.outcome


ALL: Final = Wanted()


def _said(entry: Entry) -> str:
    """Everything that an entry says, for a search."""
    texts = (entry.event, entry.name, entry.page, entry.about, entry.recommended_by, entry.recommended_code)
    more = (entry.vendor, entry.endpoint, entry.device, entry.visitor, entry.test)
    return "\n".join((*texts, *more, *entry.items, *entry.codes)).casefold()
