"""One call of the browser code: parameters of the query, a path segment, seldom a body."""

from __future__ import annotations

from typing import Any

import msgspec

from collector.adapters.retailrocket.hidden import PUSH_KEYS, SECRETS
from collector.event import Item
from collector.reading.draft import LONGEST_ID, Draft, Unusable
from collector.reading.lines import Line
from collector.reading.parameters import Parameters
from collector.reading.values import NOTHING, identifier
from collector.reasons import coded

COMMON = ("session", "pvid", "referrer", "pageUrl", "partnerTestSegment", "email")
NEVER_PROPS = frozenset({"_no_cache_", "_nocache"}) | SECRETS | PUSH_KEYS


class Visit(msgspec.Struct, kw_only=True):
    """What was sent, and the draft it is read into. `target` is the segment after the partner id."""

    draft: Draft
    query: Parameters
    target: str = ""
    body: Any = None
    used: set[str] = set()

    def take(self, name: str) -> str | None:
        """The parameter, which is then no property; None where it is absent or empty."""
        self.used.add(name)
        return self.query.get(name)

    def common(self) -> None:
        """What any call may say of the visitor and the page."""
        draft = self.draft
        session = self.take("session")
        if session is not None and session.strip() in NOTHING:
            draft.note("literal_null:session")
        else:
            draft.id("device_id", session, "session")
        draft.id("page_view_id", self.take("pvid"), "pvid")
        for name, column in (
            ("referrer", "referrer"),
            ("pageUrl", "page_url"),
            ("partnerTestSegment", "ab_segment"),
        ):
            draft.text(column, self.take(name), name)
        draft.email(self.take("email"))

    def line(self) -> Line:
        """The product of the path; raises Unusable without one."""
        line = Line(draft=self.draft)
        line.id("item_id", self.target, "item")
        if "item_id" not in line.fields:
            raise Unusable("field_missing:item")
        stock = self.take("stockId")
        if stock is not None:
            line.id("location_id", stock, "stockId")
        return line

    def listed(self, value: Any, name: str) -> tuple[Item, ...]:
        """Products of a list, or of a text with commas, in their order and with their place in it."""
        given = value.split(",") if type(value) is str else value if isinstance(value, list) else [value]
        ids = [identifier(one) for one in given]
        found = [one for one in ids if one is not None and len(one) <= LONGEST_ID]
        if value is not None and len(found) < len(ids):
            self.draft.note(coded("field_format", name))
        stock = identifier(self.take("stockId"))
        return tuple(Item(item_id=one, index=index, location_id=stock) for index, one in enumerate(found))

    def keep(self, line: Line) -> None:
        """The event is about this product alone."""
        item = line.item()
        assert item is not None, "a line without a product was set aside before"
        self.draft.columns["items"] = (item,)

    def rest(self) -> None:
        """Everything nobody took, under its own name."""
        others = self.query.without(self.used)
        for name, value in others.items():
            if name.lower() not in NEVER_PROPS:
                self.draft.props.setdefault(name, value)
