"""One event on its way from wire words to canonical columns.

The steps of `convert` take what they know out of `body` and write columns; what nobody
takes becomes a property. A note may carry the status strict mode answers with.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import msgspec

from collector.reading.values import NOTHING, identifier, plain, text
from collector.reasons import coded
from collector.wire import Shop

Surface = Literal["push", "custom", "profile", "track", "popup", "segments", "write", "init"]


class Unusable(Exception):
    """The event has no meaning without what is missing: quarantine it."""

    def __init__(self, code: str, strict: int = 422) -> None:
        super().__init__(code)
        self.code = code
        self.strict = strict


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all events of a request.

    `own` marks /collect and the pixel, where page views and session starts may come.
    """

    shop: Shop
    received_at: datetime
    new_id: Callable[[], str]
    own: bool = False
    notes: tuple[tuple[str, int], ...] = ()


class Draft(msgspec.Struct, kw_only=True):
    """Mutable, and gone when the event is made."""

    setting: Setting
    surface: Surface
    body: dict[str, Any]
    verb: str = ""  # the last part of a /track or /segments path
    called: bool = False  # the body was made from a call of the browser API
    anonymous: bool = False
    found_by: Any = None  # attribution the script found in the page's URL
    found_code: Any = None
    message: Any = None  # the envelope's message source
    attributed: bool = False  # the event itself names a tool or message
    ts: datetime | None = None
    eid: str = ""
    key: tuple[str, ...] = ()  # what makes a repeat the same event, after shop and vendor
    pointer: str = ""  # of the source inside the raw body
    name: str = ""
    columns: dict[str, Any] = {}
    props: dict[str, Any] = {}
    notes: list[str] = []
    status: int = 0  # what strict mode answers; 0 while nothing offends
    offence: str = ""

    def note(self, code: str, strict: int = 0) -> None:
        """Say it once; the first note with a status is what strict mode refuses for."""
        if code not in self.notes:
            self.notes.append(code)
        if strict and not self.status:
            self.status, self.offence = strict, code

    def take_id(self, name: str, strict: int = 0) -> str | None:
        """The id of that name, out of the body; texts such as "null" are absent."""
        value = self.body.pop(name, None)
        if value is None:
            return None
        found = identifier(value)
        if found is None:
            if value == "":
                self.note(coded("field_empty", name), strict)
            else:
                self.note(coded("field_type", name), strict)
                self.props[name] = plain(value)
            return None
        if found in NOTHING:
            self.note(coded("literal_null", name), strict)
            return None
        return found

    def take_text(self, name: str, strict: int = 422) -> str | None:
        """An optional text, out of the body: empty is absent, other types are converted (V14–V16)."""
        value = self.body.pop(name, None)
        if value is None:
            return None
        if type(value) is str:
            if not value or value.isspace():
                self.note(coded("field_empty", name), strict)
                return None
            if value in NOTHING:
                self.note(coded("literal_null", name), strict)
                return None
            return value
        self.note(coded("field_type", name), strict)
        converted = text(value)
        if converted is None:
            self.props[name] = plain(value)
        return converted
