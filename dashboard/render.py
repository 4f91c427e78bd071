"""Panels and pages as HTML. Templates compute nothing: every value is ready here.

Nothing is ever marked safe; data for scripts stands in blocks whose text cannot end them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard import charts, chips, format, translated
from dashboard.assets import Assets
from dashboard.filters import MODELS
from dashboard.locales import locale
from dashboard.page import Card, Column, Grid, Missing, Page, Panel, Row, Tables
from dashboard.queries import Query
from dashboard.rules import own_model, rule_of, rules
from dashboard.scope import Scope
from dashboard.texts import Texts, languages

FOLDER = Path(__file__).with_name("templates")
SPARK_WIDTH, SPARK_HEIGHT = 100, 24
PERIOD_KEYS = (
    ("D", "today"),
    ("E", "yesterday"),
    ("W", "7d"),
    ("F", "28d"),
    ("T", "30d"),
    ("N", "90d"),
    ("M", "month"),
    ("L", "last_month"),
    ("Y", "year"),
)
NEAR = (
    "overview",
    "live",
    "recommendations",
    "claims",
    "orders",
    "funnels",
    "segments",
    "products",
    "campaigns",
)
"""Pages that stand in the bar; the others are one click further."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A panel with its answers, ready for a template."""

    name: str
    title: str
    queries: tuple[Query, ...]
    view: Mapping[str, Any]
    chart: charts.Chart | None = None
    missing: Missing | None = None
    late: bool = False  # it is still being asked: only its place is there
    room: str = "table"  # what its place is made for
    cards: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A change in words and in tone: "good", "bad" or "even"."""

    text: str
    arrow: str
    tone: str
    previous: str


def show(page: Page, panel: Panel, tables: Tables, scope: Scope) -> Shown:
    """The panel's values, or why there are none."""
    shown = replace(waiting(page, panel, scope), late=False)
    try:
        with format.speaking(scope.language):
            view = panel.view(tables, scope)
            drawn = panel.draw(tables, scope) if panel.draw else None
            chart = charts.noted(drawn, [one.day for one in scope.annotations]) if drawn else None
    except Missing as missing:
        return replace(shown, missing=missing)
    except Exception:
        _log.exception("panel %s of page %s failed", panel.name, page.slug)
        return replace(shown, missing=Missing("panel.failed"))
    return replace(shown, view=view, chart=chart)


def waiting(page: Page, panel: Panel, scope: Scope) -> Shown:
    """The place of a panel whose questions are not answered yet."""
    return Shown(
        name=panel.name,
        title=panel.title or f"{page.slug}.{panel.name}",
        queries=tuple(translated.question(name, scope.words) for name in panel.queries),
        view={},
        late=True,
        room=room_of(panel),
        cards=panel.cards,
    )


def room_of(panel: Panel) -> str:
    """What the place of a panel is made for."""
    if panel.cards:
        return "of-cards"
    return "of-tall" if panel.tall else "of-chart" if panel.draw else "of-table"


class Kept(dict[str, str]):
    """Parts of a page by name, as they are written into it."""

    def __call__(self, name: str, part: str) -> str:
        self[name] = part
        return part


class Renderer:
    """The templates with their filters and words."""

    def __init__(self, assets: Assets, texts: Texts) -> None:
        self.texts = texts
        self.environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(
            t=texts,
            asset=assets.path,
            cell=self.cell,
            label=self.label,
            language=texts.language,
            tongues=[locale(name) for name in languages()],
            reason=self.reason,
            delta=delta,
            headline=headline,
            sort_link=sort_link,
            bar_width=bar_width,
            rule_of=rule_of,
            rules=rules,
            own_model=own_model,
            models=MODELS,
            scope_days=lambda scope: format.days(scope.days.first, scope.last_day),
            period_keys=PERIOD_KEYS,
            chips=chips,
            near=NEAR,
            compared_days=compared_days,
        )
        self.environment.filters.update(
            count=format.count,
            number=format.number,
            percent=format.percent,
            money=format.money,
            day=format.day,
            moment=format.moment,
            data_block=_data_block,
            chart_block=_chart_block,
            spark=spark,
        )

    def page(self, template: str, **facts: Any) -> str:
        """A whole page."""
        with format.speaking(self.texts.language):
            return self.environment.get_template(template).render(**facts)

    def label(self, words: str, value: str) -> str:
        """The name people use for a value, where it has one in that file of texts."""
        key = f"{words}.{value}"
        return self.texts(key) if self.texts.has(key) else value

    def reason(self, code: str) -> str:
        """What a reason code means and how to mend it; the code itself where it is not in the list."""
        try:
            reason = translated.reason(code, self.texts)
        except LookupError:
            return code
        return f"{reason.explanation} {reason.mend}"

    def cell(self, row: Row, column: Column, scope: Scope) -> str | None:
        """The text of a cell; None where the value is not known."""
        value = row[column.name]
        if value is None:
            return None
        return self.label(column.words, str(value)) if column.words else _cell(value, row, column, scope)


@dataclass(frozen=True, slots=True)
class SortLink:
    """Where a heading leads, and how its column is sorted now."""

    href: str
    aria: str


def compared_days(scope: Scope) -> str:
    """The days that a page is compared with: as many, so far back that weekdays meet."""
    days = scope.days.earlier(scope.shift.days)
    dates = format.days(days.first, days.stop - timedelta(days=1))
    key = "frame.against_weekdays" if scope.shift.days % 7 == 0 else "frame.against"
    return scope.words(key, days=dates)


def sort_link(table: Grid, column: Column, scope: Scope) -> SortLink:
    """Numbers sort from the greatest, texts from the first; a second click turns it round."""
    if not (table.name and column.sortable):
        return SortLink("", "")
    sorted_by, descending = scope.order(table.name)
    if sorted_by == column.name:
        turned = column.name if descending else f"-{column.name}"
        return SortLink(
            scope.here(sort=f"{table.name}.{turned}"), "descending" if descending else "ascending"
        )
    first = column.name if column.kind in ("text", "code") else f"-{column.name}"
    return SortLink(scope.here(sort=f"{table.name}.{first}"), "")


def bar_width(share: Any) -> str:
    """A share of one as the width of a bar."""
    return f"{max(0.0, min(1.0, float(share))) * 100:.1f}%"


def delta(card: Card) -> Delta | None:
    """How a card stands against its comparison; None where it cannot be said."""
    change = format.change(card.value, card.previous)
    if change is None:
        return None
    previous = headline(card, card.previous)
    if format.percent(abs(change)) == format.percent(0):
        return Delta(text=format.percent(0), arrow="", tone="even", previous=previous)
    up = change > 0
    good = {"up": up, "down": not up}.get(card.better)
    tone = "even" if good is None else "good" if good else "bad"
    return Delta(text=format.percent(abs(change)), arrow="▲" if up else "▼", tone=tone, previous=previous)


def headline(card: Card, value: Any) -> str:
    """The value of a card; large amounts without their coins."""
    if card.kind == "money":
        return format.money(value, card.currency, whole=abs(value) >= 10_000)
    return _formatted(value, card.kind, card.currency)


def _cell(value: Any, row: Row, column: Column, scope: Scope) -> str:
    match column.kind:
        case "time":
            return format.moment(value, scope.zone)
        case "day":
            return format.day(value)
        case "clock":
            return f"{value:%H:%M}"
        case kind:
            return _formatted(value, kind, str(row.get("currency") or scope.currency))


def _formatted(value: Any, kind: str, currency: str) -> str:
    match kind:
        case "count":
            return format.count(value)
        case "number":
            return format.number(value)
        case "percent":
            return format.percent(value)
        case "money":
            return format.money(value, currency)
        case _:
            return str(value)


def spark(values: Sequence[float | None]) -> str:
    """Points of a small line over the known values, for an SVG of 100 × 24."""
    known = [0.0 if value is None else float(value) for value in values]
    top = max(known, default=0.0) or 1.0
    step = SPARK_WIDTH / max(1, len(known) - 1)
    return " ".join(
        f"{number * step:.1f},{SPARK_HEIGHT - 2 - value / top * (SPARK_HEIGHT - 4):.1f}"
        for number, value in enumerate(known)
    )


def _data_block(value: Any) -> Markup:
    return Markup(charts.data_block(value))  # noqa: S704 - every sign that could end the block is escaped


def _chart_block(chart: charts.Chart) -> Markup:
    return Markup(charts.embed(chart.json()))  # noqa: S704 - the same
