"""Pages answered: an address and a moment become HTML, JSON or CSV.

Nothing here knows HTTP beyond a status; `dashboard.app` carries the replies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from collector.errors import OperatorError
from collector.store import Reader
from collector.wire import Shop
from dashboard import export, filters
from dashboard.answers import CSV_ROWS, answer, queries_of, shown
from dashboard.filters import Filters, Note
from dashboard.forms import Form
from dashboard.lens import Audience, set_apart
from dashboard.now import LiveTables
from dashboard.page import ControlView, Desk, Missing, Page, Panel, Tables
from dashboard.render import Renderer, show
from dashboard.scope import Scope, scope_of
from dashboard.segments.pinned import pinned
from dashboard.segments.saved import BUILDER, SavedSegments

COVERAGE: Final = "parts/coverage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer without its transport. `filename` is set for a download."""

    body: str | bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    filename: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page, or the page about one thing of it."""

    page: Page
    panels: Sequence[Panel]
    template: str
    found: Callable[[Tables], bool] | None = None


def views(page: Page) -> tuple[View, ...]:
    """The page itself, then its detail if it has one."""
    own = View(page=page, panels=page.panels, template=f"pages/{page.slug}.html")
    if page.detail is None:
        return (own,)
    template = f"pages/{page.slug}_detail.html"
    return own, View(page=page, panels=page.detail.panels, template=template, found=page.detail.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything a page needs. `clock` gives aware UTC."""

    reader: Reader
    control: ControlView
    live: LiveTables
    clock: Callable[[], datetime]
    renderer: Renderer
    pages: Sequence[Page]

    def scope(self, page: Page, query: Mapping[str, str], thing: str = "") -> Scope | None:
        """What an address means; None while there is no shop."""
        shops = tuple(self.control.shops())
        if not shops:
            return None
        presets = tuple(self.control.presets.of(_shop(shops, query.get("shop", ""))[0].shop_id))
        chosen, notes = filters.parse(query, filters.winners_of(presets))
        shop, more = _shop(shops, chosen.shop)
        tab = chosen.tab if chosen.tab in page.tabs else next(iter(page.tabs), "")
        asked: dict[str, Any] = {"shop": "" if shop == shops[0] else shop.shop_id}
        asked["tab"] = "" if tab == next(iter(page.tabs), "") else tab
        if not page.compares:
            asked["compare"] = "none"
        if not page.period:
            asked |= {"period": "today", "compare": "previous", "since": None, "to": None}
        meant = filters.changed(chosen, **asked)
        now, segments = self.clock(), tuple(self.control.segments.of(shop.shop_id))
        audience, told = self._audience(page, shop, tab, meant, now)
        return scope_of(
            shop,
            meant,
            slug=page.slug,
            now=now,
            notes=notes + more + told,
            thing=thing,
            shops=shops,
            tab=tab,
            kept=chosen,
            audience=audience,
            apart=self._apart(page, shop, tab, meant, now),
            segments=segments,
            presets=presets,
            facts=page.facts(self.control, shop, meant) if page.facts else None,
        )

    def _audience(
        self, page: Page, shop: Shop, tab: str, meant: Filters, now: datetime
    ) -> tuple[Audience | None, tuple[Note, ...]]:
        """Whom the page is about, and what to say where that is not who was asked for."""
        saved = SavedSegments(self.reader, self.control.segments)
        if tab == BUILDER and meant.draft:
            return saved.draft(shop, meant.draft, now), ()
        if not meant.segment:
            return None, ()
        if not page.segments:
            return None, (Note("filters.everybody", "segment", meant.segment),)
        found = saved.audience(shop, meant.segment, now)
        return found, () if found else (Note("filters.unknown_segment", "segment", meant.segment),)

    def _apart(self, page: Page, shop: Shop, tab: str, meant: Filters, now: datetime) -> Audience | None:
        """The segment that this tab sets apart: the one named as `code`, else the shop's first."""
        if not page.apart or tab != page.apart:
            return None
        known = [one.segment_id for one in self.control.segments.of(shop.shop_id)]
        wanted = meant.code if meant.code in known else next(iter(known), "")
        found = SavedSegments(self.reader, self.control.segments).audience(shop, wanted, now)
        return set_apart(found) if found else None

    async def _seen(self, page: Page, query: Mapping[str, str], thing: str = "") -> Scope | None:
        """What an address means, after what the page does before it is asked."""
        scope = self.scope(page, query, thing)
        if scope is None or page.before is None:
            return scope
        await asyncio.to_thread(page.before, Desk(self.control, self.reader), scope)
        return self.scope(page, query, thing)

    async def html(self, view: View, query: Mapping[str, str], thing: str = "") -> Reply:
        """The page for people."""
        scope = await self._seen(view.page, query, thing)
        if scope is None:
            return Reply(body=self.renderer.page("no_shop.html"))
        panels = shown(view.panels, scope.tab)
        tables = await self._answer((*queries_of(panels), COVERAGE), scope)
        if _nothing(view, tables):
            return self.error(404)
        return Reply(body=await asyncio.to_thread(self._render, view, panels, tables, scope))

    async def json(self, view: View, query: Mapping[str, str], thing: str = "") -> Reply:
        """The answers of the page."""
        kind = "application/json"
        scope = await self._seen(view.page, query, thing)
        if scope is None:
            return Reply(body=b'{"error":"there is no shop yet"}', status=404, content_type=kind)
        tables = await self._answer(queries_of(shown(view.panels, scope.tab)), scope)
        if _nothing(view, tables):
            return Reply(body=b'{"error":"there is no such thing"}', status=404, content_type=kind)
        title = self.renderer.texts(_title(view.page))
        return Reply(body=await asyncio.to_thread(export.to_json, title, scope, tables), content_type=kind)

    async def csv(self, view: View, query: Mapping[str, str], thing: str = "") -> Reply:
        """One table of the page, `table=NAME`, by default its first; up to 10,000 rows."""
        plain = "text/plain; charset=utf-8"
        scope = await self._seen(view.page, query, thing)
        names = queries_of(shown(view.panels, scope.tab)) if scope else ()
        name = query.get("table", "") or next(iter(names), "")
        if scope is None or name not in names:
            return Reply(body="There is no such table.\n", status=404, content_type=plain)
        tables = await self._answer((name,), scope, page_size=CSV_ROWS, page_offset=0)
        missing = tables.missing(name)
        if missing:
            text = self.renderer.texts(missing.key, **missing.facts)
            return Reply(body=f"{text}\n", status=503, content_type=plain)
        body = await asyncio.to_thread(export.to_csv, tables[name])
        filename = f"{name.replace('/', '-')}-{scope.days.first}-{scope.last_day}.csv"
        return Reply(body=body, content_type="text/csv; charset=utf-8", filename=filename)

    def act(self, page: Page, query: Mapping[str, str], form: Form) -> str:
        """What a form of the page asks for, done; where to go on. Raises OperatorError with the reason."""
        scope, wanted = self.scope(page, query), page.acts.get(form.get("act"))
        if scope is None or wanted is None:
            raise OperatorError("this page has no such form")
        return wanted(Desk(self.control, self.reader), scope, form)

    def error(self, status: int) -> Reply:
        """A page that says what went wrong, in general."""
        return Reply(body=self.renderer.page("error.html", status=status), status=status)

    async def _answer(self, names: Sequence[str], scope: Scope, **over: Any) -> Tables:
        audience = scope.lens.audience
        if audience is not None:
            scope = replace(scope, audience=await asyncio.to_thread(pinned, self.reader, audience))
        return await answer(self.reader, self.live, names, scope, **over)

    def _render(self, view: View, panels: Sequence[Panel], tables: Tables, scope: Scope) -> str:
        return self.renderer.page(
            view.template,
            page=view.page,
            title=_title(view.page),
            pages=self.pages,
            titles={page.slug: _title(page) for page in self.pages},
            scope=scope,
            filters=scope.filters,
            panels={panel.name: show(view.page, panel, tables, scope) for panel in panels},
            coverage=_coverage(tables),
            definitions=export.DEFINITIONS,
        )


def _title(page: Page) -> str:
    return page.title or f"{page.slug}.title"


def _shop(shops: Sequence[Shop], chosen: str) -> tuple[Shop, tuple[Note, ...]]:
    """The shop asked for, else the first one and a note."""
    for shop in shops:
        if shop.shop_id == chosen:
            return shop, ()
    notes = (Note("filters.unknown_value", "shop", chosen[:80]),) if chosen else ()
    return shops[0], notes


def _nothing(view: View, tables: Tables) -> bool:
    """Whether a detail page names nothing; while its query fails, that is not known."""
    try:
        return view.found is not None and not view.found(tables)
    except Missing:
        return False


def _coverage(tables: Tables) -> Mapping[str, Any] | None:
    try:
        return tables[COVERAGE].one()
    except Missing:
        return None
