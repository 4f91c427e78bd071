"""How large segments are, and were: counted as of a moment, noted by the shop's days."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from collector.control.segments import Segment, Segments
from collector.store import QueryTimeout, Reader
from collector.wire import Shop
from dashboard import periods
from dashboard.periods import Days
from dashboard.segments.check import read
from dashboard.segments.compile import Members, Moment, members
from dashboard.segments.grammar import Listed, Rule

WEEKS: Final = 12
SECONDS: Final = 5.0
LOOKED_AT: Final = 20
"""Segments that one look at the list measures at most; the others wait for the next, or for the hour."""
_COUNT: Final = "select count(*) as visitors from (\nMEMBERS\n) counted"
_log = logging.getLogger(__name__)


class ControlData(Protocol):
    """Shops and their segments."""

    @property
    def segments(self) -> Segments: ...

    def shops(self) -> Sequence[Shop]: ...


class Unusable(Exception):
    """A saved rule that means nothing any more; the text says where and why."""


def rule_of(segment: Segment, lists: Iterable[str]) -> Rule:
    """What a segment says; raises Unusable."""
    if segment.kind == "static":
        return Listed(id=segment.segment_id)
    rule, mistakes = read(segment.definition, tuple(lists))
    if rule is None:
        raise Unusable("; ".join(f"{one.path} {one.reason}" for one in mistakes))
    return rule


def lists_of(book: Segments, known: Iterable[Segment]) -> Mapping[str, Sequence[str]]:
    """The ids of every saved list of a shop."""
    return {one.segment_id: book.nodes(one.segment_id) for one in known if one.kind == "static"}


def meaning(segment: Segment, moment: Moment, lists: Mapping[str, Sequence[str]]) -> Members:
    """The visitors of a segment as of a moment, as a question; raises Unusable."""
    return members(rule_of(segment, lists), moment, lists)


def count(reader: Reader, asked: Members, seconds: float = SECONDS) -> int:
    """How many visitors there are; raises QueryTimeout."""
    sql = _COUNT.replace("MEMBERS", asked.sql)
    return int(reader.query(sql, asked.params, max_rows=1, seconds=seconds).rows[0][0])


def measure(reader: Reader, control: ControlData, now: datetime) -> int:
    """Note today's size of every segment of every shop, and of new ones the weeks before; how many.

    `now` is aware. One that cannot be counted is logged and left out. Done again later in the day,
    the last size of the day stays.
    """
    return sum(
        _measure(reader, control.segments, shop, control.segments.of(shop.shop_id), now)
        for shop in control.shops()
    )


def look(reader: Reader, book: Segments, shop: Shop, now: datetime) -> int:
    """The same for those segments of one shop that have no size of today; so many at most."""
    sizes, today = book.sizes(shop.shop_id), now.astimezone(ZoneInfo(shop.timezone)).date()
    due = [one for one in book.of(shop.shop_id) if today not in sizes.get(one.segment_id, {})]
    return _measure(reader, book, shop, due[:LOOKED_AT], now)


def _measure(reader: Reader, book: Segments, shop: Shop, due: Sequence[Segment], now: datetime) -> int:
    known, sizes = book.of(shop.shop_id), book.sizes(shop.shop_id)
    today = now.astimezone(ZoneInfo(shop.timezone)).date()
    lists = lists_of(book, known)
    for segment in due:
        past = () if segment.segment_id in sizes else weeks_before(today)
        try:
            book.measured(segment.segment_id, history(reader, segment, shop, now, lists, past))
        except (Unusable, QueryTimeout) as error:
            _log.warning("segment %s was not measured: %s", segment.segment_id, error)
    return len(due)


def weeks_before(today: date) -> Sequence[date]:
    """The same weekday of so many weeks before, the oldest first."""
    return [today - timedelta(weeks=weeks) for weeks in range(WEEKS, 0, -1)]


def history(
    reader: Reader,
    segment: Segment,
    shop: Shop,
    now: datetime,
    lists: Mapping[str, Sequence[str]],
    past: Iterable[date],
) -> Mapping[date, int]:
    """Sizes at the end of past days of the shop's clock, and of today now. Raises Unusable or QueryTimeout."""
    zone = ZoneInfo(shop.timezone)
    moments = {day: periods.span_of(Days(day, day + timedelta(days=1)), zone).until for day in past}
    moments[now.astimezone(zone).date()] = periods.utc(now)
    return {
        day: count(reader, meaning(segment, Moment(shop=shop, as_of=at), lists))
        for day, at in moments.items()
    }
