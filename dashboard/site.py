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
from dashboard.access import Access, Asker, Forbidden, Role
from dashboard.answers import CSV_ROWS, Sources, answer, queries_of, shown
from dashboard.filters import Filters, Note
from dashboard.forms import Form
from dashboard.lens import Audience, intersect, set_apart
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
    """Everything a page needs. `clock` gives aware UTC; there is a renderer for each language."""

    sources: Sources
    clock: Callable[[], datetime]
    renderers: Mapping[str, Renderer]
    pages: Sequence[Page]

    @property
    def reader(self) -> Reader:
        return self.sources.reader

    @property
    def control(self) -> ControlView:
        return self.sources.control

    def scope(self, page: Page, query: Mapping[str, str], asker: Asker, thing: str = "") -> Scope | None:
        """What an address means for whoever asks; None while there is no shop.

        Raises Forbidden where it may not be seen.
        """
        every = tuple(self.control.shops())
        if not every:
            return None
        shops = asker.access.seen(every)
        if not shops:
            raise Forbidden("errors.no_access")
        presets = tuple(self.control.presets.of(_shop(shops, query.get("shop", ""))[0].shop_id))
        chosen, notes = filters.parse(query, filters.winners_of(presets))
        shop, more = _shop(shops, chosen.shop)
        _allow(page, asker.access, shop, thing)
        tabs = tuple(tab for tab in page.tabs if asker.access.may(shop.shop_id, _tab_role(page, tab)))
        tab = chosen.tab if chosen.tab in tabs else next(iter(tabs), "")
        meant = _meant(page, chosen, shop, tab, usual=shops[0])
        now, segments = self.clock(), tuple(self.control.segments.of(shop.shop_id))
        seen, told = self._chosen(page, shop, tab, meant, now)
        return scope_of(
            shop,
            meant,
            slug=page.slug,
            now=now,
            notes=notes + more + told,
            id=thing,
            shops=shops,
            tab=tab,
            tabs=tabs,
            kept=chosen,
            chosen=seen,
            audience=self._audience(shop, seen, asker.access, now),
            apart=self._apart(page, shop, tab, meant, now),
            segments=() if asker.access.segment else segments,
            presets=presets,
            facts=page.facts(self.control, shop, meant) if page.facts else {},
            access=asker.access,
            language=asker.language,
            words=self.renderers[asker.language].texts,
        )

    def _chosen(
        self, page: Page, shop: Shop, tab: str, meant: Filters, now: datetime
    ) -> tuple[Audience | None, tuple[Note, ...]]:
        """The segment that the address asks for, and what to say where it is not seen."""
        saved = SavedSegments(self.reader, self.control.segments)
        if tab == BUILDER and meant.draft:
            return saved.draft(shop, meant.draft, now), ()
        if not meant.segment:
            return None, ()
        if not page.segments:
            return None, (Note("filters.everybody", "segment", meant.segment),)
        found = saved.audience(shop, meant.segment, now)
        return found, () if found else (Note("filters.unknown_segment", "segment", meant.segment),)

    def _audience(
        self, shop: Shop, chosen: Audience | None, access: Access, now: datetime
    ) -> Audience | None:
        """Whom the page is about: the chosen, and of them only those whom a shared link shows.

        Raises Forbidden where the segment of the link is no more: else it would show everybody.
        """
        if not access.segment:
            return chosen
        locked = SavedSegments(self.reader, self.control.segments).audience(shop, access.segment, now)
        if locked is None:
            raise Forbidden("errors.no_segment")
        return intersect([one for one in (locked, chosen) if one])

    def _apart(self, page: Page, shop: Shop, tab: str, meant: Filters, now: datetime) -> Audience | None:
        """The segment that this tab sets apart: the one named as `code`, else the shop's first."""
        if not page.apart or tab != page.apart:
            return None
        known = [one.segment_id for one in self.control.segments.of(shop.shop_id)]
        wanted = meant.code if meant.code in known else next(iter(known), "")
        found = SavedSegments(self.reader, self.control.segments).audience(shop, wanted, now)
        return set_apart(found) if found else None

    async def _seen(
        self, page: Page, query: Mapping[str, str], asker: Asker, thing: str = ""
    ) -> Scope | None:
        """What an address means, after what the page does before it is asked."""
        scope = self.scope(page, query, asker, thing)
        if scope is None or page.before is None:
            return scope
        await asyncio.to_thread(page.before, Desk(self.control, self.reader), scope)
        return self.scope(page, query, asker, thing)

    async def html(
        self, view: View, query: Mapping[str, str], asker: Asker, thing: str = "", refused: str = ""
    ) -> Reply:
        """The page for people; `refused` is why a form of it changed nothing."""
        scope = await self._seen(view.page, query, asker, thing)
        if scope is None:
            return Reply(body=self.renderers[asker.language].page("no_shop.html"))
        if refused:
            scope = replace(scope, notes=(Note("forms.refused", "", refused), *scope.notes))
        panels = shown(view.panels, scope.tab)
        tables = await self._answer((*queries_of(panels), COVERAGE), scope)
        if _nothing(view, tables):
            return self.error(404, asker.language)
        body = await asyncio.to_thread(self._render, view, panels, tables, scope)
        return Reply(body=body, status=400 if refused else 200)

    async def json(self, view: View, query: Mapping[str, str], asker: Asker, thing: str = "") -> Reply:
        """The answers of the page."""
        kind = "application/json"
        scope = await self._seen(view.page, query, asker, thing)
        if scope is None:
            return Reply(body=b'{"error":"there is no shop yet"}', status=404, content_type=kind)
        tables = await self._answer(queries_of(shown(view.panels, scope.tab)), scope)
        if _nothing(view, tables):
            return Reply(body=b'{"error":"there is no such thing"}', status=404, content_type=kind)
        title = scope.words(_title(view.page))
        return Reply(body=await asyncio.to_thread(export.to_json, title, scope, tables), content_type=kind)

    async def csv(self, view: View, query: Mapping[str, str], asker: Asker, thing: str = "") -> Reply:
        """One table of the page, `table=NAME`, by default its first; up to 10,000 rows."""
        plain = "text/plain; charset=utf-8"
        scope = await self._seen(view.page, query, asker, thing)
        names = queries_of(shown(view.panels, scope.tab)) if scope else ()
        name = query.get("table", "") or next(iter(names), "")
        if scope is None or name not in names:
            return Reply(body="There is no such table.\n", status=404, content_type=plain)
        tables = await self._answer((name,), scope, page_size=CSV_ROWS, page_offset=0)
        missing = tables.missing(name)
        if missing:
            text = scope.words(missing.key, **missing.facts)
            return Reply(body=f"{text}\n", status=503, content_type=plain)
        body = await asyncio.to_thread(export.to_csv, tables[name])
        filename = f"{name.replace('/', '-')}-{scope.days.first}-{scope.last_day}.csv"
        return Reply(body=body, content_type="text/csv; charset=utf-8", filename=filename)

    def act(self, page: Page, query: Mapping[str, str], asker: Asker, form: Form) -> str:
        """What a form of the page asks for, done; where to go on.

        Raises OperatorError with the reason, Forbidden where whoever asks may not.
        """
        name = form.get("act")
        scope, wanted = self.scope(page, query, asker), page.acts.get(name)
        if scope is None or wanted is None:
            raise OperatorError("this page has no such form")
        if not scope.may(page.act_roles.get(name, page.acting)) or asker.access.shared:
            raise Forbidden("errors.read_only")
        return wanted(Desk(self.control, self.reader), scope, form)

    def error(self, status: int, language: str = "en", key: str = "") -> Reply:
        """A page that says what went wrong, in general."""
        key = key or f"errors.text_{status}"
        return Reply(body=self.renderers[language].page("error.html", status=status, key=key), status=status)

    async def _answer(self, names: Sequence[str], scope: Scope, **over: Any) -> Tables:
        audience = scope.lens.audience
        if audience is not None:
            scope = replace(scope, audience=await asyncio.to_thread(pinned, self.reader, audience))
        return await answer(self.sources, names, scope, **over)

    def _render(self, view: View, panels: Sequence[Panel], tables: Tables, scope: Scope) -> str:
        pages = [page for page in self.pages if _allowed(page, scope.access, scope.shop)]
        return self.renderers[scope.language].page(
            view.template,
            page=view.page,
            title=_title(view.page),
            pages=pages,
            titles={page.slug: _title(page) for page in pages},
            scope=scope,
            filters=scope.filters,
            panels={panel.name: show(view.page, panel, tables, scope) for panel in panels},
            coverage=_coverage(tables),
            definitions=export.DEFINITIONS,
        )


def _meant(page: Page, chosen: Filters, shop: Shop, tab: str, *, usual: Shop) -> Filters:
    """The filters as this page understands them; what is usual is not written into its links."""
    asked: dict[str, Any] = {"shop": "" if shop == usual else shop.shop_id}
    asked["tab"] = "" if tab == next(iter(page.tabs), "") else tab
    if not page.compares:
        asked["compare"] = "none"
    if not page.period:
        asked |= {"period": "today", "compare": "previous", "since": None, "to": None}
    return filters.changed(chosen, **asked)


def _allow(page: Page, access: Access, shop: Shop, thing: str) -> None:
    """Raises Forbidden where whoever asks may not see the page, or a thing of it."""
    if not _allowed(page, access, shop) or (thing and access.shared):
        raise Forbidden


def _allowed(page: Page, access: Access, shop: Shop) -> bool:
    """A shared link shows its own pages, and through a segment only those that obey it."""
    if access.shared:
        seen = page.shared and (page.segments or not access.segment)
        return seen and (not access.pages or page.slug in access.pages)
    return access.may(shop.shop_id, page.role)


def _tab_role(page: Page, tab: str) -> Role:
    return page.tab_roles.get(tab, page.role)


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
