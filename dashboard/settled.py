"""Prepared days in the place of asking: the same answers, sooner.

The text of a question marks its parts whose rows belong to one day of the shop each
(`dashboard.queries`). `SettledReader` puts, inside one snapshot of the store, the prepared
rows of the settled days from the period's start on in the place of such a part, and the
part itself for what follows them. A part that knows no prepared day is asked as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from collector.control.presets import Preset
from collector.store import Reader, Rows, Snapshot
from collector.store.console import Limits, Told, Untrusted
from collector.store.settling import DayRows, table_of
from collector.store.stopping import Stop
from collector.wire import Shop
from dashboard import periods, queries
from dashboard.filters import DEFAULT
from dashboard.periods import Days
from dashboard.scope import scope_of

LATE: Final = timedelta(minutes=30)
"""How long after its end a day is left alone: most of what comes late has come by then."""

_SECTION: Final = re.compile(
    r"^[ \t]*-- settled: (?P<part>\S+) (?P<digest>\w+)\n(?P<text>.*?)\n[ \t]*-- settled end: (?P=part)$",
    re.MULTILINE | re.DOTALL,
)
_OF_THE_DAY: Final = frozenset({"shop", "start", "until"})


@dataclass(frozen=True, slots=True)
class _Section:
    """A marked part of one text."""

    part: str
    digest: str
    text: str

    @property
    def fresh(self) -> str:
        """The parameter that says from when on the part is asked."""
        return "fresh_" + self.part.replace("/", "_")


class SettledReader:
    """A `Reader` that reads prepared days where a question has parts that settle."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def query(
        self,
        sql: str,
        params: Mapping[str, Any] | None = None,
        *,
        max_rows: int = 10_000,
        seconds: float = 5.0,
    ) -> Rows:
        """Run one statement. Raises QueryTimeout or TooManyRows."""
        sections = _sections(sql)
        if not sections or params is None:
            return self._reader.query(sql, params, max_rows=max_rows, seconds=seconds)
        with self._reader.snapshot(seconds) as moment:
            text, given = _prepared(moment, sql, params, sections)
            return moment.query(text, given, max_rows=max_rows)

    def snapshot(self, seconds: float) -> AbstractContextManager[Snapshot]:
        """Questions to one moment of the store, as they stand."""
        return self._reader.snapshot(seconds)

    def ask_untrusted(self, question: Untrusted, limits: Limits) -> Told:
        """What a person wrote, asked as it stands."""
        return self._reader.ask_untrusted(question, limits)

    def under(self, stop: Stop) -> SettledReader:
        """The same reader, whose questions end when `stop` is struck."""
        return SettledReader(self._reader.under(stop))

    def stream(self, sql: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Rows one by one, for exports, asked as they stand."""
        return self._reader.stream(sql, params)


def parts() -> tuple[str, ...]:
    """Every part of which days can be prepared."""
    return tuple(name for name in queries.names() if queries.load(name).settles)


def day_rows(part: str, shop: Shop, day: date, presets: Sequence[Preset] = ()) -> DayRows:
    """What a day of the shop is prepared with: the question of the part for that day alone.

    `presets` are the shop's own ones of attribution.
    """
    query = queries.load(part)
    zone = ZoneInfo(shop.timezone)
    span = periods.span_of(Days(day, day + timedelta(days=1)), zone)
    now = span.until.replace(tzinfo=UTC)
    usual = scope_of(shop, DEFAULT, slug="", now=now, presets=tuple(presets)).params()
    text = query.plain if queries.is_plain(usual) else query.sql
    given = queries.fitting(text, {**usual, "start": span.start, "until": span.until})
    return DayRows(
        shop_id=shop.shop_id,
        part=part,
        mark=_mark(queries.digest(text), given),
        since=span.start,
        until=span.until,
        sql=text,
        columns=query.gives,
        params=given,
    )


def last_day(shop: Shop, now: datetime) -> date:
    """The last day of the shop's clock that is over and left alone long enough at `now` (aware)."""
    return (now - LATE).astimezone(ZoneInfo(shop.timezone)).date() - timedelta(days=1)


@cache
def _sections(sql: str) -> tuple[_Section, ...]:
    """Marked parts, each once, the outer one where they are nested."""
    found = {
        match["part"]: _Section(match["part"], match["digest"], match["text"])
        for match in _SECTION.finditer(sql)
    }
    return tuple(found.values())


def _prepared(
    moment: Snapshot, sql: str, params: Mapping[str, Any], sections: tuple[_Section, ...]
) -> tuple[str, dict[str, Any]]:
    """The text with prepared days in place of its parts, and the parameters that this takes."""
    start, until = params["start"], params["until"]
    fresh = {}
    for section in sections:
        mark = _mark(section.digest, queries.fitting(section.text, params))
        days = moment.settled_days(params["shop"], section.part, mark, start=start, until=until)
        reached = _reached(start, days)
        if reached > start:
            fresh[section.fresh] = reached

    def replace(match: re.Match[str]) -> str:
        section = _Section(match["part"], match["digest"], match["text"])
        return _joined(section) if section.fresh in fresh else match[0]

    text = _SECTION.sub(replace, sql)
    return text, queries.fitting(text, {**params, **fresh})


def _reached(start: datetime, days: Sequence[tuple[datetime, datetime]]) -> datetime:
    """How far days that follow each other without a hole come; `start` itself if none begins there."""
    reached = start
    for since, until in days:
        if since != reached:
            break
        reached = until
    return reached


def _joined(section: _Section) -> str:
    """Prepared rows up to the first moment that is not settled, and the part itself from then on."""
    names = ", ".join(name for name, _ in queries.load(section.part).gives)
    return "\n".join(
        (
            " ".join(("select", names)),
            " ".join(("from", table_of(section.part))),
            "where settled_shop = $shop",
            f"  and settled_day >= $start and settled_day < ${section.fresh}",
            "union all",
            " ".join(("select", names)),
            "from (",
            re.sub(r"\$start\b", f"${section.fresh}", section.text),
            ") fresh",
        )
    )


def _mark(digest: str, given: Mapping[str, Any]) -> str:
    """Stands for the text and for all it is asked with but the day: another mark is another question."""
    rest = sorted((name, repr(value)) for name, value in given.items() if name not in _OF_THE_DAY)
    return queries.digest("\n".join((digest, *map(str, rest))))
