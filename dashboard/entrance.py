"""The doors that need no session: sign-in by password or one-time link, invitations, shared links.

Showing a one-time link's page changes nothing, so that a mail scanner or a prefetching browser
does not use it up; the button on it does. A shared link only shows, so opening it is enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.control import passwords
from collector.control.passwords import LONGEST, SHORTEST, Refused
from collector.control.shares import Share
from collector.control.users import TooOften, User
from collector.errors import OperatorError
from dashboard import forms
from dashboard.access import Access
from dashboard.auth import SignIn, address_of, own_path, shared
from dashboard.desk import ControlView
from dashboard.forms import Form
from dashboard.render import Renderer

LARGEST_FORM: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Its routes. `renderer` is that of a request's language, `first` the page that somebody begins with."""

    sign_in: SignIn
    renderer: Callable[[Request], Renderer]
    first: Callable[[Access], str]

    def routes(self) -> list[Route]:
        """Every way in, and the way out."""
        return [
            Route("/signin", self.show, methods=["GET"]),
            Route("/signin", self.open, methods=["POST"]),
            Route("/signout", self.close, methods=["POST"]),
            Route("/invite", self.invited, methods=["GET"]),
            Route("/invite", self.accept, methods=["POST"]),
            Route("/share/{token}", self.share, methods=["GET"]),
        ]

    @property
    def _control(self) -> ControlView:
        return self.sign_in.control

    async def show(self, request: Request) -> Response:
        given = {name: request.query_params.get(name, "") for name in ("token", "next", "used")}
        return self._page(request, "signin.html", **{**_NOTHING, **given})

    async def open(self, request: Request) -> Response:
        form = await _read(request)
        if form is None:
            return elsewhere()
        if "token" in form.fields:
            return await asyncio.to_thread(self._by_link, request, form)
        return await asyncio.to_thread(self._by_password, request, form)

    async def close(self, request: Request) -> Response:
        if await _read(request) is None:
            return elsewhere()
        return await asyncio.to_thread(self.sign_in.close, request)

    async def invited(self, request: Request) -> Response:
        return await asyncio.to_thread(self._invitation, request, request.query_params.get("token", ""))

    async def accept(self, request: Request) -> Response:
        form = await _read(request)
        return elsewhere() if form is None else await asyncio.to_thread(self._chosen, request, form)

    async def share(self, request: Request) -> Response:
        return await asyncio.to_thread(self._share, request, request.path_params["token"])

    def _by_link(self, request: Request, form: Form) -> Response:
        """A session for a good link and on to where the person wanted; else back to the sign-in page."""
        if not self._control.redeem_link(form.get("token"), self.sign_in.now):
            return RedirectResponse("/signin?used=1", 303)
        self._note("", "signed_in_link")
        return self._entered(request, own_path(form.get("next")))

    def _by_password(self, request: Request, form: Form) -> Response:
        """The same for a good password. What was wrong of the two is not said."""
        email, password = form.get("email"), form.fields.get("password", "")
        facts = {**_NOTHING, "email": email, "next": form.get("next")}
        try:
            user = self._control.users.sign_in(email, password, address_of(request), self.sign_in.now)
        except TooOften as error:
            minutes = -(-error.seconds // 60)
            page = self._page(request, "signin.html", 429, **{**facts, "minutes": minutes})
            page.headers["retry-after"] = str(error.seconds)
            return page
        if user is None:
            return self._page(request, "signin.html", 400, **{**facts, "wrong": True})
        self._note(user.email, "signed_in")
        return self._entered(request, own_path(form.get("next")), user)

    def _invitation(self, request: Request, token: str, mistake: str = "") -> Response:
        """The form that asks for a password; the token stays good until it is sent."""
        user = self._invited(token)
        if user is None:
            return self._page(request, "invite.html", 404, user=None)
        facts = {"user": user, "token": token, "mistake": mistake, "shortest": SHORTEST, "longest": LONGEST}
        return self._page(request, "invite.html", 400 if mistake else 200, **facts)

    def _chosen(self, request: Request, form: Form) -> Response:
        """Take the password: other sessions of the person end, and this browser gets one."""
        token, password = form.get("token"), form.fields.get("password", "")
        user = self._invited(token)
        if user is None:
            return self._invitation(request, token)
        if password != form.fields.get("again", ""):
            return self._invitation(request, token, "password_differs")
        try:
            passwords.check(password, user.email)
        except Refused as refused:
            return self._invitation(request, token, refused.code)
        if not self._control.users.invitations.redeem(token, self.sign_in.now):
            return self._invitation(request, token)
        self._control.users.set_password(user.user_id, password)
        self._control.sessions.end_all(user.user_id)
        self._note(user.email, "password_set")
        return self._entered(request, "/", user)

    def _invited(self, token: str) -> User | None:
        found = self._control.users.find(self._control.users.invitations.whose(token, self.sign_in.now))
        return found if found and found.disabled_at is None else None

    def _share(self, request: Request, token: str) -> Response:
        """A session of the link. Whoever signed in keeps their own, and sees what it shows as themselves."""
        share = self._control.shares.opened(token, self.sign_in.now)
        if share is None:
            return self._page(request, "share.html", 404, own=False)
        access = self.sign_in.access(request)
        if access is None or access.shared:
            response = RedirectResponse("/", 303)
            self.sign_in.enter(request, response, share_id=share.share_id)
            return response
        if access.may(share.shop_id, "viewer"):
            return RedirectResponse(self._as_oneself(share), 303)
        return self._page(request, "share.html", 403, own=True)

    def _as_oneself(self, share: Share) -> str:
        """The first page of a link, for somebody who may see the shop anyway."""
        asked = {"shop": share.shop_id, **({"segment": share.segment_id} if share.segment_id else {})}
        return f"/{self.first(shared(share))}?{urlencode(asked)}"

    def _entered(self, request: Request, there: str, user: User | None = None) -> Response:
        response = RedirectResponse(there, 303)
        self.sign_in.enter(request, response, user_id=user.user_id if user else "")
        return response

    def _note(self, who: str, what: str) -> None:
        self._control.audit.note(self.sign_in.now, who, "", what)

    def _page(self, request: Request, template: str, status: int = 200, /, **facts: Any) -> Response:
        return HTMLResponse(self.renderer(request).page(template, **facts), status)


_NOTHING: Final[Mapping[str, Any]] = {
    "token": "",
    "next": "",
    "used": "",
    "email": "",
    "wrong": False,
    "minutes": 0,
}


def elsewhere() -> Response:
    """The answer to a form that no page of ours sent."""
    return PlainTextResponse("This form was sent from elsewhere.\n", 403)


async def _read(request: Request) -> Form | None:
    """A small form of a page of ours; None for anything else."""
    try:
        return await forms.read(request, fields=LARGEST_FORM, files=0)
    except OperatorError:
        return None
