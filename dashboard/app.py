"""The dashboard as an ASGI application: a route a page and its data forms, assets, sign-in.

Everything but sign-in, assets and the tag's page needs a session. What pages say is `dashboard.site`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from collector.errors import OperatorError
from collector.store import Reader
from dashboard import adding, addresses, chips, format, forms, language, tag, translated
from dashboard.access import Asker, Forbidden
from dashboard.answers import Sources
from dashboard.assets import Assets
from dashboard.auth import SignIn
from dashboard.begun import begun
from dashboard.desk import ControlView, Ledgers, Once, Said, Tester, no_ledgers, no_tester
from dashboard.entrance import Entrance, elsewhere
from dashboard.live import Stream
from dashboard.now import LiveTables, LiveView
from dashboard.page import Page, load_pages
from dashboard.permits import acts_of
from dashboard.quick import quickly
from dashboard.render import Renderer
from dashboard.reply import Reply
from dashboard.site import Site, View, views
from dashboard.texts import languages
from dashboard.texts import load as load_texts
from dashboard.there import while_there
from dashboard.validator import WHICH, Inspection, Which
from dashboard.validator import Stream as Verdicts
from static.versions import Release, releases

EMPTY_STYLE: Final = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
MAP_STYLE: Final = "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='"
SECURITY: Final = {
    # Plotly adds one empty style element, which it fills rule by rule, and the constant sheet of its maps.
    "content-security-policy": "default-src 'none'; script-src 'self'; "
    f"style-src 'self' {EMPTY_STYLE} {MAP_STYLE}; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
DATA: Final = (".json", ".csv", ".parquet", "/stream")
Answer = Callable[[Request], Awaitable[Response]]
Form = Callable[..., Awaitable[Reply]]


def dashboard(
    reader: Reader,
    control: ControlView,
    tail: LiveView,
    *,
    clock: Callable[[], datetime],
    origin: str = "",
    address: str = "",
    patience: float | None = None,
    ledgers: Ledgers = no_ledgers,
    tester: Tester = no_tester,
) -> ASGIApp:
    """The application. `clock` gives aware UTC; the rest belongs to whoever opened it.

    `origin` is where shops' pages reach the collector, `address` where people reach the dashboard; by
    default, where this page was asked for.
    `patience` is for how many seconds a page waits for its panels; by default, until all are there.
    `ledgers` gives the ledger of a destination by its id, `tester` asks one whether it would take events.
    """
    assets = Assets()
    renderers = {name: Renderer(assets, load_texts(name)) for name in languages()}
    sources = Sources(reader, LiveTables(tail, clock()), control, ledgers)
    doors = _Doors(
        site=Site(
            sources=sources,
            clock=clock,
            renderers=renderers,
            pages=load_pages(),
            tester=tester,
            patience=patience,
        ),
        assets=assets,
        sign_in=SignIn(control, clock, address),
        live=Stream(sources=sources, clock=clock, fragment=fragments(renderers)),
        verdicts=Verdicts(sources=sources, clock=clock, fragment=fragments(renderers)),
        inspection=Inspection(sources.live, control),
        origin=origin,
        releases=releases(),
    )
    pages = Starlette(routes=doors.routes(), exception_handlers={404: doors.lost, 500: doors.broken})
    return _Secured(GZipMiddleware(pages, minimum_size=1024, compresslevel=5))


def fragments(renderers: Mapping[str, Renderer]) -> Callable[..., str]:
    """Parts of a page in a language, by the templates that make the page."""
    return lambda language, template, **facts: renderers[language].page(template, **facts)


class _Thing(PathConvertor):
    """The rest of a path, whatever it holds: a key may be of several lines."""

    regex = "(?s:.*)"


register_url_convertor("thing", _Thing())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doors:
    site: Site
    assets: Assets
    sign_in: SignIn
    live: Stream
    verdicts: Verdicts
    inspection: Inspection
    origin: str
    releases: Sequence[Release]

    def routes(self) -> list[Route]:
        routes = [
            Route("/", self._guarded(self.start)),
            *Entrance(sign_in=self.sign_in, renderer=self._renderer, first=self.site.first).routes(),
            Route("/language", self.speak, methods=["POST"]),
            Route("/assets/{name}", self.asset),
            Route("/tag", self.tag),
            Route(adding.PATH, self._guarded(self.show_add), methods=["GET"]),
            Route(adding.PATH, self._guarded(self.add), methods=["POST"]),
            Route("/live/stream", self._guarded(self._stream("live", self.live))),
            Route("/validator/stream", self._guarded(self._stream("validator", self.verdicts))),
            *(Route(f"/validator/{which}.json", self._inspected(which)) for which in WHICH),
            Route("/validator/reset", self.reset, methods=["POST"]),
        ]
        for page in self.site.pages:
            own, *details = views(page)
            for ending in ("", ".json", ".csv", ".parquet"):
                routes.append(Route(f"/{page.slug}{ending}", self._guarded(self._whole(own, ending))))
            if acts_of(page):
                routes.append(Route(f"/{page.slug}", self._guarded(self._act(page)), methods=["POST"]))
            for view in details:
                routes.append(Route(f"/{page.slug}/{{id:thing}}", self._guarded(self._detail(view))))
        return routes

    def _whole(self, view: View, ending: str) -> Answer:
        async def whole(request: Request) -> Response:
            query, asker = _query(request), _asker(request)
            if ending or "panel" in query:
                form = self._form(ending) if ending else self.site.part
                return _answered(await while_there(request, form(view, query, asker)))
            html = partial(self.site.html, view, query, asker)
            broken = partial(self.site.error, 500, asker.language)
            return await begun(request, lambda begin: html(begin=begin), _answered, broken)

        return whole

    def _act(self, page: Page) -> Answer:
        async def act(request: Request) -> Response:
            try:
                form = await forms.read(request)
                if form is None:
                    return elsewhere()
                there = await asyncio.to_thread(self.site.act, page, _query(request), _asker(request), form)
            except OperatorError as refused:
                why = translated.why(refused, self._renderer(request).texts)
                again = self.site.html(views(page)[0], _query(request), _asker(request), refused=why)
                return _response(await again)
            if isinstance(there, Once):
                if there.link:
                    there = replace(there, secret=self.sign_in.here(request, there.secret))
                again = self.site.html(views(page)[0], _query(request), _asker(request), once=there)
                return _response(await again)
            if isinstance(there, Said):
                again = self.site.html(views(page)[0], _query(request), _asker(request), said=there)
                return _response(await again)
            return RedirectResponse(there, 303)

        return act

    def _detail(self, view: View) -> Answer:
        async def detail(request: Request) -> Response:
            thing, ending = addresses.read(request.path_params["id"])
            if not thing:
                return RedirectResponse(f"/{view.page.slug}", 307)
            asked = self._form(ending)(view, _query(request), _asker(request), thing)
            return _answered(await while_there(request, asked))

        return detail

    def _form(self, ending: str) -> Form:
        forms = {".json": self.site.json, ".csv": self.site.csv, ".parquet": self.site.parquet}
        return forms.get(ending, self.site.html)

    def _guarded(self, inner: Answer) -> Answer:
        """Only for who signed in, and may: people are asked to, programs get 401 and 403."""

        async def guarded(request: Request) -> Response:
            data = request.url.path.endswith(DATA)
            access = await quickly(self.sign_in.access, request)
            if access is None:
                return _told(401, "sign in first") if data else self.sign_in.ask(request)
            spoken = _language(request, access.language)
            request.state.asker = Asker(access=access, language=spoken, origin=self._origin(request))
            try:
                with format.speaking(spoken):
                    response = await inner(request)
            except Forbidden as refused:
                if data:
                    return _told(403, "this is not yours to see")
                return _response(self.site.error(403, spoken, refused.key))
            self.sign_in.renew(request, response)
            self.sign_in.watch(request, response, access)
            return response

        return guarded

    async def start(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{self.site.first(_asker(request).access)}{query}", 303)

    async def speak(self, request: Request) -> Response:
        return await language.remember(request) or elsewhere()

    async def tag(self, request: Request) -> Response:
        shown = tag.facts(self._origin(request), request.query_params.get("shop", ""), self.releases)
        return _response(Reply(body=self._renderer(request).page("tag.html", **shown)))

    def _origin(self, request: Request) -> str:
        return self.origin or str(request.base_url).rstrip("/")

    async def show_add(self, request: Request) -> Response:
        return _response(adding.form(self._renderer(request), _asker(request)))

    async def add(self, request: Request) -> Response:
        form = await forms.read(request)
        if form is None:
            return elsewhere()
        there = "validator" if any(page.slug == "validator" for page in self.site.pages) else "tag"
        reply = await asyncio.to_thread(
            adding.add,
            self._renderer(request),
            self.site.control,
            _asker(request),
            form,
            there=there,
            now=self.site.clock(),
        )
        return RedirectResponse(reply.location, 303) if reply.location else _response(reply)

    def _renderer(self, request: Request) -> Renderer:
        return self.site.renderers[_language(request)]

    async def asset(self, request: Request) -> Response:
        asset = self.assets.find(request.url.path)
        if asset is None:
            return PlainTextResponse("No such file.\n", 404)
        accepted = request.headers.get("accept-encoding", "")
        data, encoding = await quickly(self.assets.packed, asset, accepted)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(data, media_type=asset.content_type, headers=headers)

    def _stream(self, slug: str, pushed: Stream | Verdicts) -> Answer:
        async def stream(request: Request) -> Response:
            scope = self.site.scope(self._page(slug), _query(request), _asker(request))
            if scope is None:
                return PlainTextResponse("There is no shop yet.\n", 404)
            return pushed.response(request, scope)

        return stream

    def _page(self, slug: str) -> Page:
        return next(page for page in self.site.pages if page.slug == slug)

    def _inspected(self, which: Which) -> Answer:
        """Verdicts as data: for who shows a key of the shop, or else may see its page."""

        async def told(request: Request) -> Response:
            scope = self.site.scope(self._page("validator"), _query(request), _asker(request))
            if scope is None:
                return _told(404, "there is no shop yet")
            return await asyncio.to_thread(
                self.inspection.told, scope.shop.shop_id, which, request.query_params
            )

        async def inspected(request: Request) -> Response:
            if "authorization" not in request.headers:
                return await self._guarded(told)(request)
            shop = await asyncio.to_thread(self.inspection.shop, request)
            if shop is None:
                return _told(401, "no such key")
            return await asyncio.to_thread(self.inspection.told, shop.shop_id, which, request.query_params)

        return inspected

    async def reset(self, request: Request) -> Response:
        """Only with a key: what has no key is a form, and perhaps another site's."""
        shop = await asyncio.to_thread(self.inspection.shop, request)
        if shop is None:
            return _told(401, "no such key")
        return self.inspection.reset(shop.shop_id, request.query_params.get("test", ""))

    async def lost(self, request: Request, _error: Exception) -> Response:
        return _response(self.site.error(404, _language(request)))

    async def broken(self, request: Request, _error: Exception) -> Response:
        return _response(self.site.error(500, _language(request)))


class _Secured:
    """Adds the security headers to every answer. No answer may be shared between people."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers[name] = value
                headers.setdefault("cache-control", "private, no-store")
            await send(message)

        await self._app(connection, receive, secured)


def _query(request: Request) -> Mapping[str, str]:
    """The address as names and values. A form names each step of a funnel alike; they become one list.

    So do chips; one that a form adds is told by its dimension (`by`) and its value (`is`).
    """
    given = request.query_params
    query = dict(given)
    steps, only = given.getlist("steps"), given.getlist("only")
    if len(steps) > 1:
        query["steps"] = ",".join(steps)
    if query.get("by") and query.get("is", "").strip():
        only = [*only, f"{query['by']}:{query['is'].strip()}"]
    if only:
        query["only"] = chips.fold(only)
    return query


def _asker(request: Request) -> Asker:
    """Who asks, as the door found out."""
    asker: Asker = request.state.asker
    return asker


def _language(request: Request, own: str = "") -> str:
    """The language chosen in this browser, else the person's own, else what the browser prefers."""
    chosen = request.cookies.get(language.COOKIE, "") or own
    return language.choose(chosen, request.headers.get("accept-language", ""))


def _told(status: int, error: str) -> Response:
    return Response(b'{"error":"%s"}' % error.encode(), status, media_type="application/json")


def _response(reply: Reply) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{reply.filename}"'} if reply.filename else None
    return Response(reply.body, reply.status, headers=headers, media_type=reply.content_type)


def _answered(reply: Reply | None) -> Response:
    """The reply, or nothing where nobody waits for it any more."""
    return Response(status_code=499) if reply is None else _response(reply)
