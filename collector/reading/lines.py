"""Products of an event, one line after the other."""

from __future__ import annotations

from typing import Any

import msgspec

from collector.event import Item
from collector.reading.draft import Draft, read_amount
from collector.reading.values import boolean, identifier, plain, text
from collector.reasons import coded

LONGEST_ID = 1024


class Line(msgspec.Struct, kw_only=True):
    """One product on its way to an `Item`. What fits no column is kept in `props`."""

    draft: Draft
    fields: dict[str, Any] = {}
    props: dict[str, Any] = {}

    def id(self, column: str, value: Any, name: str) -> str | None:
        """An id with its literal kept; other forms are a property. Returns it."""
        found = identifier(value)
        if found is not None and len(found) <= LONGEST_ID:
            self.fields[column] = found
            return found
        self._keep(name, value, "field_too_long" if found else "field_type")
        return None

    def text(self, column: str, value: Any, name: str) -> None:
        found = text(value)
        if found is not None and found.strip():
            self.fields[column] = found
        else:
            self._keep(name, value, "field_type")

    def amount(self, column: str, value: Any, name: str) -> None:
        """A number as sent; what is none is a property and noted."""
        found = read_amount(self.draft, value, name)
        if found is not None:
            self.fields[column] = found
        elif value is not None and value != "":
            self.props[name] = plain(value)

    def quantity(self, value: Any, name: str = "quantity", *, needed: bool = True) -> None:
        """The amount; where it is needed and missing or unreadable: 1, noted."""
        self.amount("quantity", value, name)
        if needed and "quantity" not in self.fields:
            self.fields["quantity"] = "1"
            self.draft.note("quantity_defaulted")

    def flag(self, column: str, value: Any, name: str) -> None:
        """Yes or no in any of its forms; anything else is a property and noted."""
        if value is None or value == "":
            return
        known = boolean(value)
        if known is None:
            self._keep(name, value, "field_format")
        else:
            self.fields[column] = known

    def categories(self, value: Any, name: str) -> None:
        """A list of categories, or one."""
        given = value if isinstance(value, list) else [value]
        found = tuple(one for one in map(identifier, given) if one)
        if found:
            self.fields["item_category"] = found
        else:
            self._keep(name, value, "field_type")

    def rest(self, values: dict[str, Any]) -> None:
        """Further keys of the product, under their own names; null and empty ones are absent."""
        for name, value in values.items():
            if value is not None and value != "":
                self.props[name] = plain(value)

    def item(self, **fields: Any) -> Item | None:
        """The item; None where it has no id."""
        if "item_id" not in self.fields:
            return None
        props = {"props": self.props} if self.props else {}
        return Item(**{**self.fields, **fields, **props})

    def _keep(self, name: str, value: Any, code: str) -> None:
        if value is None or value == "" or value == [] or value == {}:
            return
        self.props[name] = plain(value)
        self.draft.note(coded(code, name))
