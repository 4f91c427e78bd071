"""A shop's segments as the dashboard uses them: as what a page is about, saved, removed, looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec

from collector.control.segments import Segment, Segments
from collector.errors import OperatorError
from collector.store import Reader
from collector.wire import Shop
from dashboard import periods
from dashboard.lens import Audience
from dashboard.segments import size
from dashboard.segments.check import Mistake, read
from dashboard.segments.compile import Moment, members
from dashboard.segments.grammar import Listed, Rule, written

EVENTS: Final = "events:"
"""How the address calls a list that events keep: `events:` and its id."""
DRAFT: Final = "draft"
BUILDER: Final = "builder"
"""The tab on which the rule of the address, saved or not, is what the page is about."""


@dataclass(frozen=True, slots=True)
class SavedSegments:
    """What one dashboard does with them."""

    reader: Reader
    book: Segments

    def audience(self, shop: Shop, segment_id: str, now: datetime) -> Audience | None:
        """Whom a page with this segment is about; None where there is none or it means nothing."""
        known = self.book.of(shop.shop_id)
        if segment_id.startswith(EVENTS):
            name = segment_id.removeprefix(EVENTS)
            return self._audience(shop, segment_id, name, Listed(id=name, source="events"), now)
        for segment in known:
            if segment.segment_id == segment_id:
                lists = size.lists_of(self.book, known)
                try:
                    rule = size.rule_of(segment, lists)
                except size.Unusable:
                    return None
                return self._audience(shop, segment_id, segment.name, rule, now)
        return None

    def draft(self, shop: Shop, text: str, now: datetime) -> Audience | None:
        """Whom a rule that is not saved yet would hold; None while it has mistakes."""
        rule, _ = read(text, self.lists(shop))
        return None if rule is None else self._audience(shop, DRAFT, DRAFT, rule, now)

    def lists(self, shop: Shop) -> Sequence[str]:
        """Ids of the shop's saved lists."""
        return [one.segment_id for one in self.book.of(shop.shop_id) if one.kind == "static"]

    def save(self, shop: Shop, name: str, text: str, now: datetime) -> Segment:
        """Save a rule and note its size, now and in the weeks before. Raises OperatorError with what is wrong."""
        rule, mistakes = read(text, self.lists(shop))
        if rule is None:
            raise OperatorError(told(mistakes))
        saved = self.book.add(shop.shop_id, name, "dynamic", written(rule), now.timestamp())
        size.look(self.reader, self.book, shop, now)
        return saved

    def remove(self, shop: Shop, segment_id: str) -> bool:
        """Forget a segment; raises OperatorError where another one's rule names it."""
        return remove(self.book, shop.shop_id, segment_id)

    def look(self, shop: Shop, now: datetime) -> Mapping[str, Mapping[date, int]]:
        """Measure and give the sizes of the shop's segments by id and day."""
        size.look(self.reader, self.book, shop, now)
        return self.book.sizes(shop.shop_id)

    def _audience(self, shop: Shop, segment_id: str, name: str, rule: Rule, now: datetime) -> Audience:
        known = self.book.of(shop.shop_id)
        moment = Moment(shop=shop, as_of=periods.utc(now))
        asked = members(rule, moment, size.lists_of(self.book, known))
        return Audience(segment_id=segment_id, name=name, sql=asked.sql, params=asked.params)


def remove(book: Segments, shop_id: str, segment_id: str) -> bool:
    """Forget a segment, False where there is none; raises OperatorError where another one's rule names it."""
    named = msgspec.to_builtins(Listed(id=segment_id))
    for other in book.of(shop_id):
        if other.segment_id != segment_id and _names(named, other.definition):
            raise OperatorError(f"the segment {other.name!r} asks for it; remove that one first")
    return book.remove(shop_id, segment_id)


def told(mistakes: Sequence[Mistake]) -> str:
    """Mistakes as one text."""
    return "; ".join(f"{one.path}: {one.reason}" if one.path else one.reason for one in mistakes)


def _names(part: Mapping[str, Any], definition: str) -> bool:
    """Whether a saved rule holds this very part."""

    def within(node: Any) -> bool:
        if isinstance(node, dict):
            return node == part or any(map(within, node.values()))
        return isinstance(node, list) and any(map(within, node))

    return bool(definition) and within(msgspec.json.decode(definition))


def as_text(segments: Sequence[Segment], sizes: Mapping[str, Mapping[date, int]]) -> str:
    """Saved segments with their sizes as JSON: what questions about them take."""
    return msgspec.json.encode(
        [
            {
                "segment_id": one.segment_id,
                "name": one.name,
                "kind": one.kind,
                "created_at": one.created_at,
                "sizes": [
                    {"day": day, "visitors": visitors}
                    for day, visitors in sizes.get(one.segment_id, {}).items()
                ],
            }
            for one in segments
        ]
    ).decode()
