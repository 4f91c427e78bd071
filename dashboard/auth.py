"""Who a request comes from: a session cookie, the session behind it, and what its bearer may.

The cookie holds a random token and nothing else; the session stands in the control data, so that
signing out, disabling a person or revoking a link takes effect with the next request.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from collector.control.sessions import SESSION_SECONDS, Session
from collector.control.shares import Share
from collector.control.users import EVERYWHERE, User
from dashboard.access import OPERATOR, Access
from dashboard.desk import ControlView

COOKIE: Final = "r46_session"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
"""Over https: browsers take it from this very host alone, for all of it, and never over http."""
_OWN_PATH: Final = re.compile(r"/[A-Za-z0-9_.~%/?&=:+,-]*")
_BROWSER: Final = re.compile(r"(Firefox|Edg|OPR|YaBrowser|Chrome|Version)/(\d{1,4})")
_SYSTEM: Final = re.compile(r"Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux")
_NAMES: Final = {
    "Edg": "Edge",
    "OPR": "Opera",
    "YaBrowser": "Yandex",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Version": "Safari",
}
"""Names of browsers by what they call themselves: one made of another comes before it."""
_SYSTEMS: Final = {"Mac OS X": "macOS", "CrOS": "ChromeOS"}


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who may see the dashboard. `clock` gives aware UTC, `address` is where people reach it ("": as asked)."""

    control: ControlView
    clock: Callable[[], datetime]
    address: str = ""

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self.clock().timestamp()

    def access(self, request: Request) -> Access | None:
        """What the bearer of a session may; None without one that still holds."""
        token = request.cookies.get(self._cookie(request), "")
        session = self.control.sessions.find(token, self.now) if token else None
        if session is None:
            return None
        if session.noted:
            request.state.renewed = token
        return self._access(session)

    def enter(self, request: Request, response: Response, *, user_id: str = "", share_id: str = "") -> None:
        """Give the browser a new session in the place of the one it had."""
        self.control.sessions.end_token(request.cookies.get(self._cookie(request), ""))
        agent = agent_of(request.headers.get("user-agent", ""))
        token = self.control.sessions.open(self.now, user_id=user_id, share_id=share_id, agent=agent)
        self._set(request, response, token)

    def renew(self, request: Request, response: Response) -> None:
        """Let the cookie live as long as its session, which this request used."""
        token = getattr(request.state, "renewed", "")
        if token and "set-cookie" not in response.headers:
            self._set(request, response, token)

    def watch(self, request: Request, response: Response, access: Access) -> None:
        """Let an answer in parts end where its bearer has no session any more, or may not the same."""
        if isinstance(response, StreamingResponse):
            response.body_iterator = self._while_welcome(request, response.body_iterator, access)

    async def _while_welcome(
        self, request: Request, parts: AsyncIterable[Any], access: Access
    ) -> AsyncIterator[Any]:
        try:
            async for part in parts:
                if await asyncio.to_thread(self.access, request) != access:
                    return
                yield part
        finally:
            if isinstance(parts, AsyncGenerator):
                await parts.aclose()

    def close(self, request: Request) -> Response:
        """End the session of this browser."""
        self.control.sessions.end_token(request.cookies.get(self._cookie(request), ""))
        response = RedirectResponse("/signin", 303)
        response.delete_cookie(
            self._cookie(request), httponly=True, samesite="lax", secure=self._secure(request)
        )
        return response

    def ask(self, request: Request) -> Response:
        """Send a person to the sign-in page and back here afterwards."""
        path = quote(request.scope["raw_path"], safe="/%")  # as it was asked: a %2F is no step
        here = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/signin?{urlencode({'next': here})}", 303)

    def here(self, request: Request, path: str) -> str:
        """A path of this site as an address that can be sent to somebody."""
        return (self.address or str(request.base_url)).rstrip("/") + path

    def _access(self, session: Session) -> Access | None:
        if session.share_id:
            share = self.control.shares.find(session.share_id, self.now)
            return shared(share, session.session_id) if share else None
        if not session.user_id:
            return replace(OPERATOR, session_id=session.session_id)
        user = self.control.users.find(session.user_id)
        return granted(user, session.session_id) if user and user.disabled_at is None else None

    def _secure(self, request: Request) -> bool:
        return request.url.scheme == "https" or urlsplit(self.address).scheme == "https"

    def _cookie(self, request: Request) -> str:
        return SECURE_COOKIE if self._secure(request) else COOKIE

    def _set(self, request: Request, response: Response, token: str) -> None:
        response.set_cookie(
            self._cookie(request),
            token,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=self._secure(request),
        )


def granted(user: User, session_id: str = "") -> Access:
    """What a person may."""
    return Access(
        who=user.email,
        user_id=user.user_id,
        roles={shop: role for shop, role in user.roles.items() if shop != EVERYWHERE},
        everywhere=user.roles.get(EVERYWHERE),
        session_id=session_id,
        language=user.language,
    )


def shared(share: Share, session_id: str = "") -> Access:
    """What a shared link shows."""
    return Access(
        roles={share.shop_id: "viewer"},
        shared=True,
        segment=share.segment_id,
        pages=share.pages,
        session_id=session_id,
    )


def own_path(path: str) -> str:
    """The path if it stays on this site, else the start page."""
    return path if _OWN_PATH.fullmatch(path) and not path.startswith("//") else "/"


def address_of(request: Request) -> str:
    """Where a request comes from, to count tries; "" for this machine, where a proxy may speak for everybody.

    One household of IPv6 has a /64, so that is what counts.
    """
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    if address.is_loopback:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, 64), strict=False))


def agent_of(text: str) -> str:
    """A browser's name for people, "Firefox 140, Linux"; "" where it says nothing known."""
    versions = {match[1]: match[2] for match in _BROWSER.finditer(text[:500])}
    system = _SYSTEM.search(text[:500])
    told = [f"{told} {versions[name]}" for name, told in _NAMES.items() if name in versions][:1]
    told += [_SYSTEMS.get(system[0], system[0])] if system else []
    return ", ".join(told)
