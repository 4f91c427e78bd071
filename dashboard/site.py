"""Pages answered: an address and a moment become HTML, JSON or CSV.

Nothing here knows HTTP beyond a status; `dashboard.app` carries the replies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from collector.errors import OperatorError
from collector.store import Reader
from dashboard import adding, export
from dashboard.access import Access, Asker, Forbidden
from dashboard.answers import CSV_ROWS, Sources, queries_of, shown
from dashboard.begun import Begin
from dashboard.desk import ControlView, Desk, Once, Said, Tester, no_tester
from dashboard.filters import Note
from dashboard.forms import Form
from dashboard.meaning import Meaning
from dashboard.page import Missing, Page, Panel, Tables
from dashboard.permits import PASSING, SETTINGS, acts_of, allowed, did, linked, role_of
from dashboard.quick import quickly
from dashboard.render import Kept, Renderer, show, waiting
from dashboard.reply import Reply as Reply
from dashboard.scope import Scope
from dashboard.under_way import Asked, UnderWay, ask

COVERAGE: Final = "parts/coverage"
FOOT: Final = "coverage"
"""The part of every page that tells its coverage."""
PATIENCE: Final = 0.08
"""Seconds that a page waits for all of its panels together."""


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
    tester: Tester = no_tester
    patience: float | None = None  # seconds that a page waits for its panels; None: until all are there
    under_way: UnderWay = field(default_factory=UnderWay)

    @property
    def reader(self) -> Reader:
        return self.sources.reader

    @property
    def control(self) -> ControlView:
        return self.sources.control

    @property
    def _desk(self) -> Desk:
        return Desk(self.control, self.reader, self.tester, self.sources.ledgers)

    def first(self, access: Access) -> str:
        """The slug of the first page, of the first one that a shared link shows."""
        pages = [page for page in self.pages if not access.shared or linked(page, access)]
        return (*pages, *self.pages)[0].slug

    def scope(self, page: Page, query: Mapping[str, str], asker: Asker, thing: str = "") -> Scope | None:
        """What an address means for whoever asks; None while there is no shop. Raises Forbidden."""
        meaning = Meaning(self.sources, self.clock(), self.renderers[asker.language].texts)
        return meaning.scope(page, query, asker, thing)

    async def _seen(
        self, page: Page, query: Mapping[str, str], asker: Asker, thing: str = ""
    ) -> Scope | None:
        """What an address means, after what the page does before it is asked."""
        scope = self.scope(page, query, asker, thing)
        if scope is None or page.before is None:
            return scope
        await asyncio.to_thread(page.before, self._desk, scope)
        return self.scope(page, query, asker, thing)

    async def html(
        self,
        view: View,
        query: Mapping[str, str],
        asker: Asker,
        thing: str = "",
        refused: str = "",
        once: Once | None = None,
        said: Said | None = None,
        begin: Begin | None = None,
    ) -> Reply:
        """The page for people; `refused` says why a form of it changed nothing, `once` a secret that it made.

        `said` is what a form found out. `begin` is given the page's beginning as soon as it is known, and the
        reply is the rest of it. A page about one thing, and one that answers a form, has no beginning of its own.
        """
        scope = await self._seen(view.page, query, asker, thing)
        if scope is None:
            return adding.form(self.renderers[asker.language], asker, first=True)
        if refused:
            scope = replace(scope, notes=(Note("forms.refused", "", refused), *scope.notes))
        if said:
            scope = replace(scope, notes=(Note(said.key, said.name, said.value), *scope.notes))
        panels = shown(view.panels, scope.tab)
        asked = ask(self.sources, names := (*queries_of(panels), COVERAGE), scope)
        apart = bool(thing or refused or once or said)
        if begin and not apart:
            begin(self._beginning(view.page, scope))
        await asked.wait(names, None if apart or query.get("whole") else self.patience)
        if _nothing(view, asked.tables(names)):
            return self.error(404, asker.language)
        if not asked.done(names):
            self.under_way.keep(asked)
        ready = {panel.name for panel in panels if asked.done(panel.queries)}
        rest = begin is not None and not apart
        body, _ = await quickly(self._render, view, panels, asked, ready, once=once, begun=rest)
        return Reply(body=body, status=400 if refused else 200)

    async def part(self, view: View, query: Mapping[str, str], asker: Asker) -> Reply:
        """One panel of a page, as soon as its questions are answered; they may be under way already.

        With `again` in the address they are asked anew.
        """
        scope, name = self.scope(view.page, query, asker), query.get("panel", "")
        panels = shown(view.panels, scope.tab) if scope else ()
        parts = {panel.name: panel.queries for panel in panels} | {FOOT: (COVERAGE,)}
        nothing = Reply(body="There is no such part.\n", status=404, content_type="text/plain; charset=utf-8")
        if scope is None or name not in parts:
            return nothing
        begun = None if query.get("again") else self.under_way.of(scope, parts[name])
        asked = begun or ask(self.sources, parts[name], scope)
        await asked.wait(parts[name])
        _, kept = await quickly(self._render, view, panels, asked, {name})
        return Reply(body=kept[name]) if name in kept else nothing

    async def json(self, view: View, query: Mapping[str, str], asker: Asker, thing: str = "") -> Reply:
        """The answers of the page."""
        kind = "application/json"
        scope = await self._seen(view.page, query, asker, thing)
        if scope is None:
            return Reply(body=b'{"error":"there is no shop yet"}', status=404, content_type=kind)
        tables = await self._answer(queries_of(shown(view.panels, scope.tab)), scope, whole=True)
        if _nothing(view, tables):
            return Reply(body=b'{"error":"there is no such thing"}', status=404, content_type=kind)
        title = scope.words(_title(view.page))
        return Reply(body=await asyncio.to_thread(export.to_json, title, scope, tables), content_type=kind)

    async def csv(self, view: View, query: Mapping[str, str], asker: Asker, thing: str = "") -> Reply:
        """One table of the page, `table=NAME`, by default its first; up to 10,000 rows."""
        return await self._file(view, query, asker, thing, export.CSV)

    async def parquet(self, view: View, query: Mapping[str, str], asker: Asker, thing: str = "") -> Reply:
        """The same with its types."""
        return await self._file(view, query, asker, thing, export.PARQUET)

    async def _file(
        self, view: View, query: Mapping[str, str], asker: Asker, thing: str, form: export.FileForm
    ) -> Reply:
        plain = "text/plain; charset=utf-8"
        scope = await self._seen(view.page, query, asker, thing)
        names = queries_of(shown(view.panels, scope.tab)) if scope else ()
        name = query.get("table", "") or next(iter(names), "")
        if scope is None or name not in names:
            return Reply(body="There is no such table.\n", status=404, content_type=plain)
        tables = await self._answer((name,), scope, page_size=CSV_ROWS, page_offset=0, whole=True)
        missing = tables.missing(name)
        if missing:
            text = scope.words(missing.key, **missing.facts)
            return Reply(body=f"{text}\n", status=503, content_type=plain)
        body = await asyncio.to_thread(form.write, name, tables[name])
        filename = f"{name.replace('/', '-')}-{scope.days.first}-{scope.last_day}{form.ending}"
        return Reply(body=body, content_type=form.content_type, filename=filename)

    def act(self, page: Page, query: Mapping[str, str], asker: Asker, form: Form) -> str | Once | Said:
        """What a form of the page asks for, done; where to go on, or what to show once.

        Raises OperatorError with the reason, Forbidden where whoever asks may not.
        """
        name = form.get("act")
        scope, wanted = self.scope(page, query, asker), acts_of(page).get(name)
        if scope is None or wanted is None:
            raise OperatorError("this page has no such form")
        if not scope.may(role_of(page, name)) or asker.access.shared:
            raise Forbidden("errors.read_only")
        there = wanted(self._desk, scope, form)
        if page.slug != SETTINGS and did(page, name) not in PASSING:
            when, who = self.clock().timestamp(), asker.access.who
            self.control.audit.note(when, who, scope.shop.shop_id, did(page, name), form.get("name"))
        return there

    def error(self, status: int, language: str = "en", key: str = "") -> Reply:
        """A page that says what went wrong, in general."""
        key = key or f"errors.text_{status}"
        return Reply(body=self.renderers[language].page("error.html", status=status, key=key), status=status)

    async def _answer(self, names: Sequence[str], scope: Scope, **over: Any) -> Tables:
        asked = ask(self.sources, names, scope, **over)
        await asked.wait(names)
        return asked.tables(names)

    def _render(
        self,
        view: View,
        panels: Sequence[Panel],
        asked: Asked,
        ready: Collection[str],
        *,
        once: Once | None = None,
        begun: bool = False,
    ) -> tuple[str, Mapping[str, str]]:
        """The page with the panels that are ready, and each of its parts by itself."""
        scope, kept = asked.scope, Kept()
        pages = [page for page in self.pages if allowed(page, scope.access, scope.shop)]
        tables = asked.tables(asked.tasks)
        found = {
            panel.name: show(view.page, panel, tables, scope)
            if panel.name in ready
            else waiting(view.page, panel, scope)
            for panel in panels
        }
        body = self.renderers[scope.language].page(
            view.template,
            page=view.page,
            title=_title(view.page),
            pages=pages,
            titles={page.slug: _title(page) for page in pages},
            scope=scope,
            filters=scope.filters,
            panels=found,
            keep=kept,
            late=any(panel.late for panel in found.values()),
            coverage=_coverage(tables) if COVERAGE in asked.tasks else None,
            coverage_late=COVERAGE in asked.tasks and not asked.done((COVERAGE,)),
            definitions=export.DEFINITIONS,
            once=once,
            begun=begun,
        )
        return body, kept

    def _beginning(self, page: Page, scope: Scope) -> str:
        return self.renderers[scope.language].page("head.html", title=_title(page), scope=scope)


def _title(page: Page) -> str:
    return page.title or f"{page.slug}.title"


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
