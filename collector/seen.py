"""What the live tail shows of one event: read from a record of the log, cut to size.

The piece of the request that an event was read from is kept
where a developer may want to mend it, and only up to `LONGEST_SOURCE` characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from collector.reasons import loud
from collector.wire import Outcome

LONGEST_SOURCE: Final = 2_000
LONGEST_BODY: Final = 256 * 1024  # a larger request is not read again for one event of it
MOST_PAIRS: Final = 1_000
TEST: Final = "r46_test"
"""The parameter of a page's address by which an automated test marks its events."""
_TEST: Final = re.compile(TEST + r"=([A-Za-z0-9_.~:-]{1,64})", re.ASCII)


class SeenItem(msgspec.Struct):
    item_id: str
    item_name: str | None = None


class SeenEvent(msgspec.Struct):
    event: str
    pointer: str = ""
    custom_name: str | None = None
    vendor_event: str | None = None
    device_id: str | None = None
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    items: list[SeenItem] = []
    search_term: str | None = None
    transaction_id: str | None = None
    value: str | None = None
    currency: str | None = None
    recommended_by: str | None = None
    recommended_code: str | None = None
    page_url: str | None = None
    notes: list[str] = []


class SeenRefusal(msgspec.Struct):
    outcome: Outcome
    codes: list[str]
    pointer: str = ""
    name: str = ""
    event: SeenEvent | None = None


class SeenRaw(msgspec.Struct):
    """The request. Its body is read only where a piece of it is wanted."""

    path: str = ""
    query: str = ""
    content_type: str = ""
    body: msgspec.Raw = msgspec.Raw(b'""')


class SeenRecord(msgspec.Struct, dict=True):
    """A record of the log with only what is shown live."""

    request_id: str
    received_at: datetime
    shop_id: str
    vendor: str
    endpoint: str
    user_agent: str = ""
    raw: SeenRaw | None = None
    events: list[SeenEvent] = []
    refused: list[SeenRefusal] = []

    @cached_property
    def body(self) -> Any:
        """The request's body, or else its query, as JSON would have it; None where neither can be read."""
        raw = self.raw
        if raw is None or len(raw.body) > LONGEST_BODY:
            return None
        text = msgspec.json.decode(raw.body, type=str)
        try:
            return json.loads(text) if text.strip() else _pairs(raw.query)
        except (ValueError, RecursionError):
            return _pairs(text) if "json" not in raw.content_type else None


def _pairs(text: str) -> dict[str, str] | None:
    """A form, or a query, as an object; None where there are no pairs, or too many."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PAIRS)) or None
    except ValueError:
        return None


class Seen(msgspec.Struct, kw_only=True):
    """One event of a record with its verdict."""

    record: SeenRecord
    event: SeenEvent
    outcome: Outcome
    codes: Sequence[str]
    name: str = ""
    pointer: str = ""

    @property
    def troubled(self) -> bool:
        """Whether a developer should look at it: refused for good, or noted by a code that matters."""
        return self.outcome in ("quarantined", "rejected") or bool(loud(self.codes))

    @property
    def device(self) -> str:
        """Who sent it, as far as that holds over several events; "" where nothing says so."""
        if self.event.device_id:
            return self.event.device_id
        envelope = self.record.body if self.troubled else None
        found = envelope.get("did") if isinstance(envelope, dict) else None
        return found if isinstance(found, str) else ""

    def page(self) -> str:
        """The address of its page; of an event that could not be read, as its source names it."""
        if self.event.page_url or not self.troubled:
            return self.event.page_url or ""
        found = self.piece()
        names = ("page", "referer") if isinstance(found, dict) else ()
        return _utf8(next((one for name in names if isinstance(one := found.get(name), str)), ""))

    def named(self) -> str:
        """The test that its page's address, or the request's, names; "" for none."""
        raw = self.record.raw
        for address in (self.page(), raw.query if raw else ""):
            if TEST in address and (found := _TEST.search(address)):
                return found[1]
        return ""

    def piece(self) -> Any:
        """What the pointer leads to in the request; None where that is nothing."""
        found = self.record.body
        for step in self.pointer.split("/")[1:]:
            found = _step(found, step.replace("~1", "/").replace("~0", "~"))
        return found

    def source(self) -> str:
        """That as JSON; "" where there is none or it is too long."""
        found = self.piece()
        if found is None:
            return ""
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        return _utf8(text) if len(text) <= LONGEST_SOURCE else ""


def _utf8(text: str) -> str:
    """JSON can hold halves of a pair, which no answer can."""
    return text.encode("utf-8", "replace").decode()


def _step(found: Any, step: str) -> Any:
    if isinstance(found, dict):
        return found.get(step)
    if isinstance(found, list) and step.isascii() and step.isdigit() and int(step[:6]) < len(found):
        return found[int(step[:6])]
    return None


def each(record: SeenRecord) -> Iterator[Seen]:
    """The record's events: those that count, then those that do not."""
    for event in record.events:
        yield Seen(record=record, event=event, outcome="accepted", codes=event.notes, pointer=event.pointer)
    for refused in record.refused:
        yield Seen(
            record=record,
            event=refused.event or SeenEvent(event=""),
            outcome=refused.outcome,
            codes=refused.codes,
            name=refused.name,
            pointer=refused.pointer,
        )
