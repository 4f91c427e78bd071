"""What an address means for one shop at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from collector import reasons
from collector.control.annotations import Annotation
from collector.control.presets import Preset
from collector.control.segments import Segment
from collector.wire import Shop
from dashboard import addresses, facts, funnel, periods
from dashboard.access import OPERATOR, Access, Role
from dashboard.filters import (
    DEFAULT,
    KEPT,
    PAGE_SIZE,
    Filters,
    Note,
    changed,
    own_rows,
)
from dashboard.lens import Audience, Lens
from dashboard.periods import Days, Span
from dashboard.texts import Texts
from dashboard.texts import load as load_texts

CHECKED_DAYS: Final = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an address means: one shop, one moment, one period. `now` is aware UTC.

    `kept` is what links to other pages carry on; it differs from `filters` on a page
    that has its own period.
    """

    slug: str
    shop: Shop
    filters: Filters
    tab: str
    now: datetime
    zone: ZoneInfo
    days: Days
    span: Span
    before: Span | None
    notes: tuple[Note, ...] = ()
    id: str = ""
    shops: tuple[Shop, ...] = ()
    kept: Filters = DEFAULT
    audience: Audience | None = None
    apart: Audience | None = None  # a segment that a question tells apart from everybody else
    annotations: tuple[Annotation, ...] = ()  # the shop's notes on days of the period
    segments: tuple[Segment, ...] = ()  # the shop's saved ones
    presets: tuple[Preset, ...] = ()  # of attribution, the shop's own
    facts: Mapping[str, Any] = field(default_factory=dict)  # parameters from control data
    access: Access = OPERATOR  # of whoever asks
    language: str = "en"
    origin: str = ""  # where shops' pages reach the collector
    chosen: Audience | None = (
        None  # the segment of the address; `audience` is what is left of it for whoever asks
    )
    tabs: tuple[str, ...] = ()  # those of the page that whoever asks may open
    words: Texts = field(default_factory=lambda: load_texts("en"))

    def may(self, role: Role) -> bool:
        """Whether whoever asks has this role, or a greater one, in the shop."""
        return self.access.may(self.shop.shop_id, role)

    @property
    def filterable(self) -> bool:
        """Whether rows of this page are filters: it obeys them, or leads to a page that does."""
        return self.filters.only == self.kept.only

    @property
    def currency(self) -> str:
        return self.shop.currency

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        return self.days.stop - timedelta(days=1)

    @property
    def unfinished(self) -> bool:
        """Whether the period holds moments that have not come yet."""
        return self.span.start <= self.naive_now < self.span.until

    @property
    def naive_now(self) -> datetime:
        return periods.utc(self.now)

    @property
    def lens(self) -> Lens:
        """What the page is seen through. A page about one thing shows it whoever it belongs to."""
        return Lens(
            audience=None if self.id else self.audience,
            apart=None if self.id else self.apart,
            money=self.filters.money,
            convert=self.filters.convert,
        )

    @property
    def grain(self) -> Literal["hour", "day"]:
        """How finely a chart of this period is drawn."""
        return "hour" if len(self.days) <= 2 else "day"

    @property
    def shift(self) -> timedelta:
        """How far the comparison lies back."""
        return timedelta(days=periods.shift_of(self.days))

    @property
    def window(self) -> Span:
        """The months that end with the period, or now where it is not over; `Filters.months` of them."""
        days = Days(periods.months_before(self.days.stop, int(self.filters.months)), self.days.stop)
        span = periods.span_of(days, self.zone)
        return Span(span.start, max(span.start, min(span.until, self.naive_now)))

    @property
    def checked(self) -> Span:
        """The days of the period that checks of the data look at: the last `CHECKED_DAYS` at most."""
        first = max(self.days.first, self.days.stop - timedelta(days=CHECKED_DAYS))
        return periods.span_of(Days(first, self.days.stop), self.zone)

    def local(self, moment: datetime) -> datetime:
        """A stored (naive UTC) moment on the shop's clock, aware."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(self.zone)

    def params(self) -> dict[str, Any]:
        """Every parameter a query may take, by name."""
        before, filters = self.before, self.filters
        return {
            "shop": self.shop.shop_id,
            "start": self.span.start,
            "until": self.span.until,
            "prev_start": before.start if before else None,
            "prev_until": before.until if before else None,
            "now": self.naive_now,
            "zone": self.zone.key,
            "gap_s": self.shop.session_gap_s,
            "grain": self.grain,
            "shift_days": self.shift.days,
            "currency": self.shop.currency,
            "preset": filters.preset,
            "model": filters.model,
            "own_presets": own_rows(self.presets),
            "effects": [],  # worked out where a question needs them, see dashboard.answers
            "tab": self.tab,
            "tool": filters.tool or None,
            "code": filters.code or None,
            "find": filters.find or None,
            "event": filters.event or None,
            "outcome": filters.outcome or None,
            "test": filters.test or None,
            "steps": list(funnel.steps_of(filters.steps)),
            "window": filters.window,
            "within": funnel.WINDOWS[filters.window],
            "unit": filters.unit,
            "split": filters.split,
            "method": filters.method,
            "cell": filters.cell or None,
            "window_start": self.window.start,
            "window_until": self.window.until,
            "page_size": PAGE_SIZE,
            "page_offset": (filters.page - 1) * PAGE_SIZE,
            "id": self.id or None,
            # Requests of no shop are for who sees all shops: to others a shop of theirs may not be seen
            # and one that is none would look the same.
            "shops": [shop.shop_id for shop in self.shops] if self.access.everywhere else None,
            "quiet": list(reasons.QUIET),
            "money": filters.money,
            "convert": filters.convert,
            "checked_from": self.checked.start,
            **facts.NONE,
            **self.facts,
        }

    def at(self, now: datetime) -> Scope:
        """The same filters at another moment."""
        days, before = _days_at(self.filters, self.zone, now)
        span = periods.span_of(days, self.zone)
        return replace(self, now=now, days=days, span=span, before=before)

    @property
    def carried(self) -> Filters:
        """What links on this page carry on: a page that compares nothing does not forget the choice."""
        return replace(self.filters, compare=self.kept.compare)

    def here(self, **changes: Any) -> str:
        """This page with some filters changed, from its first result on."""
        return _address(f"/{self.slug}", replace(self.carried, **{"page": 1, **changes}))

    def link(self, place: str = "") -> str:
        """This very page; `place` names a part of it."""
        path = addresses.of(self.slug, self.id) if self.id else f"/{self.slug}"
        return _address(path, self.kept) + (f"#{place}" if place else "")

    def part(self, name: str) -> str:
        """One part of this page by itself."""
        return _with(_address(f"/{self.slug}", self.kept), panel=name)

    @property
    def whole(self) -> str:
        """This page, all of it at once."""
        return _with(_address(f"/{self.slug}", self.kept), whole="1")

    def moved(self, steps: int) -> str:
        """This page a whole period earlier (-1) or later (1); empty where that is the future."""
        days = self.days.earlier(-steps * len(self.days))
        if days.first > self.today:
            return ""
        return self.here(period="custom", since=days.first, to=days.stop - timedelta(days=1))

    def url(self, slug: str, **changes: Any) -> str:
        """Another page for the same shop and period."""
        return self._kept(f"/{slug}", **changes)

    def detail(self, slug: str, thing: str) -> str:
        """The page about one thing of `slug`."""
        return self._kept(addresses.of(slug, thing))

    def detail_json(self, slug: str, thing: str) -> str:
        """The data of that page."""
        return self._kept(addresses.of(slug, thing, ".json"))

    def data(self, form: Literal["json", "csv", "parquet"], table: str = "") -> str:
        """This very page as data; `table` names the query of a CSV."""
        ending = f".{form}"
        path = addresses.of(self.slug, self.id, ending) if self.id else f"/{self.slug}{ending}"
        address = _address(path, self.filters)
        return _with(address, table=table) if table else address

    def _kept(self, path: str, **changes: Any) -> str:
        kept: dict[str, Any] = {name: getattr(self.kept, name) for name in KEPT}
        return _address(path, Filters(**{**kept, **changes}))

    def hidden(self) -> list[tuple[str, str]]:
        """Names and values that a form on this page must carry to change the period alone."""
        rest = changed(self.carried, period=DEFAULT.period, since=None, to=None, page=1)
        return parse_qsl(rest.query())

    def same(self) -> list[tuple[str, str]]:
        """Names and values that a form on this page must carry to change nothing else."""
        return parse_qsl(replace(self.carried, page=1).query())

    def other_rule(self) -> list[tuple[str, str]]:
        """Names and values that a form on this page must carry to change preset and model alone."""
        rest = changed(self.carried, preset=DEFAULT.preset, model=DEFAULT.model, page=1)
        return parse_qsl(rest.query())

    def unnarrowed(self) -> list[tuple[str, str]]:
        """Names and values that a form on this page must carry to narrow its events anew."""
        return parse_qsl(changed(self.carried, event="", outcome="", find="", test="", page=1).query())

    def stream(self) -> str:
        """The stream of the page: live numbers or verdicts, narrowed as the page is."""
        own = {name: getattr(self.filters, name) for name in ("event", "outcome", "find", "test")}
        return _address(f"/{self.slug}/stream", Filters(shop=self.kept.shop, **own))

    def sorted(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Rows of the grid `name` in the order the address asks for; unknown values last."""
        column, descending = self.order(name)
        if not rows or column not in rows[0]:
            return rows
        known = [row for row in rows if row[column] is not None]
        unknown = [row for row in rows if row[column] is None]
        return sorted(known, key=lambda row: _key(row[column]), reverse=descending) + unknown

    def order(self, name: str) -> tuple[str, bool]:
        """Column of the grid `name` by which the address sorts, and whether descending."""
        grid, _, column = self.filters.sort.partition(".")
        if grid != name:
            return "", False
        return column.removeprefix("-"), column.startswith("-")


def scope_of(shop: Shop, filters: Filters, *, slug: str, now: datetime, **more: Any) -> Scope:
    """The meaning of `filters` for `shop` at `now` (aware); `more` are further fields of the scope."""
    zone = ZoneInfo(shop.timezone)
    days, before = _days_at(filters, zone, now)
    return Scope(
        slug=slug,
        shop=shop,
        filters=filters,
        now=now,
        zone=zone,
        days=days,
        span=periods.span_of(days, zone),
        before=before,
        **{"kept": filters, "tab": "", **more},
    )


def _days_at(filters: Filters, zone: ZoneInfo, now: datetime) -> tuple[Days, Span | None]:
    """The days of the period and the span it is compared with."""
    custom = Days(filters.since, filters.to + timedelta(days=1)) if filters.since and filters.to else None
    days = periods.days_of(filters.period, now.astimezone(zone).date(), custom)
    return days, periods.compared(days, zone, now) if filters.compare == "previous" else None


def _address(path: str, filters: Filters) -> str:
    query = filters.query()
    return f"{path}?{query}" if query else path


def _with(address: str, **more: str) -> str:
    """The address with more in its query."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"


def _key(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
