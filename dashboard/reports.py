"""A regular report: the questions of the pages, asked for the days that are over, as a letter."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from collector.control.reports import Plan, Report
from collector.errors import OperatorError
from collector.wire import Shop
from dashboard import export, format, schedule
from dashboard.answers import Sources, answer
from dashboard.filters import Filters
from dashboard.lens import Audience
from dashboard.letters import Content, Figure, Section, Told, told
from dashboard.page import Card, Missing, Row, Tables
from dashboard.pages import overview, recommendations
from dashboard.render import delta, headline
from dashboard.scope import Scope, scope_of
from dashboard.segments.saved import SavedSegments
from dashboard.texts import languages, load

TOP: Final = 5
TOTALS: Final = "overview/totals"
QUESTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "overview": (TOTALS, "overview/series", "overview/visitors", "overview/attributed"),
    "recommendations": (recommendations.TOOLS,),
    "products": ("overview/products",),
}
"""What each part of a report asks; pages ask the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One report of one day. `origin` is where the dashboard is; `repeated` says that it may come twice."""

    report: Report
    day: date
    now: datetime
    origin: str
    repeated: bool = False


def letter(sources: Sources, shop: Shop, edition: Edition) -> Told:
    """The report as it is sent. Raises OperatorError where it cannot be made: its segment is no more, or a
    question of its figures has no answer now."""
    plan = edition.report.plan
    if plan.language not in languages():
        raise OperatorError(f"there are no texts in {plan.language!r}")
    scope = _scope(sources, shop, edition)
    names = [name for part in plan.parts for name in QUESTIONS[part]]
    with format.speaking(plan.language):
        tables = asyncio.run(answer(sources, names, scope))
        if TOTALS in names and tables.missing(TOTALS):
            raise OperatorError("the figures of the report were not answered")
        cards = overview.cards(tables, scope)["cards"] if "overview" in plan.parts else ()
        return told(_content(cards, tables, scope, edition), _data(cards, tables, scope, edition))


def _scope(sources: Sources, shop: Shop, edition: Edition) -> Scope:
    plan = edition.report.plan
    days = schedule.about(plan.kind, edition.day)
    filters = Filters(
        shop=shop.shop_id,
        period="custom",
        since=days.first,
        to=days.stop - timedelta(days=1),
        segment=plan.segment,
    )
    audience = _audience(sources, shop, plan, edition.now)
    return scope_of(
        shop,
        filters,
        slug="overview",
        now=edition.now,
        tab=overview.TABS[0],
        shops=(shop,),
        audience=audience,
        chosen=audience,
        presets=tuple(sources.control.presets.of(shop.shop_id)),
        language=plan.language,
        words=load(plan.language),
    )


def _audience(sources: Sources, shop: Shop, plan: Plan, now: datetime) -> Audience | None:
    """Whom the report is about; a segment that is gone must not make it one about everybody."""
    if not plan.segment:
        return None
    found = SavedSegments(sources.reader, sources.control.segments).audience(shop, plan.segment, now)
    if found is None:
        raise OperatorError("the segment of the report is no more")
    return found


def _content(cards: Sequence[Card], tables: Tables, scope: Scope, edition: Edition) -> Content:
    plan, words = edition.report.plan, scope.words
    shop, days = scope.shop.name or scope.shop.shop_id, format.days(scope.days.first, scope.last_day)
    about = [words("mail.period", days=days, zone=scope.zone.key)]
    if scope.chosen:
        about.append(words("mail.segment", name=scope.chosen.name))
    if cards:
        about.append(words("mail.compared"))
    return Content(
        language=scope.language,
        subject=words(f"mail.subject_{plan.kind}", shop=shop, days=days),
        heading=words("mail.heading", name=plan.name, shop=shop),
        about=about,
        notes=[words("mail.repeated")] if edition.repeated else [],
        figures=[_figure(card, scope) for card in cards],
        sections=[_SECTIONS[part](tables, scope, edition.origin) for part in plan.parts if part in _SECTIONS],
        link=edition.origin + scope.url("overview"),
        foot=words("mail.foot", version=export.DEFINITIONS),
    )


def _figure(card: Card, scope: Scope) -> Figure:
    label = scope.words(card.title)
    if card.value is None:
        return Figure(label=label, value=_unknown(card.absent, scope))
    value, change = headline(card, card.value), delta(card)
    if change:
        told_change = scope.words(
            "mail.change", arrow=change.arrow, text=change.text, previous=change.previous
        )
        return Figure(label=label, value=value, change=told_change.strip())
    return Figure(label=label, value=value, change=card.note)


def _unknown(key: str, scope: Scope) -> str:
    return f"{scope.words('absent.short')} ({scope.words('absent.because', reason=scope.words(key))})"


def _tools(tables: Tables, scope: Scope, origin: str) -> Section:
    """What earned most, in the shop's own currency."""
    rows = [row for row in _rows(tables, recommendations.TOOLS) if row["part"] == "tool"]
    found = [row for row in rows if row["currency"] == scope.currency and row["direct_revenue"]]
    best = sorted(found, key=lambda row: (-row["direct_revenue"], str(row["recommended_by"])))[:TOP]
    return _section(
        "recommendations",
        ("recommendations.tool", "recommendations.direct_revenue", "recommendations.direct_orders"),
        [
            (
                str(row["recommended_by"]),
                format.money(row["direct_revenue"], scope.currency),
                format.count(row["direct_orders"]),
            )
            for row in best
        ],
        scope,
        origin,
    )


def _products(tables: Tables, scope: Scope, origin: str) -> Section:
    rows = _rows(tables, "overview/products")[:TOP]
    return _section(
        "products",
        ("columns.item_name", "columns.revenue", "columns.orders", "columns.units"),
        [
            (
                str(row["item_name"] or row["item_id"]),
                format.money(row["revenue"], scope.currency),
                format.count(row["orders"]),
                format.number(row["units"]),
            )
            for row in rows
        ],
        scope,
        origin,
    )


_SECTIONS: Final = {"recommendations": _tools, "products": _products}


def _rows(tables: Tables, name: str) -> Sequence[Row]:
    """The rows of a table; none where it was not answered, which its section then says."""
    try:
        return tables[name].rows
    except Missing:
        return ()


def _section(
    slug: str, columns: Sequence[str], rows: Sequence[Sequence[str]], scope: Scope, origin: str
) -> Section:
    return Section(
        title=scope.words(f"mail.top_{slug}"),
        link=origin + scope.url(slug),
        columns=[scope.words(key) for key in columns],
        rows=rows,
        empty=scope.words(f"mail.no_{slug}"),
    )


def _data(cards: Sequence[Card], tables: Tables, scope: Scope, edition: Edition) -> Mapping[str, Any]:
    """The same for programs: figures as they are, and the tables of the pages."""
    plan = edition.report.plan
    figures = [{"name": one.name, "value": one.value, "previous": one.previous} for one in cards]
    names = [name for part in plan.parts if part != "overview" for name in QUESTIONS[part]]
    return {
        "type": "report",
        "report_id": edition.report.report_id,
        "name": plan.name,
        "kind": plan.kind,
        "shop": scope.shop.shop_id,
        "currency": scope.currency,
        "time_zone": scope.zone.key,
        "first_day": scope.days.first,
        "last_day": scope.last_day,
        "segment": plan.segment or None,
        "definitions_version": export.DEFINITIONS,
        "repeated": edition.repeated,
        "figures": figures,
        "tables": {
            name: {
                "columns": [] if tables.missing(name) else tables[name].columns,
                "rows": None if tables.missing(name) else tables[name].rows,
            }
            for name in names
        },
        "link": edition.origin + scope.url("overview"),
    }
