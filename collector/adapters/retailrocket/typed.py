"""The documented fields of a server event, read one by one; what nobody reads becomes a property.

A value of another type than the documented one is converted and noted, which is an offence in
strict mode.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from collector.reading.draft import LONGEST_ID, Draft, Unusable
from collector.reading.lines import Line
from collector.reading.values import NOTHING, identifier, plain, text
from collector.reasons import coded

DIGITS = 19
SHORT = 50
LONGEST_NAME = 512
_ALPHANUMERIC = re.compile(r"[0-9A-Za-z]{1,50}", re.ASCII)


class Fields(msgspec.Struct, kw_only=True):
    """What is left of an event's body, and the draft it is read into."""

    draft: Draft
    body: dict[str, Any]

    def take(self, name: str) -> Any:
        """The value, out of the body; null and blank text are absent."""
        value = self.body.pop(name, None)
        return None if type(value) is str and not value.strip() else value

    def integer(self, name: str) -> str | None:
        """An id documented as an integer, its literal kept; texts are ids too, and noted."""
        value = self.take(name)
        found = self._id(name, value)
        if found is None:
            return None
        if type(value) is not int:
            self.draft.note(coded("field_type", name), strict=True)
        elif len(found.lstrip("-")) > DIGITS:
            self.draft.note(coded("field_format", name), strict=True)
        return found

    def integers(self, name: str) -> list[str]:
        """A list of such ids; also one alone, or several in a text with commas."""
        value = self.take(name)
        given = value
        if type(value) is not list:
            given = [] if value is None else value.split(",") if type(value) is str else [value]
        found = [one for one in map(identifier, given) if one is not None and len(one) <= LONGEST_ID]
        is_plain = type(value) is list and all(type(one) is int for one in given)
        if value is not None and not is_plain and given:
            self.draft.note(coded("field_type", name), strict=True)
        return found

    def word(self, name: str, longest: int = SHORT) -> str | None:
        """An id documented as a text; a number is one too, and a longer one is kept."""
        value = self.take(name)
        found = self._id(name, value)
        if found is None:
            return None
        if type(value) is not str:
            self.draft.note(coded("field_type", name), strict=True)
        if len(found) > longest:
            self.draft.note(coded("field_too_long", name), strict=True)
        return found

    def words(self, name: str, longest: int = 0) -> str | None:
        """A text as it was written; a longer one than documented is kept."""
        value = self.take(name)
        found = text(value)
        if value is not None and type(value) is not str:
            self.draft.note(coded("field_type", name), strict=True)
            if found is None:
                self.draft.props[name] = plain(value)
        if found is not None and longest and len(found) > longest:
            self.draft.note(coded("field_too_long", name), strict=True)
        return found

    def person(self, name: str) -> str | None:
        """An id of digits and letters; others are kept up to 512 characters, and noted."""
        value = self.take(name)
        found = self._id(name, value, LONGEST_NAME)
        if found is None:
            return None
        if found in NOTHING:
            self.draft.note(coded("literal_null", name), strict=True)
            return None
        if type(value) is not str:
            self.draft.note(coded("field_type", name), strict=True)
        elif not _ALPHANUMERIC.fullmatch(found):
            self.draft.note(coded("field_format", name), strict=True)
        return found

    def amount(self, line: Line, column: str, name: str) -> None:
        """A number of an order line; without it strict mode takes no order."""
        draft, value = self.draft, self.take(name)
        if value is None and not draft.offence:
            draft.offence = coded("field_missing", name)
        if type(value) is str:
            draft.note(coded("field_type", name), strict=True)
        line.amount(column, value, name)
        if coded("field_format", name) in draft.notes:
            draft.note(coded("field_format", name), strict=True)

    def need(self, name: str, found: str | None) -> str:
        """The value; raises Unusable where there is none that could be read."""
        if found is None:
            raise self.missing(name)
        return found

    def missing(self, name: str) -> Unusable:
        """Why an event without this field means nothing: it is absent, or of no readable form."""
        for base in ("field_type", "field_too_long"):
            if coded(base, name) in self.draft.notes:
                return Unusable(coded(base, name))
        return Unusable(coded("field_missing", name))

    def expect(self, name: str, found: str | None) -> str | None:
        """The value; where it is missing the event is usable, but not as documented."""
        if found is None:
            self.draft.note(coded("field_missing", name), strict=True)
        return found

    def rest(self) -> None:
        """Everything nobody took, under its own name."""
        for name, value in self.body.items():
            if value is not None:
                self.draft.props.setdefault(name, plain(value))

    def _id(self, name: str, value: Any, longest: int = LONGEST_ID) -> str | None:
        found = identifier(value)
        if found is not None and len(found) <= longest:
            return found
        if value is not None:
            self.draft.props[name] = plain(value)
            self.draft.note(coded("field_too_long" if found else "field_type", name), strict=True)
        return None
