"""One event on its way from a vendor's words to canonical columns.

An adapter writes columns and props, notes what it had to put up with, and finishes. Strict mode
refuses an event with an offence; lenient mode keeps it with its notes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from collector.event import Event, Item, decimal_text
from collector.ids import is_keyed, keyed_id
from collector.reading.moments import Moment
from collector.reading.values import decimal, fits, identifier, plain, rounded, text, with_point
from collector.reasons import coded
from collector.wire import Judged, Shop

LONGEST_ID = 1024
_NOT_DIGIT = re.compile(r"[^0-9]", re.ASCII)
_PERSONAL = ("device_id", "user_id", "email", "phone", "session_id", "account_id", "alias", "ab_segment")


class Unusable(Exception):
    """The event has no meaning without what is missing: quarantine it.

    `strict=False`: strict mode does not call it an error either.
    """

    def __init__(self, code: str, *, strict: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.strict = strict


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all events of a request. `notes` are said on each of them."""

    shop: Shop
    vendor: str
    strict: bool
    received_at: datetime
    new_id: Callable[[], str]
    anonymous: bool = False
    notes: tuple[str, ...] = ()


class Draft(msgspec.Struct, kw_only=True):
    """Mutable, and gone when the event is made. `key`: what makes a repeat the same event."""

    setting: Setting
    name: str = ""
    pointer: str = ""
    seq: int = 0
    columns: dict[str, Any] = {}
    ids: dict[str, str] = {}
    props: dict[str, Any] = {}
    notes: list[str] = []
    offence: str = ""  # the first code strict mode refuses for
    ts: datetime | None = None
    key: tuple[str, ...] = ()

    def note(self, code: str, *, strict: bool = False) -> None:
        """Say it once; the first strict one is what strict mode refuses for."""
        if code not in self.notes:
            self.notes.append(code)
        if strict and not self.offence:
            self.offence = code

    def id(self, column: str, value: Any, name: str) -> str | None:
        """An id of any scalar form, its literal kept, into the column; other forms are a property."""
        found = identifier(value)
        if found is not None and len(found) <= LONGEST_ID:
            self.columns[column] = found
            return found
        if value is not None and value != "" and value != [] and value != {}:
            self.props[name] = plain(value)
            self.note(coded("field_too_long" if found else "field_type", name))
        return None

    def text(self, column: str, value: Any, name: str) -> str | None:
        """A text into the column; empty is absent, a scalar is converted, other forms are a property."""
        if value is None or (type(value) is str and not value.strip()):
            return None
        found = text(value)
        if found is None:
            self.props[name] = plain(value)
            self.note(coded("field_type", name))
            return None
        self.columns[column] = found
        return found

    def amount(self, column: str, value: Any, name: str) -> None:
        """An amount of the event into the column; what is none is a property and noted."""
        found = read_amount(self, value, name)
        if found is not None:
            self.columns[column] = found
        elif value is not None and value != "":
            self.props[name] = plain(value)

    def email(self, value: Any, name: str = "email") -> None:
        """Trimmed and lower-case, and only with an `@`; anything else is a property."""
        address = identifier(value)
        if address is None:
            return
        if "@" in address:
            self.columns["email"] = address.lower()
        else:
            self.props[name] = address
            self.note(coded("field_format", name))

    def phone(self, value: Any, name: str = "phone") -> None:
        """Digits with a leading `+`; fewer than five digits identify nobody."""
        written = identifier(value)
        if written is None:
            return
        digits = _NOT_DIGIT.sub("", written)
        if len(digits) >= 5:
            self.columns["phone"] = "+" + digits if written.startswith("+") else digits
        else:
            self.props[name] = written
            self.note("phone_implausible")

    def time(self, moment: Moment) -> None:
        """The event's own time, or the note on why it has none."""
        self.ts = moment.ts
        if moment.note:
            self.note(moment.note)

    def is_somebody(self) -> bool:
        return bool(self.ids) or any(name in self.columns for name in _PERSONAL[:4])

    def finish(self, event: str) -> Judged:
        """The verdict: accepted, or rejected where strict mode and an offence meet."""
        for code in self.setting.notes:
            self.note(code)
        if self.setting.strict and self.offence:
            others = tuple(code for code in self.notes if code != self.offence)
            return self._judged("rejected", (self.offence, *others))
        self._currency()
        if self.setting.anonymous:
            self._forget()
        made = self._event(event)
        return Judged(event=made, codes=made.notes, pointer=self.pointer, name=self.name)

    def set_aside(self, missing: Unusable) -> Judged:
        """The verdict on an event without meaning: quarantined, in strict mode rejected."""
        for code in self.setting.notes:
            self.note(code)
        codes = (missing.code, *(code for code in self.notes if code != missing.code))
        refused = self.setting.strict and missing.strict
        return self._judged("rejected" if refused else "quarantined", codes)

    def _judged(self, outcome: Any, codes: tuple[str, ...]) -> Judged:
        return Judged(outcome=outcome, codes=codes, pointer=self.pointer, name=self.name)

    def _currency(self) -> None:
        """Every amount has a currency; where none was sent it is the shop's (D4)."""
        columns = self.columns
        amounts = any(name in columns for name in ("value", "shipping", "tax"))
        if "currency" in columns or not (amounts or _priced(columns.get("items", ()))):
            return
        columns["currency"] = self.setting.shop.currency
        self.note("currency_defaulted")

    def _forget(self) -> None:
        for name in _PERSONAL:
            self.columns.pop(name, None)
        self.ids.clear()
        page = self.columns.get("page_url")
        if page:
            self.columns["page_url"] = page.partition("?")[0]
        self.props.clear()
        self.key = () if self.columns.get("order_key") is None else self.key

    def _event(self, event: Any) -> Event:
        setting = self.setting
        keyed = keyed_id(setting.shop.shop_id, setting.vendor, *self.key) if self.key else setting.new_id()
        if self.ids:
            self.columns["ids"] = self.ids
        return Event(
            event=event,
            event_id=keyed,
            ts=self.ts or setting.received_at,
            ts_source="client" if self.ts else "server",
            seq=self.seq,
            pointer=self.pointer,
            vendor_event=self.name or None,
            props=self.props,
            notes=tuple(self.notes),
            **self.columns,
        )


def read_amount(draft: Draft, value: Any, name: str) -> str | None:
    """Canonical text of a number as sent, of either sign, at most four decimals; None where it is none."""
    if value is None or value == "":
        return None
    pointed = with_point(value)
    if pointed is not None:
        draft.note(coded("decimal_comma", name))
    number = decimal(pointed or value)
    if number is None or not fits(number):
        draft.note(coded("field_format", name))
        return None
    exact = rounded(number)
    if exact != number:
        draft.note(coded("number_rounded", name))
    return decimal_text(exact)


def _priced(items: Sequence[Item]) -> bool:
    return any(item.price is not None or item.list_price or item.discount for item in items)


def once(judged: Sequence[Judged]) -> list[Judged]:
    """The verdicts of one request, the second of two equal events a duplicate."""
    seen: set[str] = set()
    told = []
    for one in judged:
        event = one.event
        if event is not None and one.outcome == "accepted" and is_keyed(event.event_id):
            if event.event_id in seen:
                one = replace(one, outcome="duplicate", codes=("duplicate", *one.codes))
            seen.add(event.event_id)
        told.append(one)
    return told


def all_or_nothing(judged: Sequence[Judged]) -> list[Judged]:
    """Where strict mode refused one event of a request, nothing of the request is an event."""
    if not any(one.outcome == "rejected" for one in judged):
        return list(judged)
    return [
        one if one.outcome == "rejected" else replace(one, outcome="rejected", event=None) for one in judged
    ]
