"""The address is the whole state of a page: query string to `Filters` and back.

Nothing in an address is an error: a value that is not understood becomes the default
and leaves a note. `Scope` is what the filters mean for one shop at one moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, cast
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from collector import reasons
from collector.wire import Shop
from dashboard import addresses, periods
from dashboard.periods import PERIODS, Days, Period, Span
from dashboard.texts import Texts
from dashboard.texts import load as load_texts

Compare = Literal["previous", "none"]
PRESETS: Final = ("rees46",)
MODELS: Final = ("last",)
PAGE_SIZE: Final = 100
LONGEST_TEXT: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The state of a page. `since` and `to` are the first and last day of a custom period."""

    shop: str = ""
    period: Period = "28d"
    since: date | None = None
    to: date | None = None
    compare: Compare = "previous"
    preset: str = "rees46"
    model: str = "last"
    tab: str = ""
    sort: str = ""
    tool: str = ""
    code: str = ""
    find: str = ""
    page: int = 1

    def query(self) -> str:
        """The canonical query string: known names in a fixed order, defaults left out."""
        pairs = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return urlencode([(name, str(value)) for name, value in pairs if value != getattr(DEFAULT, name)])


DEFAULT: Final = Filters()
KEPT: Final = ("shop", "period", "since", "to", "compare", "preset", "model")
"""What a link to another page keeps."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the address that a person should know; `key` is a text key."""

    key: str
    name: str
    value: str


def parse(query: Mapping[str, str]) -> tuple[Filters, tuple[Note, ...]]:
    """Filters of a query string; names that are not known are ignored."""
    notes: list[Note] = []

    def choice(name: str, allowed: Sequence[str]) -> str:
        value = query.get(name, "")
        if value and value not in allowed:
            notes.append(Note("filters.unknown_value", name, value[:80]))
        return value if value in allowed else str(getattr(DEFAULT, name))

    def text(name: str) -> str:
        return query.get(name, "").replace("\0", "")[:LONGEST_TEXT]

    filters = Filters(
        shop=text("shop"),
        period=cast(Period, choice("period", PERIODS)),
        compare=cast(Compare, choice("compare", ("previous", "none"))),
        preset=choice("preset", PRESETS),
        model=choice("model", MODELS),
        tab=text("tab")[:40],
        sort=text("sort")[:80],
        tool=text("tool"),
        code=text("code"),
        find=text("find"),
        page=_page(query.get("page", ""), notes),
    )
    return _with_days(filters, query, notes), tuple(notes)


def _page(value: str, notes: list[Note]) -> int:
    if not value:
        return 1
    if value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 10_000:
        return int(value[:6])
    notes.append(Note("filters.unknown_value", "page", value[:80]))
    return 1


def _with_days(filters: Filters, query: Mapping[str, str], notes: list[Note]) -> Filters:
    """A custom period needs two days in order, not too far apart."""
    if filters.period != "custom":
        return filters
    since, to = _day(query.get("since", "")), _day(query.get("to", ""))
    if since is None or to is None or not 0 <= (to - since).days < periods.LONGEST:
        given = f"{query.get('since', '')[:20]} – {query.get('to', '')[:20]}"
        notes.append(Note("filters.unusable_days", "period", given))
        return replace(filters, period=DEFAULT.period)
    return replace(filters, since=since, to=to)


def _day(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


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
    words: Texts = field(default_factory=lambda: load_texts("en"))

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
    def grain(self) -> Literal["hour", "day"]:
        """How finely a chart of this period is drawn."""
        return "hour" if len(self.days) <= 2 else "day"

    @property
    def shift(self) -> timedelta:
        """How far the comparison lies back."""
        return timedelta(days=periods.shift_of(self.days))

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
            "grain": self.grain,
            "shift_days": self.shift.days,
            "currency": self.shop.currency,
            "preset": filters.preset,
            "model": filters.model,
            "tab": self.tab,
            "tool": filters.tool or None,
            "code": filters.code or None,
            "find": filters.find or None,
            "page_size": PAGE_SIZE,
            "page_offset": (filters.page - 1) * PAGE_SIZE,
            "id": self.id or None,
            "shops": [shop.shop_id for shop in self.shops],
            "quiet": list(reasons.QUIET),
        }

    def at(self, now: datetime) -> Scope:
        """The same filters at another moment."""
        return scope_of(
            self.shop,
            self.filters,
            slug=self.slug,
            now=now,
            notes=self.notes,
            thing=self.id,
            shops=self.shops,
            tab=self.tab,
            kept=self.kept,
        )

    @property
    def carried(self) -> Filters:
        """What links on this page carry on: a page that compares nothing does not forget the choice."""
        return replace(self.filters, compare=self.kept.compare)

    def here(self, **changes: Any) -> str:
        """This page with some filters changed, from its first result on."""
        return _address(f"/{self.slug}", replace(self.carried, **{"page": 1, **changes}))

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

    def data(self, form: Literal["json", "csv"], table: str = "") -> str:
        """This very page as data; `table` names the query of a CSV."""
        ending = f".{form}"
        path = addresses.of(self.slug, self.id, ending) if self.id else f"/{self.slug}{ending}"
        address = _address(path, self.filters)
        if not table:
            return address
        return f"{address}{'&' if '?' in address else '?'}{urlencode({'table': table})}"

    def _kept(self, path: str, **changes: Any) -> str:
        kept: dict[str, Any] = {name: getattr(self.kept, name) for name in KEPT}
        return _address(path, Filters(**{**kept, **changes}))

    def hidden(self) -> list[tuple[str, str]]:
        """Names and values that a form on this page must carry to change the period alone."""
        rest = changed(self.carried, period=DEFAULT.period, since=None, to=None, page=1)
        return parse_qsl(rest.query())

    def stream(self) -> str:
        """The stream of the shop's live numbers."""
        return _address("/live/stream", Filters(shop=self.kept.shop))

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


def scope_of(
    shop: Shop,
    filters: Filters,
    *,
    slug: str,
    now: datetime,
    notes: tuple[Note, ...] = (),
    thing: str = "",
    shops: tuple[Shop, ...] = (),
    tab: str = "",
    kept: Filters | None = None,
) -> Scope:
    """The meaning of `filters` for `shop` at `now` (aware)."""
    zone = ZoneInfo(shop.timezone)
    custom = Days(filters.since, filters.to + timedelta(days=1)) if filters.since and filters.to else None
    days = periods.days_of(filters.period, now.astimezone(zone).date(), custom)
    before = periods.compared(days, zone, now) if filters.compare == "previous" else None
    return Scope(
        slug=slug,
        shop=shop,
        filters=filters,
        now=now,
        zone=zone,
        days=days,
        span=periods.span_of(days, zone),
        before=before,
        notes=notes,
        id=thing,
        shops=shops,
        tab=tab,
        kept=kept or filters,
    )


def changed(filters: Filters, **changes: Any) -> Filters:
    """The same filters but for some."""
    return replace(filters, **changes)


def _address(path: str, filters: Filters) -> str:
    query = filters.query()
    return f"{path}?{query}" if query else path


def _key(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
