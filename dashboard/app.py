"""The dashboard as an ASGI application: a route a page and its data forms, assets, sign-in.

Everything but sign-in, assets and the tag's page needs a session. What pages say is `dashboard.site`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from dashboard import addresses, forms, language, tag
from dashboard.access import Asker, Forbidden
from dashboard.answers import Sources
from dashboard.assets import Assets
from dashboard.auth import SignIn, read_form
from dashboard.live import Stream
from dashboard.now import LiveTables, LiveView
from dashboard.page import ControlView, Page, load_pages
from dashboard.render import Renderer
from dashboard.site import Reply, Site, View, views
from dashboard.texts import languages
from dashboard.texts import load as load_texts
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
DATA: Final = (".json", ".csv", "/live/stream")
Answer = Callable[[Request], Awaitable[Response]]
Form = Callable[..., Awaitable[Reply]]


def dashboard(
    reader: Reader, control: ControlView, tail: LiveView, *, clock: Callable[[], datetime], origin: str = ""
) -> ASGIApp:
    """The application. `clock` gives aware UTC; the rest belongs to whoever opened it.

    `origin` is where shops' pages reach the collector; by default, where this page was asked for.
    """
    assets = Assets()
    renderers = {name: Renderer(assets, load_texts(name)) for name in languages()}
    sources = Sources(reader, LiveTables(tail, clock()), control)
    doors = _Doors(
        site=Site(sources=sources, clock=clock, renderers=renderers, pages=load_pages()),
        assets=assets,
        sign_in=SignIn(control, clock),
        live=Stream(sources=sources, clock=clock, fragment=fragments(renderers)),
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
    origin: str
    releases: Sequence[Release]

    def routes(self) -> list[Route]:
        routes = [
            Route("/", self._guarded(self.start)),
            Route("/signin", self.show_sign_in, methods=["GET"]),
            Route("/signin", self.open_session, methods=["POST"]),
            Route("/signout", self.close_session, methods=["POST"]),
            Route("/assets/{name}", self.asset),
            Route("/tag", self.tag),
            Route("/live/stream", self._guarded(self.stream)),
        ]
        for page in self.site.pages:
            own, *details = views(page)
            for ending in ("", ".json", ".csv"):
                routes.append(Route(f"/{page.slug}{ending}", self._guarded(self._whole(own, ending))))
            if page.acts:
                routes.append(Route(f"/{page.slug}", self._guarded(self._act(page)), methods=["POST"]))
            for view in details:
                routes.append(Route(f"/{page.slug}/{{id:thing}}", self._guarded(self._detail(view))))
        return routes

    def _whole(self, view: View, ending: str) -> Answer:
        async def whole(request: Request) -> Response:
            return _response(await self._form(ending)(view, _query(request), _asker(request)))

        return whole

    def _act(self, page: Page) -> Answer:
        async def act(request: Request) -> Response:
            try:
                form = await forms.read(request)
                if form is None:
                    return _elsewhere()
                there = await asyncio.to_thread(self.site.act, page, _query(request), _asker(request), form)
            except OperatorError as refused:
                again = self.site.html(views(page)[0], _query(request), _asker(request), refused=str(refused))
                return _response(await again)
            return RedirectResponse(there, 303)

        return act

    def _detail(self, view: View) -> Answer:
        async def detail(request: Request) -> Response:
            thing, ending = addresses.read(request.path_params["id"])
            if not thing:
                return RedirectResponse(f"/{view.page.slug}", 307)
            return _response(await self._form(ending)(view, _query(request), _asker(request), thing))

        return detail

    def _form(self, ending: str) -> Form:
        return {".json": self.site.json, ".csv": self.site.csv}.get(ending, self.site.html)

    def _guarded(self, inner: Answer) -> Answer:
        """Only for who signed in, and may: people are asked to, programs get 401 and 403."""

        async def guarded(request: Request) -> Response:
            data = request.url.path.endswith(DATA)
            access = await asyncio.to_thread(self.sign_in.access, request)
            if access is None:
                return _told(401, "sign in first") if data else self.sign_in.ask(request)
            request.state.asker = Asker(access=access, language=_language(request))
            try:
                return await inner(request)
            except Forbidden as refused:
                if data:
                    return _told(403, "this is not yours to see")
                return _response(self.site.error(403, _language(request), refused.key))

        return guarded

    async def start(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{self.site.pages[0].slug}{query}", 303)

    async def show_sign_in(self, request: Request) -> Response:
        facts = {name: request.query_params.get(name, "") for name in ("token", "next", "used")}
        return _response(Reply(body=self._renderer(request).page("signin.html", **facts)))

    async def open_session(self, request: Request) -> Response:
        form = await read_form(request)
        return _elsewhere() if form is None else self.sign_in.open(request, form)

    async def close_session(self, request: Request) -> Response:
        return _elsewhere() if await read_form(request) is None else self.sign_in.close(request)

    async def tag(self, request: Request) -> Response:
        origin = self.origin or str(request.base_url).rstrip("/")
        shown = tag.facts(origin, request.query_params.get("shop", ""), self.releases)
        return _response(Reply(body=self._renderer(request).page("tag.html", **shown)))

    def _renderer(self, request: Request) -> Renderer:
        return self.site.renderers[_language(request)]

    async def asset(self, request: Request) -> Response:
        asset = self.assets.find(request.url.path)
        if asset is None:
            return PlainTextResponse("No such file.\n", 404)
        accepted = request.headers.get("accept-encoding", "")
        data, encoding = await asyncio.to_thread(self.assets.packed, asset, accepted)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(data, media_type=asset.content_type, headers=headers)

    async def stream(self, request: Request) -> Response:
        page = next(page for page in self.site.pages if page.slug == "live")
        scope = self.site.scope(page, _query(request), _asker(request))
        if scope is None:
            return PlainTextResponse("There is no shop yet.\n", 404)
        return self.live.response(request, scope)

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
    """The address as names and values. A form names each step of a funnel alike; they become one list."""
    given = request.query_params
    steps = given.getlist("steps")
    return {**given, "steps": ",".join(steps)} if len(steps) > 1 else given


def _asker(request: Request) -> Asker:
    """Who asks, as the door found out."""
    asker: Asker = request.state.asker
    return asker


def _language(request: Request) -> str:
    cookie = request.cookies.get(language.COOKIE, "")
    return language.choose(cookie, request.headers.get("accept-language", ""))


def _told(status: int, error: str) -> Response:
    return Response(b'{"error":"%s"}' % error.encode(), status, media_type="application/json")


def _response(reply: Reply) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{reply.filename}"'} if reply.filename else None
    return Response(reply.body, reply.status, headers=headers, media_type=reply.content_type)


def _elsewhere() -> Response:
    return PlainTextResponse("This form was sent from elsewhere.\n", 403)
